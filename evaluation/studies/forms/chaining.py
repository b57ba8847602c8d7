"""The shape of a chaining study as a person writes it."""

from dataclasses import replace
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from evaluation.estimators.chaining.spec import DIMENSIONS, SCALE_TOP, ChainingSpec, Thresholds
from evaluation.studies.covariates import PROFILE_COVARIATES
from evaluation.studies.forms.base import NAME, Section, StudyForm, choose
from evaluation.surveys.models import Wave
from kit.forms import DayField


def _threshold(label: Any) -> forms.FloatField:
    return forms.FloatField(label=label, min_value=0, max_value=SCALE_TOP)


class ChainingForm(StudyForm):
    """Everything that a chaining study fixes before outcomes are read."""

    spec: ChainingSpec
    wave: Wave
    parts = (
        NAME,
        Section(
            _("Levels of the two links"),
            tuple(f"{name}_{end}" for name in DIMENSIONS for end in ("low", "high")),
            _("From 0 (nothing) to 4 (fully)."),
        ),
        Section(_("What is read"), ("reference_on", "behaviour_weight", "wellbeing_improved_from")),
        Section(_("Comparison"), ("covariates", "bootstrap_replicates", "threshold")),
    )

    reference_on = DayField(
        label=_("Reference day"),
        help_text=_("Deliveries, prices, payments and agreements are read as they stood then."),
    )
    producers_organisation_low = _threshold(_("Producers and organisation: low under"))
    producers_organisation_high = _threshold(_("Producers and organisation: high from"))
    organisation_ally_low = _threshold(_("Organisation and ally: low under"))
    organisation_ally_high = _threshold(_("Organisation and ally: high from"))
    both_low = _threshold(_("Both: low under"))
    both_high = _threshold(_("Both: high from"))
    behaviour_weight = forms.FloatField(
        label=_("Weight of stored facts in the link with the ally"),
        help_text=_("0: only what producers say; 1: only deliveries, prices and payments."),
        min_value=0,
        max_value=1,
    )
    wellbeing_improved_from = forms.IntegerField(
        label=_("Better off from answer"), min_value=2, max_value=5
    )
    covariates = forms.MultipleChoiceField(
        label=_("Adjust for"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Facts of the profile only: never what came after selection."),
    )
    bootstrap_replicates = forms.IntegerField(
        label=_("Resamples of the alliances"), min_value=0, max_value=9999
    )
    threshold = forms.IntegerField(
        label=_("Fewer than these are hidden"),
        help_text=_("From whoever reads the results without being an evaluator."),
        min_value=2,
        max_value=100,
    )

    def proposal(self) -> ChainingSpec:
        """As of the last day on which the wave was collected, adjusted for the profile."""
        return ChainingSpec(
            reference_on=self.wave.collected_until, covariates=tuple(PROFILE_COVARIATES)
        )

    def answers_of(self, spec: ChainingSpec) -> dict[str, Any]:
        """The cut points one by one, the rest as it is."""
        cuts = {
            f"{name}_{end}": getattr(spec.thresholds(name), end)
            for name in DIMENSIONS
            for end in ("low", "high")
        }
        return super().answers_of(spec) | cuts

    def offer(self) -> None:
        """Facts of the profile, and what the study already adjusts for."""
        choose(self, "covariates", PROFILE_COVARIATES.items())

    def clean(self) -> dict[str, Any]:
        """Low must lie under high in each dimension."""
        cleaned = super().clean() or {}
        for name in DIMENSIONS:
            low, high = cleaned.get(f"{name}_low"), cleaned.get(f"{name}_high")
            if low is not None and high is not None and not 0 < low < high:
                self.add_error(f"{name}_high", _("High must start above low, and low above zero."))
        return cleaned

    def specification(self) -> ChainingSpec:
        """With the cut points put together."""
        chosen = self.cleaned_data
        cuts: dict[str, Any] = {
            name: Thresholds(chosen[f"{name}_low"], chosen[f"{name}_high"]) for name in DIMENSIONS
        }
        return replace(self.spec, **self.chosen(), **cuts)
