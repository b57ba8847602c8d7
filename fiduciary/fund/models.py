"""The rotating fund: rules approved by the assembly and what each producer signed to give back.

What was given back is not a row here: it is the balance of the commitment's ledger account.
"""

from datetime import date
from decimal import Decimal
from typing import Any

import pgtrigger
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from alliances.lifecycle.triggers import append_only
from fiduciary.fund.rules import by_number
from kit.columns import pesos
from kit.figures import cop, date_short, percentage

PERCENT = [MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(100))]


class FundRules(models.Model):
    """The regulation of an alliance's fund as its assembly approved it. None are by default."""

    alliance = models.OneToOneField(
        "alliances.Alliance", on_delete=models.PROTECT, related_name="fund_rules"
    )
    repayment_share_pct = models.DecimalField(
        _("share of the support to give back (%)"),
        max_digits=5,
        decimal_places=2,
        validators=PERCENT,
    )
    grace_months = models.PositiveSmallIntegerField(_("months of grace"))
    monthly_interest_pct = models.DecimalField(
        _("interest per month (%)"), max_digits=5, decimal_places=2, validators=PERCENT
    )
    recovery_target_pct = models.DecimalField(
        _("recovery needed to graduate (%)"), max_digits=5, decimal_places=2, validators=PERCENT
    )
    approved_on = models.DateField(_("approved by the assembly on"))
    act: Any = models.ForeignKey(
        "alliances.DocumentVersion",
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("minutes of the assembly"),
    )

    class Meta:
        verbose_name = _("rules of the rotating fund")
        verbose_name_plural = _("rules of rotating funds")
        constraints = [
            models.CheckConstraint(
                condition=Q(repayment_share_pct__gt=0)
                & Q(repayment_share_pct__lte=100)
                & Q(monthly_interest_pct__gte=0)
                & Q(monthly_interest_pct__lte=100)
                & Q(recovery_target_pct__gt=0)
                & Q(recovery_target_pct__lte=100),
                name="fiduciary_fundrules_percentages",
                violation_error_message=_("Shares are percentages, 0 to 100."),
            )
        ]
        triggers = append_only("Fund rules")

    def __str__(self) -> str:
        return f"{self.alliance_id}: {percentage(self.repayment_share_pct)}"


class CommitmentQuerySet(models.QuerySet["Commitment"]):
    def with_schedule(self) -> "CommitmentQuerySet":
        """With the producer, the ledger account and the instalments."""
        return self.select_related("producer", "account").prefetch_related("instalments")


class Commitment(models.Model):
    """A signed promise of one producer: how much, under which conditions, in which instalments.

    Without it nothing is delivered to the producer (finding 10 of the evaluation).
    """

    producer = models.OneToOneField(
        "alliances.Producer", on_delete=models.PROTECT, related_name="commitment"
    )
    amount_cop = pesos(_("amount (COP)"), at_least=1)
    conditions = models.TextField(_("conditions"))
    signed_on = models.DateField(_("signed on"))
    document: Any = models.ForeignKey(
        "alliances.DocumentVersion",
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("signed document"),
    )
    account = models.OneToOneField(
        "fiduciary.Account", on_delete=models.PROTECT, related_name="commitment"
    )

    objects = CommitmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("commitment to the rotating fund")
        verbose_name_plural = _("commitments to the rotating fund")
        constraints = [
            models.CheckConstraint(
                condition=Q(amount_cop__gt=0),
                name="fiduciary_commitment_positive",
                violation_error_message=_("A commitment is a positive amount."),
            ),
            models.CheckConstraint(
                condition=~Q(conditions=""),
                name="fiduciary_commitment_conditions",
                violation_error_message=_("Write the conditions that the producer signs."),
            ),
        ]
        triggers = [
            *append_only("Commitments"),
            pgtrigger.Trigger(
                name="instalments_add_up",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                timing=pgtrigger.Deferred,
                func="""
                    IF NEW.amount_cop IS DISTINCT FROM (
                        SELECT sum(amount_cop) FROM fiduciary_instalment
                         WHERE commitment_id = NEW.id
                    ) THEN
                        RAISE EXCEPTION USING ERRCODE = 'check_violation', MESSAGE =
                            'The instalments do not add up to the commitment.';
                    END IF;
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.producer}: {cop(self.amount_cop, 2)}"

    @property
    def reference(self) -> str:
        """The producer by number, as in the ledger."""
        return by_number(self.producer_id)

    @property
    def repaid_cop(self) -> Decimal:
        """What the producer gave back, from the ledger (needs ``account`` loaded)."""
        return -self.account.balance_cop

    @property
    def owed_cop(self) -> Decimal:
        """What is left to give back."""
        return self.amount_cop - self.repaid_cop


class Instalment(models.Model):
    """One dated part of a commitment; after a harvest, as a rule."""

    commitment = models.ForeignKey(Commitment, on_delete=models.PROTECT, related_name="instalments")
    due_on = models.DateField(_("due on"))
    amount_cop = pesos(_("amount (COP)"))

    class Meta:
        verbose_name = _("instalment")
        verbose_name_plural = _("instalments")
        constraints = [
            models.UniqueConstraint(
                fields=["commitment", "due_on"],
                name="fiduciary_instalment_date_unique",
                violation_error_message=_("Two instalments fall due on the same day."),
            ),
            models.CheckConstraint(
                condition=Q(amount_cop__gt=0),
                name="fiduciary_instalment_positive",
                violation_error_message=_("An instalment is a positive amount."),
            ),
        ]
        triggers = [
            *append_only("Instalments"),
            pgtrigger.Trigger(
                name="signed_whole",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                timing=pgtrigger.Deferred,
                func="""
                    IF (SELECT amount_cop FROM fiduciary_commitment WHERE id = NEW.commitment_id)
                       IS DISTINCT FROM (SELECT sum(amount_cop) FROM fiduciary_instalment
                                          WHERE commitment_id = NEW.commitment_id) THEN
                        RAISE EXCEPTION USING ERRCODE = 'check_violation', MESSAGE =
                            'The instalments do not add up to the commitment.';
                    END IF;
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{date_short(self.due_on)}: {cop(self.amount_cop, 2)}"


def due_dates(instalments: "list[Instalment]") -> list[tuple[date, Decimal]]:
    """The schedule as plain data, in order of date."""
    return sorted((row.due_on, row.amount_cop) for row in instalments)
