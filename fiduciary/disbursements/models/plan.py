"""The annual operating plan (POA) of an alliance, line by line."""

from decimal import Decimal

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from alliances.lifecycle.triggers import append_only
from alliances.territory.models import Operation
from kit.columns import pesos


class BudgetLine(models.Model):
    """Something the plan pays for: how much, from when, and for which operation of which crop."""

    alliance = models.ForeignKey(
        "alliances.Alliance", on_delete=models.PROTECT, related_name="budget_lines"
    )
    concept = models.CharField(_("concept"), max_length=120)
    crop = models.ForeignKey(
        "alliances.Crop",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("crop"),
    )
    operation = models.CharField(
        _("operation"), max_length=22, choices=Operation.choices, blank=True
    )
    planned_cop = pesos(_("planned (COP)"), at_least=1)
    planned_on = models.DateField(_("planned for"))
    account = models.OneToOneField(
        "fiduciary.Account", on_delete=models.PROTECT, related_name="budget_line"
    )

    class Meta:
        verbose_name = _("budget line")
        verbose_name_plural = _("budget lines")
        constraints = [
            models.CheckConstraint(
                condition=Q(planned_cop__gt=0),
                name="fiduciary_budgetline_positive",
                violation_error_message=_("A budget line is a positive amount."),
            ),
            models.CheckConstraint(
                condition=Q(operation="", crop__isnull=True)
                | Q(operation__in=Operation.values, crop__isnull=False),
                name="fiduciary_budgetline_operation",
                violation_error_message=_("Name both the crop and its operation, or neither."),
            ),
        ]
        triggers = append_only("Budget lines")

    def __str__(self) -> str:
        return self.concept

    @property
    def paid_cop(self) -> Decimal:
        """What was paid from this line, from the ledger (needs ``account`` loaded)."""
        return self.account.balance_cop
