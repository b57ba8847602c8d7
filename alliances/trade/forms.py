"""Shapes of the agreement and of each step of a sale."""

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from alliances.documents.rules import ACCEPTED_EXTENSIONS
from alliances.lifecycle.forms import ReasonForm
from alliances.people.services import Party
from alliances.trade.models import Agreement, ProduceSale
from alliances.trade.rules import Terms
from alliances.trade.table import END_AGREEMENT, REPLACE_ALLY
from kit import identifiers
from kit.amounts import number
from kit.forms import (
    DayField,
    DayInput,
    KeyField,
    PesosField,
    ReadField,
    SeenField,
    SeenForm,
    TextField,
    door_field,
)
from kit.plausible import KG_PER_MONTH, PRICE_PER_KG_COP
from kit.versions import NOTHING


def kilograms(lowest: str = "0.01", **options: Any) -> ReadField:
    """A weight as Colombians write it; «2.500» is asked again, as it could be either."""
    return ReadField(parse=number(Decimal(lowest), KG_PER_MONTH, places=2), **options)


class AgreementForm(forms.ModelForm):
    """The terms of a commercial agreement, field by field."""

    key, seen = KeyField(), SeenField()
    quantity_kg_per_month = kilograms(label=_("Quantity per month (kg)"))
    price_floor_cop = PesosField(
        lowest="0",
        highest=PRICE_PER_KG_COP,
        label=_("Lowest price per kg (COP)"),
        help_text=_("For a fixed price, that price."),
    )
    price_ceiling_cop = PesosField(
        lowest="0",
        highest=PRICE_PER_KG_COP,
        label=_("Highest price per kg (COP)"),
        help_text=_("Empty for a fixed price."),
        required=False,
    )

    class Meta:
        model = Agreement
        formfield_callback = door_field
        fields = [
            "product",
            "quality",
            "quantity_kg_per_month",
            "delivery_place",
            "starts_on",
            "ends_on",
            "price_rule",
            "price_floor_cop",
            "price_ceiling_cop",
            "price_reference",
            "payment_days",
            "payment_means",
        ]
        widgets = {
            "starts_on": DayInput,
            "ends_on": DayInput,
            "price_rule": forms.RadioSelect,
        }
        help_texts = {
            "quality": _("What makes the ally accept or refuse it: size, moisture, packing."),
            "price_reference": _("Which market and day, and the premium over it."),
            "payment_days": _("Calendar days from the delivery; 0 is on delivery."),
            "payment_means": _("Transfer, cash, and to whom."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["seen"] = self.instance.fingerprint if self.instance.pk else NOTHING
        rules = Agreement.PriceRule.choices
        self.fields["price_rule"].choices = rules  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """A fixed price needs one figure only; the others need both."""
        cleaned = super().clean() or {}
        if cleaned.get("price_ceiling_cop") is None and "price_ceiling_cop" not in self.errors:
            if cleaned.get("price_rule") == Agreement.PriceRule.FIXED:
                cleaned["price_ceiling_cop"] = cleaned.get("price_floor_cop")
            else:
                self.add_error("price_ceiling_cop", _("Say the highest price."))
        return cleaned

    @property
    def terms(self) -> Terms:
        """What was agreed, once the form is valid."""
        return Terms(**{name: self.cleaned_data[name] for name in self._meta.fields or ()})


class EndForm(ReasonForm):
    """Why the agreement ends."""

    act = END_AGREEMENT
    longest = 200
    seen = SeenField()


class ReplaceAllyForm(ReasonForm):
    """Who buys from now on, why, and the minutes that say so."""

    act = REPLACE_ALLY

    ally_name = TextField(label=_("Commercial ally"), max_length=200)
    ally_nit = ReadField(
        parse=identifiers.nit, mode="text", label=_("NIT of the ally"), max_length=20
    )
    evidence = forms.FileField(
        label=_("Minutes of the alliance committee (CDA)"),
        widget=forms.ClearableFileInput(attrs={"accept": ",".join(ACCEPTED_EXTENSIONS)}),
    )

    @property
    def replacement(self) -> dict[str, Any]:
        """The arguments of the service, once the form is valid."""
        sent = self.cleaned_data
        ally = Party(sent["ally_name"], sent["ally_nit"])
        return {"ally": ally} | {
            name: sent[name] for name in ("reason", "reason_code", "evidence", "key")
        }


class PromiseForm(forms.ModelForm):
    """A delivery promised to the ally."""

    key = KeyField()
    promised_kg = kilograms(label=_("Promised (kg)"))

    class Meta:
        model = ProduceSale
        formfield_callback = door_field
        fields = ["promised_on", "promised_kg"]
        widgets = {"promised_on": DayInput}


class ProduceDeliveryForm(SeenForm):
    """What was delivered, and at what price."""

    delivered_on = DayField(is_past=True, label=_("Delivered on"))
    delivered_kg = kilograms("0", label=_("Delivered (kg)"))
    price_cop = PesosField(lowest="0", highest=PRICE_PER_KG_COP, label=_("Price per kg (COP)"))

    def __init__(self, *args: Any, sale: ProduceSale, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["seen"].initial = sale.delivery_fingerprint
        self.fields["delivered_on"].initial = sale.delivered_on or today
        self.fields["delivered_kg"].initial = sale.delivered_kg or sale.promised_kg
        self.fields["price_cop"].initial = sale.price_cop


class PaymentForm(SeenForm):
    """The day on which the ally's money arrived."""

    paid_on = DayField(is_past=True, label=_("Paid on"))

    def __init__(self, *args: Any, sale: ProduceSale, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["seen"].initial = sale.delivery_fingerprint
        self.fields["paid_on"].initial = today
