"""The promise between the organisation and its buyer, in fields, and what was sold against it."""

from decimal import Decimal
from hashlib import sha256

import pgtrigger
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from alliances.lifecycle import triggers
from kit.columns import pesos
from kit.figures import date_short, number
from kit.versions import version_of

#: What the parties sign, by column: once one of them has signed, none of it changes.
TERMS = (
    "alliance_id",
    "ally_id",
    "product",
    "quality",
    "quantity_kg_per_month",
    "delivery_place",
    "starts_on",
    "ends_on",
    "price_rule",
    "price_floor_cop",
    "price_ceiling_cop",
    "price_reference",
    "payment_days",
    "payment_means",
)


def _row(alias: str, columns: tuple[str, ...]) -> str:
    """The SQL row of some columns of NEW or OLD."""
    return f"ROW({', '.join(f'{alias}.{column}' for column in columns)})"


def _changed(*columns: str) -> str:
    return f"{_row('NEW', columns)} IS DISTINCT FROM {_row('OLD', columns)}"


def _kept_for_ever(message: str) -> list[pgtrigger.Trigger]:
    return [
        triggers.refuse("kept_for_ever", pgtrigger.Delete, message),
        triggers.refuse("no_truncate", pgtrigger.Truncate, message),
    ]


#: Terms are frozen by the first signature; signatures and the end are written once.
FROZEN_ONCE_SIGNED = pgtrigger.Trigger(
    name="frozen_once_signed",
    when=pgtrigger.Before,
    operation=pgtrigger.Update,
    func=f"""
        IF OLD.ended_on IS NOT NULL AND NEW IS DISTINCT FROM OLD THEN
            RAISE EXCEPTION USING ERRCODE = 'restrict_violation', MESSAGE =
                'This agreement has ended: nothing in it changes.';
        END IF;
        IF (OLD.signed_by_organisation_at IS NOT NULL OR OLD.signed_by_ally_at IS NOT NULL)
           AND {_changed(*TERMS)} THEN
            RAISE EXCEPTION USING ERRCODE = 'restrict_violation', MESSAGE =
                'A signed agreement keeps its terms: end it and write another.';
        END IF;
        IF (OLD.signed_by_organisation_at IS NOT NULL
            AND {_changed("signed_by_organisation_at", "signed_by_organisation_id")})
           OR (OLD.signed_by_ally_at IS NOT NULL
               AND {_changed("signed_by_ally_at", "signed_by_ally_id")}) THEN
            RAISE EXCEPTION USING ERRCODE = 'restrict_violation', MESSAGE =
                'A signature is written once.';
        END IF;
        RETURN NEW;
    """,
)


def _canonical(value: object) -> str:
    """The same text for the same term, whether it comes from a form or from the database."""
    return f"{value:.2f}" if isinstance(value, Decimal) else str(value)


