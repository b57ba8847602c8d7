"""Writing in the ledger: post a movement, or undo one with its opposite."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID, uuid5

from django.db import IntegrityError, transaction
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from alliances.lifecycle.acting import act_on
from alliances.lifecycle.models import Alliance
from alliances.people.models import Membership, User
from fiduciary.ledger.models import (
    HOLDING_KINDS,
    Account,
    AccountKind,
    Posting,
    Transaction,
    TransactionKind,
)
from fiduciary.ledger.selectors import RECEIPTS, duty_of, may_be_second
from fiduciary.ledger.table import REVERSE_RECEIPT
from kit.access import require
from kit.errors import Conflict, DomainError, NotAllowed
from kit.figures import cop
from kit.text import shortened

CENT = Decimal("0.01")


class NotEnoughFunds(DomainError):
    """An account would be left with less than nothing."""


@dataclass(frozen=True)
class Line:
    """What a movement adds to an account; negative takes from it."""

    account: Account
    amount_cop: Decimal


def open_account(*, alliance: Alliance, kind: AccountKind, name: str) -> Account:
    """A new, empty account. Of the kinds that an alliance has one of, use ``holding_account``."""
    return Account.objects.create(alliance=alliance, kind=kind, name=shortened(name, 200))


def holding_account(*, alliance: Alliance, kind: AccountKind) -> Account:
    """The alliance's only account of that kind, opened the first time it is needed."""
    return Account.objects.get_or_create(alliance=alliance, kind=kind)[0]


@transaction.atomic
def post_transaction(
    *,
    key: UUID,
    kind: TransactionKind,
    occurred_on: date,
    description: str,
    lines: Sequence[Line],
    recorded_by: User,
    at: datetime,
    reverses: Transaction | None = None,
) -> Transaction:
    """Write a balanced movement once: the same key again gives back the one already written.

    Raises NotEnoughFunds when an account that holds money would go below zero, Conflict when the
    key belongs to a different movement, DomainError when the lines are not a movement.
    """
    _check_lines(lines)
    try:
        with transaction.atomic():  # a savepoint, so that a repeated key does not spoil the rest
            movement = Transaction.objects.create(
                key=key,
                kind=kind,
                occurred_on=occurred_on,
                description=shortened(description, 200),
                lines=len(lines),
                reverses=reverses,
                recorded_by=recorded_by,
                recorded_at=at,
            )
    except IntegrityError:
        written = Transaction.objects.filter(key=key).first()
        if written:
            return _same_movement(written, lines)
        if reverses:
            raise Conflict(_("This movement was already reversed.")) from None
        raise
    _check_funds(lines)
    Posting.objects.bulk_create(
        Posting(transaction=movement, account=line.account, amount_cop=line.amount_cop)
        for line in _in_lock_order(lines)
    )
    return movement


def reverse_receipt(
    *,
    transaction_id: int,
    reason: str,
    reason_code: str,
    acting: Membership,
    at: datetime,
    key: UUID,
) -> Transaction:
    """Undo a receipt or a repayment that another person wrote down wrongly, today and once.

    Raises NotAllowed for who wrote it, for a payment and for the wrong duty, Conflict when it was
    already reversed, NotEnoughFunds when the money has been spent.
    """
    account = Account.objects.filter(postings__transaction=transaction_id)[0]
    with act_on(
        account.alliance_id,
        REVERSE_RECEIPT,
        acting=acting,
        at=at,
        key=key,
        content={"movement": transaction_id},
        duty=lambda: duty_of(_receipt(transaction_id)),
        reason=reason,
        reason_code=reason_code,
    ) as act:
        if act.earlier:
            return Transaction.objects.get(pk=act.earlier_row("reversal"))
        movement = _receipt(transaction_id)
        if movement.is_reversed:
            raise Conflict(_("This movement was already reversed."))
        require(may_be_second(movement, acting))
        reversal = reverse_transaction(
            transaction_id=transaction_id,
            key=uuid5(key, "reversal"),
            reason=reason,
            recorded_by=acting.user,
            at=at,
            on=localtime(at).date(),
        )
        amount_cop = movement.held.amount_cop
        act.data |= {
            "movement": movement.pk,
            "reversal": reversal.pk,
            "name": str(movement),
            "amount_cop": str(amount_cop),
        }
        return reversal


def _receipt(transaction_id: int) -> Transaction:
    """The movement, when it is of a kind that is undone. Raises NotAllowed."""
    movement = (
        Transaction.objects.select_related("reversed_by")
        .prefetch_related("postings__account")
        .get(pk=transaction_id)
    )
    if movement.kind not in RECEIPTS:
        raise NotAllowed(_("Only receipts and repayments are reversed."))
    return movement


@transaction.atomic
def reverse_transaction(
    *, transaction_id: int, key: UUID, reason: str, recorded_by: User, at: datetime, on: date
) -> Transaction:
    """Undo a movement by writing its opposite; the first one stays as it was.

    Raises Conflict when it was already reversed, DomainError for a reversal or without a reason,
    NotEnoughFunds when the money is no longer there.
    """
    if not reason.strip():
        raise DomainError(_("Say why the movement is reversed."))
    original = Transaction.objects.get(pk=transaction_id)
    if original.kind == TransactionKind.REVERSAL:
        raise DomainError(_("A reversal is not reversed: write the movement again."))
    postings = original.postings.select_related("account").order_by("account_id")
    return post_transaction(
        key=key,
        kind=TransactionKind.REVERSAL,
        occurred_on=on,
        description=reason.strip(),
        lines=[Line(posting.account, -posting.amount_cop) for posting in postings],
        recorded_by=recorded_by,
        at=at,
        reverses=original,
    )


def _check_lines(lines: Sequence[Line]) -> None:
    """Shape only; the database checks the same again at commit."""
    amounts = [line.amount_cop for line in lines]
    if any(amount == 0 or amount != amount.quantize(CENT) for amount in amounts):
        raise DomainError(_("Every line moves some money, in pesos and at most cents."))
    if len({line.account.pk for line in lines}) != len(lines) or len(lines) < 2:
        raise DomainError(_("A movement touches at least two accounts, each of them once."))
    if sum(amounts):
        raise DomainError(_("What enters and what leaves do not add up."))
    if len({line.account.alliance_id for line in lines}) != 1:
        raise DomainError(_("Money of one alliance does not pay for another."))


def _in_lock_order(lines: Sequence[Line]) -> list[Line]:
    """Always by account, so that two movements never wait for each other."""
    return sorted(lines, key=lambda line: line.account.pk)


def _check_funds(lines: Sequence[Line]) -> None:
    """Lock the accounts and refuse with a sentence what the constraint would refuse anyway."""
    keys = [line.account.pk for line in lines]
    locked = Account.objects.filter(pk__in=keys).order_by("pk").select_for_update().in_bulk()
    for line in lines:
        account = locked[line.account.pk]
        if account.kind in HOLDING_KINDS and account.balance_cop + line.amount_cop < 0:
            raise NotEnoughFunds(
                _("«%(account)s» holds %(balance)s and the movement takes %(amount)s.")
                % {
                    "account": account.get_kind_display(),
                    "balance": cop(account.balance_cop),
                    "amount": cop(-line.amount_cop),
                }
            )


def _same_movement(written: Transaction, lines: Sequence[Line]) -> Transaction:
    """The movement that already holds the key, when it moved the same. Raises Conflict."""
    amounts = {posting.account_id: posting.amount_cop for posting in written.postings.all()}
    if amounts != {line.account.pk: line.amount_cop for line in lines}:
        raise Conflict(_("This key already belongs to another movement."))
    return written
