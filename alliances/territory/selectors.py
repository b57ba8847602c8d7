"""Reading the reference data: crop windows of a municipality, wages and prices of a year."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Self

from django.db.models import Max, QuerySet
from django.utils.translation import gettext as _

from alliances.territory.calendar import Window, places_to_try, speak_on
from alliances.territory.models import (
    Confidence,
    Crop,
    CropWindow,
    Department,
    MinimumWage,
    Municipality,
    PriceIndex,
)
from kit.errors import DomainError
from kit.names import by_name

CENT = Decimal("0.01")
FROM_LOW_TO_HIGH = (Confidence.LOW, Confidence.MEDIUM, Confidence.HIGH)


class MissingMinimumWage(DomainError):
    """The minimum wage of a year is not among the reference data."""


class MissingPriceIndex(DomainError):
    """The price index of one or more years is not among the reference data."""


@dataclass(frozen=True)
class WindowLookup:
    """The windows of one operation on one crop in one municipality, and whose word that is.

    No data is an answer of its own: it is never shown as good.
    """

    operation: str
    place: str = ""  # the department or region whose rows were used
    windows: tuple[Window, ...] = ()
    source: str = ""
    confidence: str = ""  # the lowest among the windows

    @property
    def has_data(self) -> bool:
        return bool(self.windows)


@dataclass(frozen=True)
class CalendarBook:
    """Crop windows held in memory, so that a list of any length costs three queries."""

    rows: Mapping[tuple[str, str, str], tuple[CropWindow, ...]]  # crop, place, operation
    departments: Mapping[str, Department]
    exceptions: Mapping[str, str]  # municipality code: its own agro-region

    @classmethod
    def load(
        cls,
        *,
        crop_ids: Iterable[str] | None = None,
        municipalities: Iterable[Municipality] | None = None,
    ) -> Self:
        """Every window, or those of some crops. Keep the book for one request, not longer.

        ``municipalities``: the only places that will be asked about, with their departments
        loaded; then two queries are saved.
        """
        windows = CropWindow.objects.with_place().order_by("starts", "pk")
        if crop_ids is not None:
            windows = windows.filter(crop_id__in=list(crop_ids))
        rows: dict[tuple[str, str, str], tuple[CropWindow, ...]] = {}
        for row in windows:
            key = (row.crop_id, row.place, row.operation)
            rows[key] = (*rows.get(key, ()), row)
        if municipalities is None:
            own_region = Municipality.objects.exclude(agro_region="")
            departments = Department.objects.in_bulk()
            exceptions = dict(own_region.values_list("code", "agro_region"))
        else:
            places = list(municipalities)
            departments = {place.department_id: place.department for place in places}
            exceptions = {place.pk: place.agro_region for place in places}
        return cls(rows=rows, departments=departments, exceptions=exceptions)

    def lookup(
        self, *, crop_id: str, municipality_id: str, operation: str, on: date
    ) -> WindowLookup:
        """The windows of a day, from the first place that has any (``calendar.places_to_try``).

        With those that follow them there; what was over by that day serves it no more.
        """
        for place in self._places_of(municipality_id):
            rows = self.rows.get((crop_id, place, operation), ())
            if rows and speak_on((row.window for row in rows), on):
                return _lookup_from(
                    tuple(row for row in rows if row.valid_from > on or row.window.speaks_on(on)),
                    place,
                    operation,
                )
        return WindowLookup(operation=operation)

    def _places_of(self, municipality_id: str) -> tuple[str, ...]:
        department = self.departments.get(municipality_id[:2])  # DIVIPOLA: its first two digits
        if department is None:
            return ()
        return places_to_try(
            department=department.name,
            natural_region=department.natural_region,
            department_agro_region=department.agro_region,
            municipality_agro_region=self.exceptions.get(municipality_id, ""),
        )


def crop_windows(
    *, crop: Crop, municipality: Municipality, operation: str, on: date
) -> WindowLookup:
    """The windows of one operation; for a list of alliances load a ``CalendarBook`` once."""
    book = CalendarBook.load(crop_ids=[crop.pk])
    return book.lookup(crop_id=crop.pk, municipality_id=municipality.pk, operation=operation, on=on)


def crops_for_profiles(on: date, held: str | None = None) -> QuerySet[Crop]:
    """What a profile may bring that day, in the order of their names; a profile keeps its own."""
    crops = Crop.objects.in_force_on(on) | Crop.objects.filter(pk=held)
    return crops.order_by(*by_name("name_es"))


def minimum_wage(year: int) -> Decimal:
    """The monthly minimum wage in COP. Raises MissingMinimumWage."""
    wage = MinimumWage.objects.filter(year=year).first()
    if wage is None:
        raise MissingMinimumWage(
            _("The minimum wage of %(year)d is not among the reference data.") % {"year": year}
        )
    return wage.monthly_cop


def latest_wage_year() -> int | None:
    """The last year whose minimum wage is recorded; None when none is."""
    latest: int | None = MinimumWage.objects.aggregate(Max("year"))["year__max"]
    return latest


def repriced(amount: Decimal, from_year: int, to_year: int) -> Decimal:
    """An amount of December ``from_year`` in pesos of December ``to_year``, to the cent.

    Accumulates the variation of each year in between; backwards it deflates.
    Raises MissingPriceIndex naming every year that is missing.
    """
    first, last = sorted((from_year, to_year))
    factor = _price_rise(first, last)
    value = amount * factor if to_year >= from_year else amount / factor
    return value.quantize(CENT, rounding=ROUND_HALF_UP)


def _price_rise(first: int, last: int) -> Decimal:
    """How many times December prices of ``first`` those of ``last`` are."""
    years = range(first + 1, last + 1)
    variations = dict(
        PriceIndex.objects.filter(year__in=years).values_list("year", "annual_variation_pct")
    )
    missing = [str(year) for year in years if year not in variations]
    if missing:
        raise MissingPriceIndex(
            _("The consumer price index is missing for: %(years)s.") % {"years": ", ".join(missing)}
        )
    factor = Decimal(1)
    for variation in variations.values():
        factor *= 1 + variation / 100
    return factor


def _lookup_from(rows: tuple[CropWindow, ...], place: str, operation: str) -> WindowLookup:
    return WindowLookup(
        operation=operation,
        place=place,
        windows=tuple(row.window for row in rows),
        source="; ".join(dict.fromkeys(row.source for row in rows)),
        confidence=min((row.confidence for row in rows), key=FROM_LOW_TO_HIGH.index),
    )
