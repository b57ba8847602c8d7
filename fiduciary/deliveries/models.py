"""Goods handed to producers, and the gate: nobody receives before signing to give back."""

from decimal import Decimal
from typing import Any

import pgtrigger
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from alliances.lifecycle.triggers import append_only
from kit.columns import pesos
from kit.figures import number


class InputDelivery(models.Model):
    """What one producer received of what a request paid for, and what it is worth."""

    request = models.ForeignKey(
        "fiduciary.DisbursementRequest", on_delete=models.PROTECT, related_name="deliveries"
    )
    producer = models.ForeignKey(
        "alliances.Producer", on_delete=models.PROTECT, related_name="deliveries"
    )
    item = models.CharField(_("what was delivered"), max_length=120)
    quantity = models.DecimalField(
        _("quantity"),
        max_digits=12,
        decimal_places=2,
        validators=[MinValueValidator(Decimal("0.01"))],
    )
    unit = models.CharField(_("unit"), max_length=20)
    value_cop = pesos(_("value (COP)"), at_least=1)
    delivered_on = models.DateField(_("delivered on"))
    act: Any = models.ForeignKey(
        "alliances.DocumentVersion",
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("delivery record"),
    )
    key = models.UUIDField(unique=True, editable=False)

    class Meta:
        verbose_name = _("delivery of inputs")
        verbose_name_plural = _("deliveries of inputs")
        constraints = [
            models.CheckConstraint(
                condition=Q(quantity__gt=0) & Q(value_cop__gt=0),
                name="fiduciary_inputdelivery_positive",
                violation_error_message=_("A delivery has a quantity and a value."),
            )
        ]
        triggers = [
            *append_only("Deliveries"),
            pgtrigger.Trigger(
                name="commitment_first",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    IF NOT EXISTS (
                        SELECT 1 FROM fiduciary_commitment
                         WHERE producer_id = NEW.producer_id AND signed_on <= NEW.delivered_on
                    ) THEN
                        RAISE EXCEPTION USING ERRCODE = 'check_violation', MESSAGE =
                            'Nothing is delivered before the producer signs a commitment.';
                    END IF;
                    IF NOT EXISTS (
                        SELECT 1 FROM fiduciary_disbursementrequest request
                               JOIN alliances_producer producer
                               ON producer.alliance_id = request.alliance_id
                         WHERE request.id = NEW.request_id AND request.status = 'paid'
                           AND producer.id = NEW.producer_id
                    ) THEN
                        RAISE EXCEPTION USING ERRCODE = 'check_violation', MESSAGE =
                            'Only what its own alliance paid for is delivered to a producer.';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item}: {number(self.quantity)} {self.unit}"
