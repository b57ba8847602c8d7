"""What must hold before money is asked for, approved or paid: each check says what is wrong."""

from datetime import date, datetime
from decimal import Decimal

from django.db.models import Sum
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from fiduciary.disbursements.models import DisbursementRequest, StepRecord
from fiduciary.disbursements.selectors import cash_of
from fiduciary.disbursements.table import RequestStatus
from fiduciary.ledger.services import NotEnoughFunds
from kit.days import check_day
from kit.errors import DomainError
from kit.figures import cop

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
            % {"line": line.concept, "left": cop(left), "amount": cop(request.amount_cop)}
        )


def was_found_off_plan(request: DisbursementRequest) -> bool:
    """Whether somebody returned it for not being what the plan says: its word against theirs."""
    if request.pk is None:
        return False
    return StepRecord.objects.filter(request=request, reason=OFF_PLAN).exists()


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
        today=localtime(at).date(),
        not_before=approved_on,
        since=_("the payment was approved"),
    )
