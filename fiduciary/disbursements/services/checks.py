"""What must hold before money is asked for, approved or paid: each check says what is wrong."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Sum
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from alliances.documents.models import DocumentVersion
from alliances.lifecycle.selectors import alliances_visible_to
from alliances.people.models import Membership, Organisation
from fiduciary.disbursements.models import BudgetLine, DisbursementRequest, StepRecord
from fiduciary.disbursements.models.request import StayOutcome
from fiduciary.disbursements.selectors import cash_of
from fiduciary.disbursements.table import RequestStatus, Verb
from fiduciary.ledger.services import NotEnoughFunds
from kit.days import check_day
from kit.errors import DomainError, Unconfirmed
from kit.figures import cop, date_short
from kit.text import tidy

#: The code of the reason to return what is not in the plan (see data/return_reasons.csv).
OFF_PLAN = "off_plan"


class OverBudget(DomainError):
    """More is asked for than its budget line has left."""


def check_budget(request: DisbursementRequest) -> None:
    """What is asked for fits in what the line has left. Raises OverBudget."""
    line = request.budget_line
    taken = (
        DisbursementRequest.objects.filter(budget_line=line)
        .exclude(status=RequestStatus.CANCELLED)
        .exclude(pk=request.pk)
        .aggregate(total=Sum("amount_cop"))["total"]
    )
    left = line.planned_cop - (taken or Decimal(0))
    if request.amount_cop > left:
        raise OverBudget(
            _("The budget line «%(line)s» has %(left)s left and the request is for %(amount)s.")
            % {"line": line.concept, "left": cop(left), "amount": cop(request.amount_cop)},
            field="amount_cop",
        )


def was_found_off_plan(request: DisbursementRequest) -> bool:
    """Whether somebody returned it for not being what the plan says: its word against theirs."""
    if request.pk is None:
        return False
    return StepRecord.objects.filter(request=request, reason=OFF_PLAN).exists()


def was_drawn_and_given_up(line: BudgetLine) -> bool:
    """Whether chance drew a request of this line that was given up: asking anew draws no better."""
    return DisbursementRequest.objects.filter(
        budget_line=line, status=RequestStatus.CANCELLED, is_drawn=True
    ).exists()


def check_ask(
    request: DisbursementRequest, documents: Sequence[DocumentVersion], acting: Membership
) -> None:
    """Nothing open of this alliance is its twin, nothing rests on its documents, in any alliance.

    What the person may not see is told without naming it. Raises Unconfirmed.
    """
    others = DisbursementRequest.objects.exclude(pk=request.pk).exclude(
        status=RequestStatus.CANCELLED
    )
    twin = (
        others.still_open()
        .filter(
            alliance=request.alliance_id,
            amount_cop=request.amount_cop,
            payee_document=request.payee_document,
        )
        .order_by("pk")
        .last()
    )
    digests = [version.sha256 for version in documents]
    used = others.filter(documents__sha256__in=digests).select_related("alliance")
    doubts, known = [], {}
    if twin:
        known["twin"] = twin.reference
        doubts.append(
            _("%(reference)s already asks for %(amount)s for this payee, on %(day)s: «%(what)s».")
            % {
                "reference": twin.reference,
                "amount": cop(twin.amount_cop),
                "day": date_short(twin.requested_at),
                "what": twin.description,
            }
        )
    if digests and (other := used.order_by("pk").last()):
        is_seen = alliances_visible_to(acting).filter(pk=other.alliance_id).exists()
        known["same_document"] = other.reference if is_seen else ""
        doubts.append(
            _("This very document already supports %(reference)s of %(alliance)s.")
            % {"reference": other.reference, "alliance": other.alliance.code}
            if is_seen
            else _("This very document already supports a request of another alliance.")
        )
    if doubts:
        raise Unconfirmed(" ".join(doubts), **known)


def check_bank_reference(reference: str, organisation: Organisation) -> None:
    """The trustee wrote no other payment down with this bank reference. Raises Unconfirmed."""
    earlier = (
        StepRecord.objects.filter(
            organisation=organisation,
            step__verb=Verb.PAY,
            outcome=StayOutcome.DONE,
            note__iexact=tidy(reference) or "",
        )
        .select_related("request")
        .order_by("pk")
        .last()
    )
    if earlier:
        raise Unconfirmed(
            _("%(reference)s was already paid with this bank reference, on %(day)s: %(amount)s.")
            % {
                "reference": earlier.request.reference,
                "day": date_short(earlier.left_at),
                "amount": cop(earlier.request.amount_cop),
            },
            same_reference=earlier.request.reference,
        )


def check_free_cash(request: DisbursementRequest) -> None:
    """The trust's cash covers this and all approved before it. Raises NotEnoughFunds."""
    cash = cash_of(request.alliance_id)
    if request.amount_cop > cash.free_cop:
        raise NotEnoughFunds(
            _(
                "The trust has %(free)s free (%(held)s less %(approved)s approved and not yet "
                "paid) and the request is for %(amount)s."
            )
            % {
                "free": cop(cash.free_cop),
                "held": cop(cash.held_cop),
                "approved": cop(cash.approved_cop),
                "amount": cop(request.amount_cop),
            }
        )


def check_payment_date(request: DisbursementRequest, paid_on: date, at: datetime) -> None:
    """A payment follows its approval and is not of the future. Raises DomainError."""
    approved_on = localtime(request.approved_at).date() if request.approved_at else None
    check_day(
        paid_on,
        field="paid_on",
        today=localtime(at).date(),
        not_before=approved_on,
        since=_("the payment was approved"),
    )
