"""Shapes of what is written of producers and of the apprentice manager."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from alliances.lifecycle.forms import ReasonForm
from alliances.people.models import ApprenticeManager, Membership, Producer
from alliances.preparation.forms.fields import Grouped, hectares
from alliances.preparation.models import RemovalReason, SpecialGroup
from alliances.preparation.rules import ProducerData, producer_problems
from alliances.preparation.table import END_MANAGER
from kit import identifiers
from kit.days import OLDEST_LIFE
from kit.files import parsers
from kit.forms import (
    AnswerField,
    DayField,
    DayInput,
    DespiteField,
    KeyField,
    PesosField,
    ReadField,
    SeenField,
    SeenForm,
    door_field,
    tell_problems,
)
from kit.plausible import ASSETS_COP, MONTHLY_COP

PRODUCER_FIELDS = list(ProducerData.__dataclass_fields__)
#: What the rules of a producer compare.
_COMPARED = {"born_on", "experience_years", "farm_area_ha", "project_area_ha"}


class ProducerForm(Grouped, forms.ModelForm):
    """What a profile needs to know of one producer.

    The document of a producer already written is not shown: leaving it empty keeps it.
    """

    parts = (
        (
            _("Who it is"),
            (
                "given_names",
                "surnames",
                "document_kind",
                "document_number",
                "born_on",
                "sex",
                "phone",
                "special_group",
                "consented_on",
                "despite",
            ),
        ),
        (
            _("Household and farm"),
            (
                "household_key",
                "farm_name",
                "tenure",
                "farm_area_ha",
                "project_area_ha",
                "experience_years",
            ),
        ),
        (
            _("Income and assets"),
            (
                "monthly_income_cop",
                "agricultural_income_share",
                "assets_cop",
            ),
        ),
        (
            _("About the programme"),
            ("literate", "is_member", "member_since", "had_earlier_support"),
        ),
    )

    key, seen, despite = KeyField(), SeenField(), DespiteField()
    document_number = ReadField(
        parse=identifiers.document, mode="numeric", label=_("Document number")
    )
    phone = ReadField(parse=identifiers.telephone, mode="tel", label=_("Telephone"), required=False)
    born_on = DayField(label=_("Date of birth"), earliest=OLDEST_LIFE)
    farm_area_ha = hectares(label=_("Farm area (ha)"))
    project_area_ha = hectares(label=_("Project area (ha)"))
    monthly_income_cop = PesosField(
        lowest="0", highest=MONTHLY_COP, label=_("Household income per month (COP)")
    )
    agricultural_income_share = ReadField(
        parse=parsers.percentage, label=_("Share of income from farming (%)")
    )
    assets_cop = PesosField(lowest="0", highest=ASSETS_COP, label=_("Household assets (COP)"))
    literate = AnswerField(label=_("Somebody in the household reads and writes"))
    is_member = AnswerField(label=_("Member of the organisation"))
    member_since = DayField(label=_("Member since"), earliest=OLDEST_LIFE, required=False)
    had_earlier_support = AnswerField(
        label=_("Already a beneficiary of the programme"),
        help_text=_("As the person says; the register of persons is asked too."),
    )
    special_group = forms.ChoiceField(
        label=_("Special group"),
        required=False,
        choices=[("", _("Not said")), *SpecialGroup.choices],
        help_text=_("Sensitive data: only if the person chose to say it."),
    )

    class Meta:
        model = Producer
        formfield_callback = door_field
        fields = PRODUCER_FIELDS
        widgets = {"consented_on": DayInput, "sex": forms.RadioSelect}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["sex"].choices = Producer.Sex.choices  # type: ignore[attr-defined]
        self.fields["experience_years"].widget.attrs["inputmode"] = "numeric"
        self.written_number = self.instance.document_number
        if self.instance.pk:
            self.initial["seen"] = self.instance.version
            del self.fields["despite"]
            number = self.fields["document_number"]
            self.initial["document_number"] = ""
            number.required = False
            number.help_text = _("%(masked)s is kept while this is empty.") % {
                "masked": self.instance.masked_document
            }

    def clean(self) -> dict[str, Any]:
        """An empty document number keeps the one already written; what is said must agree."""
        super().clean()
        if not self.cleaned_data.get("document_number") and self.instance.pk:
            self.cleaned_data["document_number"] = self.written_number
        if self.cleaned_data.keys() >= _COMPARED:
            written = {name: self.cleaned_data.get(name) for name in PRODUCER_FIELDS}
            problems = producer_problems(ProducerData(**written), localdate())  # type: ignore[arg-type]
            tell_problems(self, problems)
        return self.cleaned_data

    @property
    def data_of_producer(self) -> ProducerData:
        """What was written, once the form is valid; blank text is empty."""
        sent = {name: self.cleaned_data[name] for name in PRODUCER_FIELDS}
        return ProducerData(**(sent | {"phone": sent["phone"] or ""}))


class RemovalForm(SeenForm):
    """Why a producer leaves the profile."""

    reason = forms.ChoiceField(label=_("Reason"), choices=RemovalReason.choices)


class ManagerEndForm(ReasonForm):
    """The last day of the manager's contract, and why it ends."""

    act = END_MANAGER
    until = DayField(label=_("Last day"))
    field_order = ["until"]


class ManagerForm(forms.ModelForm):
    """Who manages the organisation, from when, and what it costs."""

    key = KeyField()
    manager = forms.ModelChoiceField(label=_("Person"), queryset=Membership.objects.none())
    monthly_fee_cop = PesosField(lowest="0", highest=MONTHLY_COP, label=_("Monthly fee (COP)"))
    field_order = ["manager"]

    class Meta:
        model = ApprenticeManager
        formfield_callback = door_field
        fields = ["since"]
        widgets = {"since": DayInput}

    def __init__(self, *args: Any, people: QuerySet[Membership], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        manager: Any = self.fields["manager"]
        manager.queryset = people
        manager.label_from_instance = lambda row: row.user.display_name

    @property
    def appointment(self) -> dict[str, Any]:
        """The arguments of the service, once the form is valid."""
        return {
            name: self.cleaned_data[name] for name in ("manager", "since", "monthly_fee_cop", "key")
        }
