"""The shape of a chaining study as a person writes it."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from evaluation.estimators.chaining_spec import (
    DIMENSIONS,
    SCALE_TOP,
    ChainingSpec,
    DimensionName,
    Thresholds,
)
from evaluation.studies.models import Study
from evaluation.studies.rules import PROFILE_COVARIATES
from evaluation.surveys.models import Wave
from paap.forms import DayField

DEFAULTS = ChainingSpec(reference_on=date(2000, 1, 1))


def _threshold(label: Any, initial: float) -> forms.FloatField:
    return forms.FloatField(label=label, min_value=0, max_value=SCALE_TOP, initial=initial)


class ChainingStudyForm(forms.Form):
    """Everything that the study fixes before outcomes are read."""

    title = forms.CharField(label=_("Title"), max_length=Study._meta.get_field("title").max_length)
    wave = forms.ModelChoiceField(label=_("Survey wave"), queryset=Wave.objects.order_by("-pk"))
    reference_on = DayField(
        label=_("Reference day"),
        help_text=_("Deliveries, prices, payments and agreements are read as they stood then."),
    )
    producers_organisation_low = _threshold(_("Producers and organisation: low under"), 1.5)
    producers_organisation_high = _threshold(_("Producers and organisation: high from"), 2.5)
    organisation_ally_low = _threshold(_("Organisation and ally: low under"), 1.5)
    organisation_ally_high = _threshold(_("Organisation and ally: high from"), 2.5)
    both_low = _threshold(_("Both: low under"), 1.5)
    both_high = _threshold(_("Both: high from"), 2.5)
    behaviour_weight = forms.FloatField(
        label=_("Weight of stored facts in the link with the ally"),
        help_text=_("0: only what producers say; 1: only deliveries, prices and payments."),
        min_value=0,
        max_value=1,
        initial=DEFAULTS.behaviour_weight,
    )
    wellbeing_improved_from = forms.IntegerField(
        label=_("Better off from answer"),
        min_value=2,
        max_value=5,
        initial=DEFAULTS.wellbeing_improved_from,
    )
    covariates = forms.MultipleChoiceField(
        label=_("Adjust for"),
        choices=list(PROFILE_COVARIATES.items()),
        initial=list(PROFILE_COVARIATES),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Facts of the profile only: never what came after selection."),
    )
    bootstrap_replicates = forms.IntegerField(
        label=_("Resamples of the alliances"),
        min_value=0,
        max_value=9999,
        initial=DEFAULTS.bootstrap_replicates,
    )

    def clean(self) -> dict[str, Any]:
        """Low must lie under high in each dimension."""
        cleaned = super().clean() or {}
        for name in DIMENSIONS:
            low, high = cleaned.get(f"{name}_low"), cleaned.get(f"{name}_high")
            if low is not None and high is not None and not 0 < low < high:
                self.add_error(f"{name}_high", _("High must start above low, and low above zero."))
        return cleaned

    def specification(self) -> ChainingSpec:
        """The frozen specification that these answers ask for."""
        chosen = self.cleaned_data

        def thresholds(name: DimensionName) -> Thresholds:
            return Thresholds(chosen[f"{name}_low"], chosen[f"{name}_high"])

        return ChainingSpec(
            reference_on=chosen["reference_on"],
            producers_organisation=thresholds("producers_organisation"),
            organisation_ally=thresholds("organisation_ally"),
            both=thresholds("both"),
            behaviour_weight=chosen["behaviour_weight"],
            wellbeing_improved_from=chosen["wellbeing_improved_from"],
            covariates=tuple(chosen["covariates"]),
            bootstrap_replicates=chosen["bootstrap_replicates"],
        )