class AgreementQuerySet(models.QuerySet["Agreement"]):
    def open(self) -> "AgreementQuerySet":
        """Agreements that nobody has ended, signed or not."""
        return self.filter(ended_on__isnull=True)

    def signed(self) -> "AgreementQuerySet":
        """Agreements that both parties signed, in force or ended."""
        return self.filter(signed_by_organisation_at__isnull=False, signed_by_ally_at__isnull=False)


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
    price_floor_cop = pesos(_("lowest price per kg (COP)"))
    price_ceiling_cop = pesos(_("highest price per kg (COP)"))
    price_reference = models.CharField(_("reference market"), max_length=120, blank=True)
    payment_days = models.PositiveSmallIntegerField(_("days to pay"))
    payment_means = models.CharField(_("form of payment"), max_length=80)
    signed_by_organisation_at = models.DateTimeField(null=True, blank=True, editable=False)
    signed_by_organisation = models.ForeignKey(
        "alliances.Membership",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
    )
    signed_by_ally_at = models.DateTimeField(null=True, blank=True, editable=False)
    signed_by_ally = models.ForeignKey(
        "alliances.Membership",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
    )
    ended_on = models.DateField(_("ended on"), null=True, blank=True)
    end_reason = models.CharField(_("reason for the end"), max_length=200, blank=True)

    objects = AgreementQuerySet.as_manager()

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
                condition=~Q(price_rule="fixed") | Q(price_ceiling_cop=F("price_floor_cop")),
                name="alliances_agreement_fixed_price",
                violation_error_message=_("A fixed price is one figure, not two."),
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
            models.CheckConstraint(
                condition=Q(ended_on__isnull=True, end_reason="")
                | Q(ended_on__isnull=False) & ~Q(end_reason=""),
                name="alliances_agreement_end_reason",
                violation_error_message=_("An agreement ends with its reason."),
            ),
            models.UniqueConstraint(
                fields=["alliance", "ally"],
                condition=Q(ended_on__isnull=True),
                name="alliances_agreement_one_in_force",
                violation_error_message=_("There is already an agreement with this ally."),
            ),
        ]
        triggers = [
            FROZEN_ONCE_SIGNED,
            *_kept_for_ever("Agreements are ended, never deleted."),
        ]

    def __str__(self) -> str:
        return f"{self.product} · {self.ally}"

    @property
    def is_signed(self) -> bool:
        """Signed by both parties."""
        return bool(self.signed_by_organisation_at and self.signed_by_ally_at)

    @property
    def has_signature(self) -> bool:
        """Signed by at least one party: its terms can no longer change."""
        return bool(self.signed_by_organisation_at or self.signed_by_ally_at)

    @property
    def is_in_force(self) -> bool:
        """Signed by both parties and not ended by either."""
        return self.is_signed and self.ended_on is None

    @property
    def is_fixed_price(self) -> bool:
        return self.price_rule == self.PriceRule.FIXED

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the terms: what a signature is put under, and what the audit keeps of it."""
        terms = "\n".join(_canonical(getattr(self, column)) for column in TERMS)
        return sha256(terms.encode()).hexdigest()


#: A promise never changes; a delivery is corrected only until the ally confirms it.
WRITTEN_ONCE = pgtrigger.Trigger(
    name="written_once",
    when=pgtrigger.Before,
    operation=pgtrigger.Update,
    func=f"""
        IF {_changed("agreement_id", "key", "promised_on", "promised_kg")} THEN
            RAISE EXCEPTION USING ERRCODE = 'restrict_violation', MESSAGE =
                'A promise of delivery is never changed.';
        END IF;
        IF OLD.received_at IS NOT NULL
           AND {_changed("delivered_on", "delivered_kg", "price_cop", "received_at")} THEN
            RAISE EXCEPTION USING ERRCODE = 'restrict_violation', MESSAGE =
                'The ally confirmed this delivery: it no longer changes.';
        END IF;
        IF OLD.paid_on IS NOT NULL AND NEW IS DISTINCT FROM OLD THEN
            RAISE EXCEPTION USING ERRCODE = 'restrict_violation', MESSAGE =
                'This sale is paid: it no longer changes.';
        END IF;
        RETURN NEW;
    """,
)


class ProduceSale(models.Model):
    """Produce handed to the ally: what was promised, delivered, confirmed by the ally, and paid.

    Each fact is written by the party that a false one would hurt: the organisation writes the
    delivery, the ally confirms what it received, the organisation confirms the money.
    """

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="sales")
    key = models.UUIDField(unique=True)
    promised_on = models.DateField(_("promised for"))
    promised_kg = models.DecimalField(_("promised (kg)"), max_digits=12, decimal_places=2)
    delivered_on = models.DateField(_("delivered on"), null=True, blank=True)
    delivered_kg = models.DecimalField(
        _("delivered (kg)"), max_digits=12, decimal_places=2, default=0
    )
    price_cop = pesos(_("price per kg (COP)"), null=True, blank=True)
    received_at = models.DateTimeField(_("confirmed by the ally at"), null=True, blank=True)
    received_by = models.ForeignKey(
        "alliances.Membership",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("confirmed by"),
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
                condition=Q(
                    delivered_on__isnull=True,
                    delivered_kg=0,
                    price_cop__isnull=True,
                    paid_on__isnull=True,
                )
                | Q(
                    delivered_on__isnull=False,
                    delivered_kg__gt=0,
                    price_cop__isnull=False,
                    price_cop__gt=0,
                ),
                name="alliances_producesale_delivered_whole",
                violation_error_message=_("A delivery has a date, kilos and a price."),
            ),
            models.CheckConstraint(
                condition=Q(paid_on__isnull=True) | Q(paid_on__gte=F("delivered_on")),
                name="alliances_producesale_paid_after",
                violation_error_message=_("A sale is paid on or after its delivery."),
            ),
            models.CheckConstraint(
                condition=Q(received_at__isnull=True, received_by__isnull=True)
                | Q(
                    received_at__isnull=False,
                    received_by__isnull=False,
                    delivered_on__isnull=False,
                ),
                name="alliances_producesale_received_whole",
                violation_error_message=_("Only a delivery is confirmed, by somebody."),
            ),
        ]
        indexes = [
            models.Index(fields=["agreement", "promised_on"], name="alliances_producesale_when")
        ]
        triggers = [
            WRITTEN_ONCE,
            *_kept_for_ever("Sales are never deleted: they are the record."),
        ]

    def __str__(self) -> str:
        return f"{date_short(self.promised_on)}: {number(self.promised_kg)} kg"

    @property
    def is_delivered(self) -> bool:
        return self.delivered_on is not None

    @property
    def delivery_fingerprint(self) -> str:
        """What the ally confirms, in one word that changes with it."""
        return version_of(self.delivered_on, self.delivered_kg, self.price_cop)

    @property
    def amount_cop(self) -> Decimal | None:
        """What the ally owes for it; None before the delivery."""
        return self.delivered_kg * self.price_cop if self.price_cop is not None else None
