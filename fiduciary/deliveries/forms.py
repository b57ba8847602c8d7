"""The shape of a delivery to one producer."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from alliances.lifecycle.models import Alliance
from alliances.people.models import Producer
from fiduciary.deliveries.selectors import producers_to_deliver, requests_to_deliver
from fiduciary.deliveries.services import Goods
from fiduciary.disbursements.models import DisbursementRequest
from kit.amounts import number
from kit.figures import cop
from kit.forms import DayField, KeyedForm, PesosField, ReadField, TextField

MOST = Decimal(10) ** 9  # of whatever unit


def _choice(request: Any) -> tuple[int, str]:
    """«D-00012 · Semilla · $ 3.000.000»: a paid request with what is left of it."""
    return request.pk, f"{request.reference} · {request.description} · {cop(request.left_cop)}"


class InputDeliveryForm(KeyedForm):
    """What was handed over, to whom and when."""

    request = forms.ModelChoiceField(
        label=_("Paid request"), queryset=DisbursementRequest.objects.none()
    )
    producer = forms.ModelChoiceField(label=_("Producer"), queryset=Producer.objects.none())
    item = TextField(label=_("What was delivered"), max_length=120)
    quantity = ReadField(parse=number(Decimal("0.01"), MOST, places=2), label=_("Quantity"))
    unit = TextField(label=_("Unit"), max_length=20)
    value_cop = PesosField(label=_("Value (COP)"))
    delivered_on = DayField(label=_("Delivered on"))
    act = forms.FileField(label=_("Delivery record"), required=False)

    def __init__(self, *args: Any, alliance: Alliance, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["request"]
        # What is all handed over is no longer offered, but sending the same form again is allowed.
        field.queryset = DisbursementRequest.objects.filter(alliance=alliance)  # type: ignore[attr-defined]
        field.widget.choices = [("", "—"), *map(_choice, requests_to_deliver(alliance))]
        self.fields["producer"].queryset = producers_to_deliver(alliance)  # type: ignore[attr-defined]

    @property
    def goods(self) -> Goods:
        """What was handed over, once the form is valid."""
        return Goods(**{name: self.cleaned_data[name] for name in Goods.__dataclass_fields__})

    @property
    def delivery(self) -> dict[str, Any]:
        """Whose delivery of what, once the form is valid."""
        data = self.cleaned_data
        return {
            "request_id": data["request"].pk,
            "producer_id": data["producer"].pk,
            "goods": self.goods,
            "key": data["key"],
        }
