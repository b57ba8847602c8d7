"""Double entry: accounts, transactions and their postings. Added to, never edited.

Debits are positive and credits negative, so that every transaction adds up to zero. Each
promise of money (a contribution, a budget line, a producer's commitment) has an account of its
own: what was kept of it is that account's balance, never a second figure that could disagree.

The database itself keeps the rules: a transaction balances, stays within one alliance and has
the postings it announced (checked at commit); nothing is updated or deleted; an account's
balance is the sum of its postings; and an account that holds money never goes below zero. The
balance is kept on the account row because updating it takes that row's lock: of two withdrawals
at once the second sees what the first one left.
"""

from decimal import Decimal

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from alliances.lifecycle.triggers import append_only, refuse
from kit.columns import pesos
from kit.figures import cop
from kit.triggers import with_its_event


class AccountKind(models.TextChoices):
    CASH = "cash", _("Trust bank account")
    IN_KIND = "in_kind", _("Contributions in kind")
    CONTRIBUTION = "contribution", _("Contribution of a co-financier")
    SPENDING = "spending", _("Budget line")
    FUND_CASH = "fund_cash", _("Rotating fund bank account")
    REPAYMENT = "repayment", _("Repayments of a producer")


#: Accounts that hold something: they cannot hold less than nothing.
HOLDING_KINDS = (AccountKind.CASH, AccountKind.IN_KIND, AccountKind.FUND_CASH)
#: One of each per alliance; of the other kinds there are as many as promises.
SINGLE_KINDS = HOLDING_KINDS


class TransactionKind(models.TextChoices):
    CONTRIBUTION = "contribution", _("Contribution received")
    PAYMENT = "payment", _("Payment")
    REPAYMENT = "repayment", _("Repayment to the rotating fund")
    REVERSAL = "reversal", _("Reversal")


class Account(models.Model):
    """One pocket or one promise of an alliance. Its balance is written by the database."""

    alliance = models.ForeignKey(
        "alliances.Alliance", on_delete=models.PROTECT, related_name="accounts"
    )
    kind = models.CharField(_("kind"), max_length=12, choices=AccountKind.choices)
    name = models.CharField(
        _("name"), max_length=200, blank=True, help_text=_("Empty for the only one of its kind.")
    )
    balance_cop = pesos(_("balance (COP)"), default=Decimal(0), editable=False)

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=[kind.value for kind in AccountKind]),
                name="fiduciary_account_kind",
                violation_error_message=_("Unknown kind of account."),
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=[kind.value for kind in HOLDING_KINDS])
                | Q(balance_cop__gte=0),
                name="fiduciary_account_not_overdrawn",
                violation_error_message=_("The account does not hold that much money."),
            ),
            models.UniqueConstraint(
                fields=["alliance", "kind"],
                condition=Q(kind__in=[kind.value for kind in SINGLE_KINDS]),
                name="fiduciary_account_one_per_alliance",
                violation_error_message=_("The alliance already has an account of this kind."),
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="balance_by_posting_only",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func="""
                    IF TG_OP = 'INSERT' THEN
                        NEW.balance_cop := 0;
                    ELSIF NEW.balance_cop IS DISTINCT FROM OLD.balance_cop
                          AND pg_trigger_depth() < 2 THEN
                        RAISE EXCEPTION USING ERRCODE = 'restrict_violation', MESSAGE =
                            'A balance changes only through postings.';
                    ELSIF (NEW.alliance_id, NEW.kind) IS DISTINCT FROM (OLD.alliance_id, OLD.kind)
                    THEN
                        RAISE EXCEPTION USING ERRCODE = 'restrict_violation', MESSAGE =
                            'An account keeps its alliance and its kind.';
                    END IF;
                    RETURN NEW;
                """,
            ),
            refuse("no_delete", pgtrigger.Delete, "Accounts are never removed."),
            refuse("no_truncate", pgtrigger.Truncate, "Accounts are never removed."),
        ]

    def __str__(self) -> str:
        return self.name or str(self.get_kind_display())


