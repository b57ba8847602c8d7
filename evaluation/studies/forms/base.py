"""What the form of every kind of study shares: title, short name, sections, what was opened."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django import forms
from django.forms.boundfield import BoundField
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from evaluation.studies.models import Study
from evaluation.studies.specs import Specification
from evaluation.surveys.models import Wave
from kit.forms import KeyedForm

Spec = TypeVar("Spec", bound=Specification)


@dataclass(frozen=True)
class Section:
    """Fields that belong together; folded where the usual answer is right."""

    title: Promise | str
    fields: Sequence[BoundField]
    is_folded: bool = False

    @property
    def has_errors(self) -> bool:
        """A fold that holds a mistake must be open."""
        return any(field.errors for field in self.fields)


class StudyForm(KeyedForm, Generic[Spec]):
    """Everything that a study of one wave fixes before outcomes are read.

    ``seen`` is the version that a revision was opened with: a colleague's later one is not
    overwritten without a word.
    """

    #: Title of each section, names of its fields, whether it is folded.
    SECTIONS: tuple[tuple[Promise | str, tuple[str, ...], bool], ...] = ()

    title = forms.CharField(label=_("Title"), max_length=Study._meta.get_field("title").max_length)
    slug = forms.SlugField(
        label=_("Short name"),
        max_length=Study._meta.get_field("slug").max_length,
        required=False,
        help_text=_("For commands and addresses; made of the title where it is left empty."),
    )
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, wave: Wave, study: Study | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.wave, self.study = wave, study
        self.spec = self.read(study) if study else self.usual()
        self.initial = self.answers_of(self.spec) | {"title": study.title if study else ""}
        if study:
            del self.fields["slug"]
            self.initial["seen"] = study.version

    def read(self, study: Study) -> Spec:
        """What the study asks now."""
        raise NotImplementedError

    def usual(self) -> Spec:
        """What most studies of this wave ask: the answers that a new form shows."""
        raise NotImplementedError

    def answers_of(self, spec: Spec) -> dict[str, Any]:
        """What a person would have written to ask for this."""
        raise NotImplementedError

    def specification(self) -> Spec:
        """The specification that the answers ask for; what is not asked stays as it was."""
        raise NotImplementedError

    def sections(self) -> list[Section]:
        """Every visible field, in sections; those that no section names come first."""
        named = {name for _title, names, _folded in self.SECTIONS for name in names}
        first = [field for field in self.visible_fields() if field.name not in named]
        return [
            Section("", first),
            *(
                Section(title, [self[name] for name in names], folded)
                for title, names, folded in self.SECTIONS
            ),
        ]

    def show_version(self, version: str) -> None:
        """From now on the form stands for this version: saved again, it takes its place."""
        sent: Any = self.data
        changed = sent.copy()
        changed["seen"] = version
        self.data = changed
