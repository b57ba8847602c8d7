"""What the forms of all kinds of study share: name, version, sections; and choosing a kind."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, ClassVar

from django import forms
from django.forms.boundfield import BoundField
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from evaluation.studies.models import Study, StudyKind, WaveUse
from evaluation.studies.specs import Specification, specification_of
from evaluation.surveys.models import Variable, Wave
from kit.forms import SeenForm, TextField

Choices = list[tuple[str, Any]]


@dataclass(frozen=True)
class Section:
    """Fields under one heading; what few people change is folded."""

    title: Promise
    names: tuple[str, ...]
    help: Promise | str = ""
    is_folded: bool = False


@dataclass(frozen=True)
class OpenSection:
    """A section on the page; a folded one opens when something in it must be mended."""

    section: Section
    fields: Sequence[BoundField]

    @property
    def has_errors(self) -> bool:
        return any(field.errors for field in self.fields)


class StudyForm(SeenForm):
    """A study of a wave, or of the stored rows where its kind reads none: a new one, or ``study``
    while it is open, whose short name stays.
    """

    parts: ClassVar[tuple[Section, ...]] = ()

    title = TextField(label=_("Title"), max_length=Study._meta.get_field("title").max_length)
    slug = forms.SlugField(
        label=_("Short name"),
        max_length=Study._meta.get_field("slug").max_length,
        required=False,
        help_text=_("For commands, such as «impacto-2021»; made from the title if left empty."),
    )

    def __init__(
        self, *args: Any, wave: Wave | None, study: Study | None = None, **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self.wave = wave
        if study:
            del self.fields["slug"]
            self.spec = specification_of(study.kind, study.specification)
            named = {"title": study.title, "seen": study.version}
        else:
            del self.fields["seen"]
            self.spec = self.proposal()
            named = {}
        self.initial = self.answers_of(self.spec) | named
        self.offer()

    def proposal(self) -> Specification:
        """What a new study asks unless told otherwise."""
        raise NotImplementedError

    def answers_of(self, spec: Any) -> dict[str, Any]:
        """What a person would have written to ask for this: its choices as they are."""
        return {item.name: getattr(spec, item.name) for item in fields(spec)}

    def offer(self) -> None:
        """Give the fields the choices that there are."""

    def chosen(self) -> dict[str, Any]:
        """The choices of the specification that were written."""
        names = {item.name for item in fields(self.spec)}
        return {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in self.cleaned_data.items()
            if name in names
        }

    def specification(self) -> Specification:
        """What these answers ask for; what is not asked stays as it was."""
        return replace(self.spec, **self.chosen())

    def sections(self) -> Iterator[OpenSection]:
        """The visible fields under their headings."""
        for part in self.parts:
            shown = [self[name] for name in part.names if name in self.fields]
            yield OpenSection(part, shown)


class ChoiceForm(forms.Form):
    """What kind of study, and of which wave if its kind reads one. ``kinds``: summaries by code."""

    kind = forms.ChoiceField(label=_("Kind"), widget=forms.RadioSelect)
    wave = forms.ModelChoiceField(
        label=_("Survey wave"),
        queryset=Wave.objects.filter(discarded_at__isnull=True).order_by("-collected_from", "-pk"),
        required=False,
        empty_label=_("None: the stored rows alone"),
        help_text=_("Leave it as it is for a kind that reads no survey."),
    )

    def __init__(self, *args: Any, kinds: Mapping[str, Any], **options: Any) -> None:
        super().__init__(*args, **options)
        choices = self.fields["kind"]
        choices.choices = list(kinds.items())  # type: ignore[attr-defined]
        choices.initial = next(iter(kinds))
        self.fields["wave"].initial = self.fields["wave"].queryset.first()  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """No wave for a kind that reads none, one for a kind that needs it."""
        cleaned = super().clean() or {}
        use = StudyKind(cleaned["kind"]).wave_use if "kind" in cleaned else None
        if use is WaveUse.NONE:
            cleaned["wave"] = None
        elif use is WaveUse.REQUIRED and not cleaned.get("wave"):
            self.add_error("wave", _("A study of this kind reads a survey wave: choose one."))
        return cleaned


class GroupedForm(StudyForm):
    """A study that tells people or alliances apart, by levels of chaining among others."""

    groups = forms.MultipleChoiceField(
        label=_("Told apart by"), required=False, widget=forms.CheckboxSelectMultiple
    )
    chaining_study = forms.ChoiceField(
        label=_("Study of chaining"),
        required=False,
        help_text=_("Its levels, both links together; it must have been run."),
    )
    level = forms.FloatField(
        label=_("Level of the intervals, in per cent"), min_value=51, max_value=99.9
    )

    def select(self, name: str, choices: Iterable[tuple[str, Any]]) -> None:
        """Offer one of these, or none."""
        self.fields[name].choices = [("", _("None")), *choices]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Levels of chaining and the study that they are of come together."""
        cleaned = super().clean() or {}
        by_level = "chaining" in cleaned.get("groups", ())
        if by_level != bool(cleaned.get("chaining_study")):
            self.add_error(
                "chaining_study",
                _("Choose the study whose levels are read.")
                if by_level
                else _("Mark «Level of chaining» to tell answers apart by it."),
            )
        return cleaned


NAME = Section(_("Name"), ("title", "slug"))


def choose(form: forms.Form, name: str, choices: Iterable[tuple[str, Any]]) -> None:
    """Offer these; those that the form opens with first, in their order, known or not."""
    offered = dict(choices)
    opened = filter(None, form.initial.get(name) or [])
    first = {chosen: offered.get(chosen, chosen) for chosen in opened}
    form.fields[name].choices = list((first | offered).items())  # type: ignore[attr-defined]


def with_unit(variable: Variable) -> str:
    """The question with its unit, as a person knows it."""
    return f"{variable.label} ({variable.unit})" if variable.unit else variable.label
