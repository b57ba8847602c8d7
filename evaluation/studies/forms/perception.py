"""The shape of a perception study as a person writes it."""

from django import forms
from django.utils.translation import gettext_lazy as _

from evaluation.studies.checking import chaining_studies_of, outcomes_of, questions_of
from evaluation.studies.forms.base import NAME, GroupedForm, Section, choose, with_unit
from evaluation.studies.perception_spec import PerceptionSpec
from evaluation.studies.reading.perception import GROUPS
from evaluation.surveys.models import Wave


class PerceptionForm(GroupedForm):
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
    threshold = forms.IntegerField(
        label=_("Fewer people than these are hidden"), min_value=2, max_value=100
    )
    minimum_clusters = forms.IntegerField(
        label=_("Fewest alliances for an interval"), min_value=2, max_value=100
    )

    def proposal(self) -> PerceptionSpec:
        """Every question of the wave about how they fare, what drew them and whom they met."""
        names = tuple(row.name for row in questions_of(self.wave))
        return PerceptionSpec(questions=names or ("wellbeing",))

    def offer(self) -> None:
        """What the wave asks, its numbers, and its chaining studies that were run."""
        choose(self, "questions", [(row.name, row.question) for row in questions_of(self.wave)])
        choose(self, "groups", list(GROUPS.items()))
        self.select("weight", ((row.name, with_unit(row)) for row in outcomes_of(self.wave)))
        self.select("chaining_study", chaining_studies_of(self.wave))
