"""Shape of a new call: its rubric and limits come from an earlier one, or from the example."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alliances.calls.drafts import CallDraft, RegionDraft
from alliances.calls.models import Call
from alliances.territory.models import MinimumWage
from kit.forms import DayInput, KeyField, PesosField, door_field


class CallForm(forms.ModelForm):
    """Its name, dates, duties, and the money and cut-off of each region of the base."""

    key = KeyField()
    code = forms.SlugField(
        label=gettext_lazy("Code"),
        max_length=20,
        help_text=gettext_lazy("Letters, digits and dashes: it begins the code of every profile."),
    )
    wage_year = forms.TypedChoiceField(
        label=gettext_lazy("Year of the minimum wage"),
        coerce=int,
        help_text=gettext_lazy("Limits in minimum wages use this year's."),
    )

    class Meta:
        model = Call
        formfield_callback = door_field
        fields = ["code", "name", "opens_on", "closes_on", "wage_year", "regime", "source"]
        widgets = {"opens_on": DayInput, "closes_on": DayInput}
        # Days and wages are told in one wave: ``call_problems``.
        field_classes = {"opens_on": forms.DateField, "closes_on": forms.DateField}

    def __init__(self, *args: Any, base: CallDraft, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.base = base
        years = MinimumWage.objects.order_by("-year").values_list("year", flat=True)
        wage_year: Any = self.fields["wage_year"]
        wage_year.choices = [(year, year) for year in years]
        for number, region in enumerate(base.regions):
            named = {"region": region.call_region}
            self.fields[f"budget_{number}"] = PesosField(
                lowest="0",
                label=_("%(region)s: budget (COP)") % named,
                help_text=_("Empty if the call has no money there."),
                required=False,
            )
            self.fields[f"cutoff_{number}"] = forms.DecimalField(
                label=_("%(region)s: cut-off score") % named,
                initial=region.cutoff,
                min_value=0,
                max_value=100,
                decimal_places=2,
            )

    @property
    def draft(self) -> CallDraft:
        """The call to write, once the form is valid."""
        sent = self.cleaned_data
        return CallDraft(
            **{name: sent[name] for name in self._meta.fields or ()},
            regions=tuple(
                RegionDraft(row.call_region, sent[f"budget_{number}"], sent[f"cutoff_{number}"])
                for number, row in enumerate(self.base.regions)
                if sent[f"budget_{number}"] is not None
            ),
            criteria=self.base.criteria,
            limits=self.base.limits,
            rubric_source=self.base.rubric_source,
        )
