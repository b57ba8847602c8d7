"""What a peso is worth: minimum wages and the consumer price index, by year."""

from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from alliances.territory.models.confidence import Confidence, known_confidence
from kit.columns import pesos
from kit.figures import cop, percentage
from kit.triggers import with_event_apart

FIRST_YEAR, LAST_YEAR = 1950, 2199
YEAR_VALIDATORS = [MinValueValidator(FIRST_YEAR), MaxValueValidator(LAST_YEAR)]


class MinimumWage(models.Model):
    """The legal monthly minimum wage (SMMLV) of a year."""

    year = models.PositiveSmallIntegerField(_("year"), primary_key=True, validators=YEAR_VALIDATORS)
    monthly_cop = pesos(_("COP per month"), at_least=Decimal("0.01"))
    source = models.CharField(_("source"), max_length=250)
    confidence = models.CharField(_("confidence"), max_length=6, choices=Confidence.choices)

    class Meta:
        verbose_name = _("minimum wage")
        verbose_name_plural = _("minimum wages")
        triggers = [with_event_apart("change_reference")]
        constraints = [
            models.CheckConstraint(
                condition=Q(year__gte=FIRST_YEAR, year__lte=LAST_YEAR),
                name="alliances_minimumwage_year",
                violation_error_message=_("The year must lie between 1950 and 2199."),
            ),
            models.CheckConstraint(
                condition=Q(monthly_cop__gt=0),
                name="alliances_minimumwage_positive",
                violation_error_message=_("A wage must be positive."),
            ),
            known_confidence("alliances_minimumwage_confidence"),
        ]

    def __str__(self) -> str:
        return f"{self.year}: {cop(self.monthly_cop)}"


class PriceIndex(models.Model):
    """Variation of the consumer price index (IPC) from one December to the next, in per cent."""

    year = models.PositiveSmallIntegerField(_("year"), primary_key=True, validators=YEAR_VALIDATORS)
    annual_variation_pct = models.DecimalField(
        _("annual variation, per cent"),
        max_digits=7,
        decimal_places=4,
        validators=[MinValueValidator(Decimal("-99.9999"))],
    )
    source = models.CharField(_("source"), max_length=250)
    confidence = models.CharField(_("confidence"), max_length=6, choices=Confidence.choices)

    class Meta:
        verbose_name = _("price index")
        verbose_name_plural = _("price indices")
        triggers = [with_event_apart("change_reference")]
        constraints = [
            models.CheckConstraint(
                condition=Q(year__gte=FIRST_YEAR, year__lte=LAST_YEAR),
                name="alliances_priceindex_year",
                violation_error_message=_("The year must lie between 1950 and 2199."),
            ),
            models.CheckConstraint(
                condition=Q(annual_variation_pct__gt=-100),
                name="alliances_priceindex_above_minus_100",
                violation_error_message=_("Prices cannot fall by 100 per cent or more."),
            ),
            known_confidence("alliances_priceindex_confidence"),
        ]

    def __str__(self) -> str:
        return f"{self.year}: {percentage(self.annual_variation_pct)}"
