"""What is produced, and when each operation is done where."""

from datetime import date
from decimal import Decimal

from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from alliances.territory.calendar import MONTH_DAY_PATTERN, MonthDay, Window
from alliances.territory.models.confidence import Confidence, known_confidence
from alliances.territory.models.dated import DatedQuerySet
from alliances.territory.models.places import Department, NaturalRegion
from kit.columns import ends_no_earlier
from kit.figures import in_language
from kit.triggers import with_event_apart


class CropKind(models.TextChoices):
    CROP = "crop", _("Crop")
    LIVESTOCK = "livestock", _("Livestock, bees and fish")


class CropCycle(models.TextChoices):
    """Short means under a year by the programme's definition, whatever the months say."""

    SHORT = "short", _("Short cycle")
    LONG = "long", _("Long cycle")


class Operation(models.TextChoices):
    """For livestock, sowing is pasture or stocking and harvest is sale or peak flow."""

    SOWING = "sowing", _("Sowing")
    CRITICAL_FERTILISATION = "critical_fertilisation", _("Critical fertilisation")
    HARVEST_MAIN = "harvest_main", _("Main harvest")
    HARVEST_SECONDARY = "harvest_secondary", _("Secondary harvest")


class Crop(models.Model):
    """Something an alliance produces; livestock, bees and fish count as crops here.

    New profiles bring it from its first to its last day; profiles of before keep it.
    """

    code = models.SlugField(_("code"), max_length=40, primary_key=True)
    name_es = models.CharField(_("name in Spanish"), max_length=60)
    name_en = models.CharField(_("name in English"), max_length=60)
    kind = models.CharField(_("kind"), max_length=10, choices=CropKind.choices)
    cycle = models.CharField(_("cycle"), max_length=5, choices=CropCycle.choices)
    cycle_months = models.DecimalField(
        _("months to the first harvest"),
        max_digits=4,
        decimal_places=1,
        validators=[MinValueValidator(Decimal("0.1"))],
    )
    productive_years = models.DecimalField(
        _("productive years"),
        max_digits=4,
        decimal_places=1,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal("0.1"))],
        help_text=_("Empty for annual crops."),
    )
    source = models.CharField(_("source"), max_length=200)
    confidence = models.CharField(_("confidence"), max_length=6, choices=Confidence.choices)
    valid_from = models.DateField(
        _("in force from"), help_text=_("The first day on which a new profile may bring it.")
    )
    valid_until = models.DateField(
        _("in force until"), null=True, blank=True, help_text=_("The last day. Empty: no end.")
    )

    objects = DatedQuerySet["Crop"].as_manager()

    class Meta:
        verbose_name = _("crop")
        verbose_name_plural = _("crops")
        triggers = [with_event_apart("change_reference")]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=CropKind.values),
                name="alliances_crop_kind",
                violation_error_message=_("Unknown kind of crop."),
            ),
            models.CheckConstraint(
                condition=Q(cycle__in=CropCycle.values),
                name="alliances_crop_cycle",
                violation_error_message=_("Unknown crop cycle."),
            ),
            models.CheckConstraint(
                condition=Q(cycle_months__gt=0),
                name="alliances_crop_cycle_months_positive",
                violation_error_message=_("Months to the first harvest must be positive."),
            ),
            models.CheckConstraint(
                condition=Q(productive_years__isnull=True) | Q(productive_years__gt=0),
                name="alliances_crop_productive_years_positive",
                violation_error_message=_("Productive years must be positive."),
            ),
            known_confidence("alliances_crop_confidence"),
            ends_no_earlier("alliances_crop_dates"),
            models.UniqueConstraint(
                fields=["name_es"],
                name="alliances_crop_name_es_unique",
                violation_error_message=_("There is already a crop with this name."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The name in the language in use."""
        return in_language(self, "name")


class CropWindowQuerySet(models.QuerySet["CropWindow"]):
    def with_place(self) -> "CropWindowQuerySet":
        """Each row with the ``place`` it speaks of: a department's name or a region's."""
        return self.annotate(place=Coalesce("department__name", "natural_region"))


class CropWindow(models.Model):
    """When an operation is done on a crop in a place; recurs yearly, may wrap the year end.

    Its dates say in which years: it ends by its last day, and another one follows it.
    """

    crop = models.ForeignKey(
        Crop, on_delete=models.PROTECT, related_name="windows", verbose_name=_("crop")
    )
    department = models.ForeignKey(
        Department,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="crop_windows",
        verbose_name=_("department"),
    )
    natural_region = models.CharField(
        _("natural region"), max_length=10, choices=NaturalRegion.choices, blank=True
    )
    operation = models.CharField(_("operation"), max_length=22, choices=Operation.choices)
    starts = models.CharField(
        _("first day"),
        max_length=5,
        validators=[RegexValidator(MONTH_DAY_PATTERN, _("A day of the year as MM-DD."))],
    )
    ends = models.CharField(
        _("last day"),
        max_length=5,
        validators=[RegexValidator(MONTH_DAY_PATTERN, _("A day of the year as MM-DD."))],
    )
    source = models.CharField(_("source"), max_length=200)
    confidence = models.CharField(_("confidence"), max_length=6, choices=Confidence.choices)
    valid_from = models.DateField(
        _("in force from"), help_text=_("The first day on which a season of it may begin.")
    )
    valid_until = models.DateField(
        _("in force until"), null=True, blank=True, help_text=_("The last day. Empty: no end.")
    )
    place: str  # on rows that came through with_place() only

    objects = CropWindowQuerySet.as_manager()

    class Meta:
        verbose_name = _("crop window")
        verbose_name_plural = _("crop windows")
        triggers = [with_event_apart("change_reference")]
        constraints = [
            models.CheckConstraint(
                condition=(
                    Q(department__isnull=False, natural_region="")
                    | Q(department__isnull=True, natural_region__in=NaturalRegion.values)
                ),
                name="alliances_cropwindow_one_place",
                violation_error_message=_(
                    "A crop window speaks of one department or of one natural region."
                ),
            ),
            models.CheckConstraint(
                condition=Q(operation__in=Operation.values),
                name="alliances_cropwindow_operation",
                violation_error_message=_("Unknown operation."),
            ),
            models.CheckConstraint(
                condition=Q(starts__regex=MONTH_DAY_PATTERN) & Q(ends__regex=MONTH_DAY_PATTERN),
                name="alliances_cropwindow_days",
                violation_error_message=_("Days are written as MM-DD and must exist."),
            ),
            known_confidence("alliances_cropwindow_confidence"),
            ends_no_earlier("alliances_cropwindow_dates"),
            models.UniqueConstraint(
                fields=[
                    "crop",
                    "department",
                    "natural_region",
                    "operation",
                    "starts",
                    "valid_from",
                ],
                nulls_distinct=False,
                name="alliances_cropwindow_unique",
                violation_error_message=_(
                    "This crop and place already has a window for this operation from that day."
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.crop_id} {self.operation} {self.starts}/{self.ends}"

    @property
    def window(self) -> Window:
        """The window as arithmetic understands it."""
        return Window(
            MonthDay.parse(self.starts),
            MonthDay.parse(self.ends),
            since=self.valid_from,
            until=self.valid_until or date.max,
        )
