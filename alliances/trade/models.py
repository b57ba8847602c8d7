"""The promise between the organisation and its buyer, in fields, and what was sold against it."""

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Agreement(models.Model):
    """A commercial agreement: quantities, place, dates, price rule, payment and quality."""

    class PriceRule(models.TextChoices):
        FIXED = "fixed", _("Fixed price")
        RANGE = "range", _("Between a floor and a ceiling")
        REFERENCE = "reference", _("Reference market plus a premium")

    alliance = models.ForeignKey(
        "alliances.Alliance", on_delete=models.PROTECT, related_name="agreements"
    )
    ally = models.ForeignKey(
        "alliances.Organisation", on_delete=models.PROTECT, related_name="agreements"
    )
    product = models.CharField(_("product"), max_length=80)
    quality = models.CharField(_("quality required"), max_length=200)
    quantity_kg_per_month = models.DecimalField(
        _("quantity per month (kg)"),
        max_digits=12,
        decimal_places=2,
        validators=[MinValueValidator(0)],
    )
    delivery_place = models.CharField(_("place of delivery"), max_length=120)
    starts_on = models.DateField(_("first delivery on"))
    ends_on = models.DateField(_("last delivery on"))
    price_rule = models.CharField(_("price rule"), max_length=10, choices=PriceRule.choices)
    price_floor_cop = models.DecimalField(
        _("lowest price per kg (COP)"), max_digits=16, decimal_places=2
    )
    price_ceiling_cop = models.DecimalField(
        _("highest price per kg (COP)"), max_digits=16, decimal_places=2
    )
    price_reference = models.CharField(_("reference market"), max_length=120, blank=True)
    payment_days = models.PositiveSmallIntegerField(_("days to pay"))
    payment_means = models.CharField(_("form of payment"), max_length=80)
    signed_by_organisation_at = models.DateTimeField(null=True, editable=False)
    signed_by_organisation = models.ForeignKey(
        "alliances.Membership", on_delete=models.PROTECT, null=True, related_name="+"
    )
    signed_by_ally_at = models.DateTimeField(null=True, editable=False)
    signed_by_ally = models.ForeignKey(
        "alliances.Membership", on_delete=models.PROTECT, null=True, related_name="+"
    )
    ended_on = models.DateField(_("ended on"), null=True, blank=True)
    end_reason = models.CharField(_("reason for the end"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("commercial agreement")
        verbose_name_plural = _("commercial agreements")
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")),
                name="alliances_agreement_dates",
                violation_error_message=_("The last delivery cannot come before the first."),
            ),
            models.CheckConstraint(
                condition=Q(price_floor_cop__gt=0) & Q(price_ceiling_cop__gte=F("price_floor_cop")),
                name="alliances_agreement_prices",
                violation_error_message=_("The highest price cannot be below the lowest."),
            ),
            models.CheckConstraint(
                condition=Q(quantity_kg_per_month__gt=0),
                name="alliances_agreement_quantity",
                violation_error_message=_("The quantity must be more than zero."),
            ),
            models.CheckConstraint(
                condition=Q(price_rule__in=["fixed", "range", "reference"])
                & (~Q(price_rule="reference") | ~Q(price_reference="")),
                name="alliances_agreement_price_rule",
                violation_error_message=_("A reference price names its market."),
            ),
            models.CheckConstraint(
                condition=Q(
                    signed_by_organisation_at__isnull=True, signed_by_organisation__isnull=True
                )
                | Q(signed_by_organisation_at__isnull=False, signed_by_organisation__isnull=False),
                name="alliances_agreement_organisation_signature",
                violation_error_message=_("A signature names who signed and when."),
            ),
            models.CheckConstraint(
                condition=Q(signed_by_ally_at__isnull=True, signed_by_ally__isnull=True)
                | Q(signed_by_ally_at__isnull=False, signed_by_ally__isnull=False),
                name="alliances_agreement_ally_signature",
                violation_error_message=_("A signature names who signed and when."),
            ),
            models.UniqueConstraint(
                fields=["alliance", "ally"],
                condition=Q(ended_on__isnull=True),
                name="alliances_agreement_one_in_force",
                violation_error_message=_("There is already an agreement with this ally."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product} · {self.ally}"

    @property
    def is_signed(self) -> bool:
        """Signed by both parties."""
        return bool(self.signed_by_organisation_at and self.signed_by_ally_at)


class ProduceSale(models.Model):
    """Produce handed to the ally: what, when, at what price, and when it was paid."""

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="sales")
    client_key = models.UUIDField(unique=True)
    promised_on = models.DateField(_("promised for"))
    promised_kg = models.DecimalField(_("promised (kg)"), max_digits=12, decimal_places=2)
    delivered_on = models.DateField(_("delivered on"), null=True, blank=True)
    delivered_kg = models.DecimalField(
        _("delivered (kg)"), max_digits=12, decimal_places=2, default=0
    )
    price_cop = models.DecimalField(
        _("price per kg (COP)"), max_digits=16, decimal_places=2, null=True, blank=True
    )
    paid_on = models.DateField(_("paid on"), null=True, blank=True)

    class Meta:
        verbose_name = _("sale to the ally")
        verbose_name_plural = _("sales to the ally")
        constraints = [
            models.CheckConstraint(
                condition=Q(promised_kg__gt=0) & Q(delivered_kg__gte=0),
                name="alliances_producesale_quantities",
                violation_error_message=_(
                    "Quantities are zero or more; the promise more than zero."
                ),
            ),
            models.CheckConstraint(
                condition=Q(delivered_on__isnull=True, delivered_kg=0, paid_on__isnull=True)
                | Q(delivered_on__isnull=False, price_cop__gt=0),
                name="alliances_producesale_delivered_whole",
                violation_error_message=_("A delivery has a date and a price."),
            ),
            models.CheckConstraint(
                condition=Q(paid_on__isnull=True) | Q(paid_on__gte=F("delivered_on")),
                name="alliances_producesale_paid_after",
                violation_error_message=_("A sale is paid on or after its delivery."),
            ),
        ]
        indexes = [
            models.Index(fields=["agreement", "promised_on"], name="alliances_producesale_when")
        ]

    def __str__(self) -> str:
        return f"{self.promised_on}: {self.promised_kg} kg"
