"""What an evaluator expects of a study that has no data yet, and what they would like to try."""

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.utils.translation import gettext_lazy

from evaluation.studies.models import Study

if TYPE_CHECKING:
    from evaluation.studies.power import PowerAnswer

DEFAULTS: Mapping[str, float] = {
    "first_stage": 0.85,
    "icc": 0.15,
    "extra": 200,
    "shift": 5,
    "wider": 1.5,
}


class PowerForm(forms.Form):
    """What the evaluator expects, and what they would like to try."""

    first_stage = forms.FloatField(
        label=gettext_lazy("First stage"),
        min_value=0.05,
        max_value=1,
        required=False,
        help_text=gettext_lazy("Jump of taking part at the cut-off, 0.05 to 1."),
    )
    icc = forms.FloatField(
        label=gettext_lazy("Intra-cluster correlation"),
        min_value=0,
        max_value=1,
        required=False,
        help_text=gettext_lazy("How much alike the members of an alliance are, 0 to 1."),
    )
    bandwidth = forms.FloatField(
        label=gettext_lazy("Bandwidth, in points of the score"),
        min_value=0.01,
        max_value=1000,
        required=False,
        help_text=gettext_lazy("Left empty, it is guessed from the spread of the scores."),
    )
    spread = forms.FloatField(
        label=gettext_lazy("Standard deviation of the first outcome"),
        min_value=1e-6,
        max_value=1e12,
        required=False,
        help_text=gettext_lazy("In its unit; left empty, that of an earlier wave if there is one."),
    )
    per_alliance = forms.IntegerField(
        label=gettext_lazy("Producers surveyed of each alliance"),
        min_value=1,
        max_value=1000,
        required=False,
        help_text=gettext_lazy("Left empty, as many as there are."),
    )
    extra = forms.IntegerField(
        label=gettext_lazy("More surveys"), min_value=1, max_value=100_000, required=False
    )
    shift = forms.FloatField(
        label=gettext_lazy("Cut-off moved by, in points"),
        min_value=-100,
        max_value=100,
        required=False,
    )
    wider = forms.FloatField(
        label=gettext_lazy("Wider call: times as many alliances"),
        min_value=1.01,
        max_value=100,
        required=False,
    )

    def answers(self) -> dict[str, Any]:
        """What was written, and the proposals for the rest."""
        written = {name: value for name, value in self.cleaned_data.items() if value is not None}
        return dict(DEFAULTS) | written


def power_of(study: Study, answers: Mapping[str, Any]) -> "PowerAnswer":
    """The answer for an impact study; what reckons it is imported when somebody asks."""
    power = import_module("evaluation.studies.power")
    return cast("PowerAnswer", power.power_of(study, answers))