_BALANCES = """
    SELECT count(*), coalesce(sum(posting.amount_cop), 0), count(DISTINCT account.alliance_id)
      INTO found, total, owners
      FROM fiduciary_posting posting JOIN fiduciary_account account
           ON account.id = posting.account_id
     WHERE posting.transaction_id = {transaction_id};
    SELECT lines INTO announced FROM fiduciary_transaction WHERE id = {transaction_id};
    IF found <> announced OR total <> 0 THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', MESSAGE = format(
            'Transaction %s has %s of %s postings and they add up to %s, not to zero.',
            {transaction_id}, found, announced, total);
    END IF;
    IF owners <> 1 THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', MESSAGE = format(
            'Transaction %s moves money between alliances.', {transaction_id});
    END IF;
    RETURN NULL;
"""


def _balanced(transaction_id: str) -> pgtrigger.Trigger:
    """Checked when the database transaction commits, once all postings are in."""
    return pgtrigger.Trigger(
        name="balanced",
        when=pgtrigger.After,
        operation=pgtrigger.Insert,
        timing=pgtrigger.Deferred,
        declare=[
            ("found", "integer"),
            ("total", "numeric"),
            ("announced", "integer"),
            ("owners", "integer"),
        ],
        func=_BALANCES.format(transaction_id=transaction_id),
    )


class Transaction(models.Model):
    """One movement of money, whole: when it happened, what it was, and who wrote it down."""

    key = models.UUIDField(_("key"), unique=True, help_text=_("The same key is the same movement."))
    kind = models.CharField(_("kind"), max_length=12, choices=TransactionKind.choices)
    occurred_on = models.DateField(_("occurred on"))
    description = models.CharField(_("description"), max_length=200)
    lines = models.PositiveSmallIntegerField(_("postings"))
    reverses = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="reversed_by"
    )
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    recorded_at = models.DateTimeField(_("recorded at"))

    class Meta:
        verbose_name = _("transaction")
        verbose_name_plural = _("transactions")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=[kind.value for kind in TransactionKind]),
                name="fiduciary_transaction_kind",
                violation_error_message=_("Unknown kind of transaction."),
            ),
            models.CheckConstraint(
                condition=Q(lines__gte=2),
                name="fiduciary_transaction_two_sides",
                violation_error_message=_("Money always comes from somewhere and goes somewhere."),
            ),
            models.CheckConstraint(
                condition=Q(kind="reversal", reverses__isnull=False)
                | (~Q(kind="reversal") & Q(reverses__isnull=True)),
                name="fiduciary_transaction_reversal",
                violation_error_message=_("A reversal names the transaction it undoes."),
            ),
        ]
        indexes = [models.Index(fields=["occurred_on"], name="fiduciary_transaction_on")]
        triggers = [*append_only("Ledger"), _balanced("NEW.id")]

    def __str__(self) -> str:
        return self.description

    @property
    def held(self) -> "Posting":
        """Its posting in the account that holds what came (``postings`` with their accounts)."""
        return next(row for row in self.postings.all() if row.account.kind in HOLDING_KINDS)

    @property
    def is_reversed(self) -> bool:
        """Whether another movement undid it (``reversed_by`` loaded)."""
        return hasattr(self, "reversed_by")


class Posting(models.Model):
    """What one transaction adds to (or, negative, takes from) one account."""

    transaction = models.ForeignKey(Transaction, on_delete=models.PROTECT, related_name="postings")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="postings")
    amount_cop = pesos(_("amount (COP)"))

    class Meta:
        verbose_name = _("posting")
        verbose_name_plural = _("postings")
        constraints = [
            models.CheckConstraint(
                condition=~Q(amount_cop=0),
                name="fiduciary_posting_not_zero",
                violation_error_message=_("A posting moves some money."),
            ),
            models.UniqueConstraint(
                fields=["transaction", "account"],
                name="fiduciary_posting_once_per_account",
                violation_error_message=_("A transaction touches each account once."),
            ),
        ]
        triggers = [
            *append_only("Ledger"),
            _balanced("NEW.transaction_id"),
            with_its_event(
                "receive_contribution",
                "pay_disbursement",
                "record_repayment",
                "reverse_receipt",
                alliance="(SELECT alliance_id FROM fiduciary_account WHERE id = {row}.account_id)",
                operation=pgtrigger.Insert,
            ),
            pgtrigger.Trigger(
                name="keeps_balance",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                func="""
                    UPDATE fiduciary_account SET balance_cop = balance_cop + NEW.amount_cop
                     WHERE id = NEW.account_id;
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account}: {cop(self.amount_cop, 2)}"

    @property
    def taken_cop(self) -> Decimal:
        """What left the account, as a positive amount."""
        return max(-self.amount_cop, Decimal(0))
