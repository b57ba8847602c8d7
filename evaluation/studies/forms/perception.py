"""The shape of a perception study as a person writes it."""

from dataclasses import replace
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from evaluation.studies.checking import chaining_studies_of, outcomes_of, questions_of
from evaluation.studies.forms.base import NAME, Section, StudyForm, choose, with_unit
from evaluation.studies.perception_spec import PerceptionSpec
from evaluation.studies.reading.perception import GROUPS
from evaluation.surveys.models import Wave

_FIELDS = ("weight", "chaining_study", "threshold", "minimum_clusters", "level")


class PerceptionForm(StudyForm):
    """Everything that a perception study fixes before answers are read."""

    spec: PerceptionSpec
    wave: Wave
    parts = (
        NAME,
        Section(_("What is read"), ("questions", "weight")),
        Section(_("Groups"), ("groups", "chaining_study")),
        Section(_("Settings"), ("threshold", "minimum_clusters", "level"), is_folded=True),
    )

    questions = forms.MultipleChoiceField(label=_("Questions"), widget=forms.CheckboxSelectMultiple)
    weight = forms.ChoiceField(
        label=_("Weight"), required=False, help_text=_("How many producers each answer stands for.")
    )
    groups = forms.MultipleChoiceField(
        label=_("Told apart by"), required=False, widget=forms.CheckboxSelectMultiple
    )
    chaining_study = forms.ChoiceField(
        label=_("Study of chaining"),
        required=False,
        help_text=_("Its levels, both links together; it must have been run."),
    )
    threshold = forms.IntegerField(
        label=_("Fewer people than these are hidden"), min_value=2, max_value=100
    )
    minimum_clusters = forms.IntegerField(
        label=_("Fewest alliances for an interval"), min_value=2, max_value=100
    )
    level = forms.FloatField(
        label=_("Level of the intervals, in per cent"), min_value=51, max_value=99.9
    )

    def proposal(self) -> PerceptionSpec:
        """Every question of the wave about how they fare, what drew them and whom they met."""
        names = tuple(row.name for row in questions_of(self.wave))
        return PerceptionSpec(questions=names or ("wellbeing",))

    def answers_of(self, spec: PerceptionSpec) -> dict[str, Any]:
        """The choices as they are."""
        lists = {"questions": list(spec.questions), "groups": list(spec.groups)}
        return lists | {name: getattr(spec, name) for name in _FIELDS}

    def offer(self) -> None:
        """What the wave asks, its numbers, and its chaining studies that were run."""
        choose(self, "questions", [(row.name, row.question) for row in questions_of(self.wave)])
        choose(self, "groups", list(GROUPS.items()))
        none = ("", _("None"))
        self._offer(
            "weight", [none, *((row.name, with_unit(row)) for row in outcomes_of(self.wave))]
        )
        self._offer("chaining_study", [none, *chaining_studies_of(self.wave)])

    def _offer(self, name: str, choices: Any) -> None:
        self.fields[name].choices = list(choices)  # type: ignore[attr-defined]

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

    def specification(self) -> PerceptionSpec:
        """The specification that these answers ask for."""
        chosen = self.cleaned_data
        values = {name: chosen[name] for name in _FIELDS}
        values |= {name: tuple(chosen[name]) for name in ("questions", "groups")}
        return replace(self.spec, **values)
