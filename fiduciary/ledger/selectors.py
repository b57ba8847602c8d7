"""Reading the ledger: whose pages a person sees, balances and movements of one alliance."""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext as _

from alliances.lifecycle.duties import Duty
from alliances.lifecycle.models import Alliance
from alliances.lifecycle.selectors import (
    alliances_visible_to,
    dossier_of,
    judge_act,
    member_of,
    possible_now,
)
from alliances.people.models import Membership
from alliances.preparation.selectors import can_see_producers
from fiduciary.ledger.models import Account, AccountKind, Posting, Transaction, TransactionKind
from fiduciary.ledger.table import REVERSE_RECEIPT
from kit.access import ALLOWED, Verdict, refused


def balance_cop(alliance: Alliance, kind: AccountKind) -> Decimal:
    """What the alliance's accounts of this kind hold together, in COP."""
    return sum(
        Account.objects.filter(alliance=alliance, kind=kind).values_list("balance_cop", flat=True),
        Decimal(0),
    )


#: What may be undone: a payment closed its request, and comes back by another receipt.
RECEIPTS = (TransactionKind.CONTRIBUTION, TransactionKind.REPAYMENT)
_DUTIES = {
    AccountKind.CASH: Duty.PAY,
    AccountKind.IN_KIND: Duty.ACCOMPANY,
    AccountKind.FUND_CASH: Duty.REPRESENT,
}


def duty_of(movement: Transaction) -> Duty:
    """Under which duty a receipt was written, and is undone."""
    return _DUTIES[AccountKind(movement.held.account.kind)]


def may_be_second(movement: Transaction, membership: Membership) -> Verdict:
    """A receipt is undone once, by somebody else than who wrote it."""
    if movement.kind not in RECEIPTS:
        return refused(_("Only receipts and repayments are reversed."))
    if movement.is_reversed:
        return refused(_("This movement was already reversed."))
    if movement.recorded_by_id == membership.user_id:
        return refused(_("Who wrote a movement down does not reverse it: a second person does."))
    return ALLOWED


def movements_of(alliance: Alliance) -> QuerySet[Transaction]:
    """Movements of the alliance, newest first, with their postings and accounts."""
    return _in_full(Transaction.objects.filter(postings__account__alliance=alliance))


@dataclass(frozen=True)
class MovementRow:
    """A movement of a page, and whether this member may be the second person who undoes it."""

    movement: Transaction
    may_reverse: bool


def movement_rows(alliance: Alliance, membership: Membership, latest: int) -> list[MovementRow]:
    """The latest movements, in a number of queries that does not grow with them.

    What each producer gave back is left out for who does not work with producers.
    """
    dossier, member = dossier_of(alliance, membership), member_of(membership)
    in_time = possible_now(alliance, REVERSE_RECEIPT)

    def may_reverse(movement: Transaction) -> bool:
        second = may_be_second(movement, membership)
        return bool(
            second
            and in_time
            and judge_act(alliance, REVERSE_RECEIPT, dossier, member, duty_of(movement)).verdict
        )

    movements = movements_of(alliance)
    if not can_see_producers(membership):
        movements = movements.exclude(postings__account__kind=AccountKind.REPAYMENT)
    return [MovementRow(row, may_reverse(row)) for row in movements[:latest]]


def movements_visible_to(membership: Membership) -> QuerySet[Transaction]:
    """Movements of the alliances this membership may read."""
    visible = alliances_visible_to(membership)
    return _in_full(Transaction.objects.filter(postings__account__alliance__in=visible))


def _in_full(movements: QuerySet[Transaction]) -> QuerySet[Transaction]:
    postings = Posting.objects.select_related("account").order_by("-amount_cop", "pk")
    return (
        movements.distinct()
        .select_related("recorded_by", "reversed_by")
        .prefetch_related(Prefetch("postings", queryset=postings))
        .order_by("-occurred_on", "-pk")
    )
