"""Shape of the pre-investment study."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from alliances.preparation.forms.fields import Grouped
from alliances.preparation.models import PreinvestmentStudy
from alliances.preparation.rules import study_problems
from alliances.preparation.selectors.profiles import STUDY_SECTIONS
from alliances.preparation.services import StudyData
from kit.amounts import number
from kit.forms import (
    DayInput,
    KeyField,
    PesosField,
    ReadField,
    SeenField,
    door_field,
    once,
    tell_problems,
)
from kit.plausible import AMOUNT_COP
from kit.versions import NOTHING

STUDY_FIELDS = list(StudyData.__dataclass_fields__)


class PreinvestmentStudyForm(Grouped, forms.ModelForm):
    """The pre-investment study by area, what the plan yields, and the signed document."""

    parts = (
        (_("What was seen"), ("visited_on", *STUDY_SECTIONS)),
        (
            _("What the plan yields"),
            ("net_present_value_cop", "internal_rate_percent", "yearly_income_per_producer_cop"),
        ),
        (_("Evidence"), ("document",)),
    )

    key, seen = KeyField(), SeenField()
    net_present_value_cop = ReadField(
        parse=number(-AMOUNT_COP, AMOUNT_COP, places=2, whole_dots=True),
        is_grouped=True,
        label=_("Net present value (COP)"),
    )
    internal_rate_percent = ReadField(
        parse=number(Decimal(-100), Decimal(1000), places=2),
        label=_("Internal rate of return (%)"),
    )
    yearly_income_per_producer_cop = PesosField(
        lowest="0", label=_("Yearly income per producer (COP)")
    )
    document = forms.FileField(
        label=_("Signed study"), required=False, help_text=_("PDF or photograph, up to 10 MB.")
    )

    class Meta:
        model = PreinvestmentStudy
        formfield_callback = door_field
        fields = STUDY_FIELDS
        widgets = {"visited_on": DayInput} | {
            name: forms.Textarea(attrs={"rows": 4}) for name in STUDY_SECTIONS
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["seen"] = self.instance.version if self.instance.pk else NOTHING

    def clean(self) -> dict[str, Any]:
        """Value and rate of return tell one story."""
        cleaned = super().clean() or self.cleaned_data
        figures = {
            name: cleaned[name]
            for name in ("net_present_value_cop", "internal_rate_percent")
            if cleaned.get(name) is not None
        }
        if len(figures) == 2:
            tell_problems(self, study_problems(**figures))
        return cleaned

    @property
    def arguments(self) -> dict[str, Any]:
        """The arguments of the service, once the form is valid."""
        sent = self.cleaned_data
        data = StudyData(**{name: sent[name] for name in STUDY_FIELDS})
        return {"data": data, "document": sent["document"]} | once(self)
