"""Shapes of the annual plan, of a request and of each act on it."""

from dataclasses import asdict
from typing import Any

from django import forms
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from alliances.lifecycle.forms import ReasonForm
from alliances.lifecycle.models import Alliance
from alliances.territory.models import Crop, Operation
from fiduciary.disbursements.models import BudgetLine, DisbursementRequest, ReturnReason
from fiduciary.disbursements.selectors import lines_of, return_reasons
from fiduciary.disbursements.services.requests import Ask, asked_in
from fiduciary.disbursements.table import ACT_OF, Verb
from fiduciary.timing.table import OVERRIDE_WINDOW
from kit import identifiers
from kit.figures import cop
from kit.forms import (
    DayField,
    DespiteField,
    KeyedForm,
    PesosField,
    ReadField,
    SeenField,
    SeenForm,
    TextField,
)
from kit.names import by_name

NO_OPERATION = [("", _("None: it waits for no season"))]


class LineChoice(forms.ModelChoiceField):
    """A budget line with what it has left."""

    def label_from_instance(self, line: Any) -> str:
        """«Semilla · $ 20.000.000 left»."""
        return f"{line.concept} · {cop(line.planned_cop - line.asked_cop)}"


class BudgetLineForm(KeyedForm):
    """One line of the annual plan."""

    concept = TextField(label=_("Concept"), max_length=120)
    planned_cop = PesosField(label=_("Planned (COP)"))
    planned_on = DayField(label=_("Planned for"))
    operation = forms.ChoiceField(
        label=_("Crop operation it is for"),
        choices=[*NO_OPERATION, *Operation.choices],
        required=False,
    )


class RequestForm(SeenForm):
    """A payment asked of the trust. The slack is worked back from the two leads."""

    amount_cop = PesosField(label=_("Amount (COP)"))
    description = TextField(label=_("What it pays for"), max_length=200)
    payee_name = TextField(label=_("Payee"), max_length=160)
    payee_document = ReadField(
        parse=identifiers.payee,
        mode="text",
        label=_("Payee's NIT or document"),
        max_length=20,
        help_text=_("A NIT with its check digit, as 900123456-8, or an identity document."),
    )
    contracting_lead_days = forms.IntegerField(
        label=_("Contracting (working days)"),
        min_value=0,
        max_value=250,
        initial=5,
        help_text=_("From payment to the supplier's contract."),
    )
    delivery_lead_days = forms.IntegerField(
        label=_("Delivery (calendar days)"),
        min_value=0,
        max_value=365,
        initial=10,
        help_text=_("From the supplier's contract to the farm."),
    )
    departure = TextField(
        label=_("Departs from the plan in"),
        required=False,
        max_length=200,
        help_text=_(
            "Leave it empty when everything is as the plan says. What departs from it goes to the "
            "EIP first."
        ),
    )
    support = forms.FileField(
        label=_("Supporting document"),
        required=False,
        help_text=_("Invoice, quotes, contract: one PDF with all of them is best."),
    )
    despite = DespiteField()

    @property
    def ask(self) -> Ask:
        """What was asked for, once the form is valid."""
        names = Ask.__dataclass_fields__
        return Ask(**{name: self.cleaned_data[name] for name in names})


def asked_of(request: DisbursementRequest) -> dict[str, Any]:
    """What a request asks for, to correct it."""
    return asdict(asked_in(request)) | {"seen": request.version}


class NewRequestForm(RequestForm):
    """The same, charged to a line of the plan."""

    seen = None  # type: ignore[assignment]  # nothing stands yet
    budget_line = LineChoice(label=_("Budget line"), queryset=BudgetLine.objects.none())
    field_order = ["budget_line"]

    def __init__(self, *args: Any, alliance: Alliance, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["budget_line"].queryset = lines_of(alliance)  # type: ignore[attr-defined]


class NoteForm(SeenForm):
    """An act that may carry a note."""

    note = TextField(
        label=_("Note"), required=False, max_length=1000, widget=forms.Textarea({"rows": 2})
    )


class ReturnForm(NoteForm):
    """Why a request goes back: a code, and words where the code is not enough."""

    reason = forms.ModelChoiceField(
        label=_("Reason"), queryset=ReturnReason.objects.none(), to_field_name="code"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].queryset = return_reasons(localdate())  # type: ignore[attr-defined]


class PayForm(SeenForm):
    """What the bank says of a payment."""

    paid_on = DayField(is_past=True, label=_("Paid on"))
    bank_reference = TextField(label=_("Bank reference"), max_length=80)
    despite = DespiteField()


class CancelForm(ReasonForm):
    """Why a request is given up."""

    act = ACT_OF[Verb.CANCEL]
    seen = SeenField()


class OverrideForm(ReasonForm):
    """When this alliance really does an operation, and why the calendar does not hold there."""

    act = OVERRIDE_WINDOW
    longest = 400

    crop = forms.ModelChoiceField(
        label=_("Crop"), queryset=Crop.objects.order_by(*by_name("name_es"))
    )
    operation = forms.ChoiceField(label=_("Operation"), choices=Operation.choices)
    starts_on = DayField(label=_("Window opens on"))
    ends_on = DayField(label=_("Window closes on"))
    field_order = ("crop", "operation", "starts_on", "ends_on")

    def clean(self) -> dict[str, Any]:
        """A window closes after it opens."""
        cleaned = super().clean() or {}
        starts_on, ends_on = cleaned.get("starts_on"), cleaned.get("ends_on")
        if starts_on and ends_on and ends_on < starts_on:
            self.add_error("ends_on", _("A window cannot close before it opens."))
        return cleaned
