"""Recording what reached each producer."""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import Sum
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from alliances.documents.models import DocumentVersion
from alliances.lifecycle.acting import act_on
from alliances.people.models import Membership, Producer
from fiduciary.deliveries.models import InputDelivery
from fiduciary.deliveries.table import DELIVER_INPUTS
from fiduciary.disbursements.models import DisbursementRequest
from fiduciary.disbursements.table import RequestStatus
from fiduciary.fund.models import Commitment
from kit.days import day_problem
from kit.errors import DomainError, NotAllowed
from kit.figures import cop


class NotCommitted(DomainError):
    """The producer has not signed what the support obliges them to give back."""


@dataclass(frozen=True)
class Goods:
    """What was handed over and what it is worth in COP."""

    item: str
    quantity: Decimal
    unit: str
    value_cop: Decimal
    delivered_on: date


def deliver_inputs(
    *,
    request_id: int,
    producer_id: int,
    goods: Goods,
    acting: Membership,
    at: datetime,
    key: UUID,
    act: DocumentVersion | None = None,
) -> InputDelivery:
    """Record a delivery once per key.

    Raises NotCommitted before the producer's commitment is signed, NotAllowed while the request
    is not paid or for anybody but who accompanies, DomainError for more than was paid for.
    """
    with act_on(
        {"disbursement_requests": request_id},
        DELIVER_INPUTS,
        acting=acting,
        at=at,
        key=key,
        content={"request": request_id, "producer": producer_id, **asdict(goods)},
        documents=[act] if act else [],
    ) as doing:
        if doing.earlier:
            return InputDelivery.objects.get(pk=doing.earlier_row("delivery"))
        request = DisbursementRequest.objects.get(pk=request_id)
        producer = Producer.objects.filter(alliance=doing.alliance).get(pk=producer_id)
        _check_request(request, goods)
        _check_commitment(producer, goods.delivered_on, at)
        delivery = InputDelivery(
            request=request, producer=producer, act=act, key=key, **asdict(goods)
        )
        delivery.full_clean()
        delivery.save()
        doing.data |= {
            "delivery": delivery.pk,
            "request": request.pk,
            "producer": producer.pk,
            "name": goods.item,
            "value_cop": str(goods.value_cop),
        }
        return delivery


def _check_request(request: DisbursementRequest, goods: Goods) -> None:
    if request.status != RequestStatus.PAID:
        raise NotAllowed(
            _("%(reference)s is not paid yet: there is nothing of it to deliver.")
            % {"reference": request.reference}
        )
    delivered = request.deliveries.aggregate(total=Sum("value_cop"))["total"] or Decimal(0)
    left = request.amount_cop - delivered
    if goods.value_cop > left:
        raise DomainError(
            _("Of %(reference)s %(left)s are left to deliver, not %(value)s.")
            % {
                "reference": request.reference,
                "left": cop(left),
                "value": cop(goods.value_cop),
            }
        )


def _check_commitment(producer: Producer, delivered_on: date, at: datetime) -> None:
    commitment = Commitment.objects.filter(producer=producer).first()
    if commitment is None:
        raise NotCommitted(
            _(
                "%(producer)s has not signed the commitment to the rotating fund: "
                "nothing is delivered before."
            )
            % {"producer": producer}
        )
    problem = day_problem(
        delivered_on,
        today=localtime(at).date(),
        not_before=commitment.signed_on,
        since=_("%(producer)s signed the commitment") % {"producer": producer},
    )
    if problem:
        raise NotCommitted(problem)
