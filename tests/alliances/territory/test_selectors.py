"""Looking up windows, wages and prices in the data that are shipped."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import translation
from pytest_django import DjangoAssertNumQueries

from alliances.territory.calendar import (
    MonthDay,
    Occurrence,
    Window,
    never_closes,
    occurrence_at_or_after,
)
from alliances.territory.models import Crop, CropWindow, Municipality, Operation
from alliances.territory.selectors import (
    CalendarBook,
    MissingMinimumWage,
    MissingPriceIndex,
    WindowLookup,
    crop_windows,
    minimum_wage,
    repriced,
)

SOWING = Operation.SOWING
MAIN, SECONDARY = Operation.HARVEST_MAIN, Operation.HARVEST_SECONDARY
ON = date(2026, 3, 2)


def as_text(windows: tuple[Window, ...]) -> list[str]:
    return [f"{window.start}/{window.end}" for window in windows]


def test_each_look_up_uses_the_first_place_that_knows(reference: None) -> None:
    expected = {
        # the department itself: Boyacá, Cundinamarca, Nariño
        ("papa", "15001", SOWING): ("Boyacá", ["02-15/05-15", "08-01/10-31"]),
        ("papa", "25899", SECONDARY): ("Cundinamarca", ["01-01/04-15"]),
        ("papa", "52001", SOWING): ("Nariño", ["03-01/05-15", "09-15/12-15"]),
        # its natural region: Santander, Caldas, Casanare
        ("papa", "68001", SOWING): ("Andina", ["02-15/05-15", "08-15/10-31"]),
        ("cafe", "17001", SOWING): ("Andina", ["03-15/05-15", "09-15/11-15"]),
        ("yuca", "85001", MAIN): ("Orinoquía", ["12-15/04-15"]),
        # Cauca, Nariño and Valle: Andean farmland in the Pacific region
        ("papa", "19001", SOWING): ("Andina", ["02-15/05-15", "08-15/10-31"]),
        ("aguacate-hass", "76001", MAIN): ("Andina", ["09-01/03-31"]),
        ("mora-de-castilla", "52001", MAIN): ("Andina", ["11-15/02-28"]),
        # Urabá: the Caribbean first, then what only the rows of Antioquia know
        ("cafe", "05837", SOWING): ("Caribe", ["05-01/07-15"]),
        ("cacao", "05147", MAIN): ("Caribe", ["11-01/01-31"]),
        ("banano", "05045", SOWING): ("Caribe", ["04-15/06-30"]),
        ("banano", "05045", MAIN): ("Antioquia", ["01-01/12-31"]),
        # the rest of Antioquia
        ("cafe", "05001", SOWING): ("Andina", ["03-15/05-15", "09-15/11-15"]),
        ("cacao", "05001", MAIN): ("Antioquia", ["10-01/12-31"]),
        # the Pacific coast: its region's one row, its department's, never the Andes
        ("platano", "27001", MAIN): ("Pacífica", ["01-01/12-31"]),
        ("coco", "52835", SOWING): ("Nariño", ["03-01/06-30"]),
        ("palma-de-aceite", "52835", SOWING): ("Nariño", ["01-01/06-30"]),
    }
    book = CalendarBook.load()

    found = {
        key: book.lookup(crop_id=key[0], municipality_id=key[1], operation=key[2], on=ON)
        for key in expected
    }

    assert {key: (hit.place, as_text(hit.windows)) for key, hit in found.items()} == expected


@pytest.mark.parametrize(
    ("crop_id", "municipality_id"),
    [
        ("papa", "27001"),  # Quibdó
        ("cacao", "27001"),
        ("cacao", "76109"),  # Buenaventura is not the Andes
        ("platano", "88001"),  # San Andrés
        ("aguacate-hass", "05837"),  # Turbo is not the Andes either
        ("papa", "91001"),  # Leticia
        ("no-such-crop", "15001"),
        ("papa", "99999999"),
        ("papa", ""),
    ],
)
def test_where_nothing_is_known_the_answer_is_no_data(
    reference: None, crop_id: str, municipality_id: str
) -> None:
    found = CalendarBook.load().lookup(
        crop_id=crop_id, municipality_id=municipality_id, operation=SOWING, on=ON
    )

    assert found == WindowLookup(operation=SOWING)
    assert not found.has_data


def test_a_look_up_says_whose_word_it_is_and_how_far_to_trust_it(reference: None) -> None:
    found = crop_windows(
        crop=Crop.objects.get(code="papa"),
        municipality=Municipality.objects.get(code="52001"),
        operation=SOWING,
        on=ON,
    )

    assert found.has_data
    assert found.place == "Nariño"
    assert found.source == "background"
    assert found.confidence == "low"  # one window is medium, the other low


def test_two_sources_are_both_named(reference: None) -> None:
    book = CalendarBook.load(crop_ids=["maiz"])

    found = book.lookup(crop_id="maiz", municipality_id="23001", operation=MAIN, on=ON)
    both = book.lookup(crop_id="maiz", municipality_id="08001", operation=SOWING, on=ON)

    assert (found.place, found.confidence) == ("Córdoba", "medium")
    assert both.source == (
        "Fenalce (reported by industriaavicola.net); FAO GIEWS Colombia briefs (2002-2005, 2017)"
    )


def test_from_a_place_to_a_season_over_the_year_end(reference: None) -> None:
    coffee = CalendarBook.load(crop_ids=["cafe"]).lookup(
        crop_id="cafe", municipality_id="47001", operation=MAIN, on=date(2027, 1, 10)
    )

    season = occurrence_at_or_after(coffee.windows, date(2027, 1, 10))

    assert season == Occurrence(date(2026, 10, 1), date(2027, 1, 15))


def ended(crop: str, place: str, on: date, **following: Any) -> None:
    """The sowing windows of a crop in a place end that day; one may follow the next day."""
    rows = CropWindow.objects.with_place().filter(crop=crop, place=place, operation=SOWING)
    first = rows.order_by("starts")[0]
    CropWindow.objects.filter(pk__in=rows.values("pk")).update(valid_until=on)
    if following:
        first.pk, first.valid_from, first.valid_until = None, on + timedelta(days=1), None
        for name, value in following.items():
            setattr(first, name, value)
        first.save()


def sown(on: date) -> Occurrence | None:
    """The sowing of potatoes in Pasto that is open or next on a day."""
    found = CalendarBook.load(crop_ids=["papa"]).lookup(
        crop_id="papa", municipality_id="52001", operation=SOWING, on=on
    )
    return occurrence_at_or_after(found.windows, on)


def test_a_season_that_had_begun_goes_to_its_end_and_the_new_window_follows(
    reference: None,
) -> None:
    ended("papa", "Nariño", date(2026, 4, 1), starts="10-01", ends="11-30")

    assert sown(date(2026, 3, 2)) == Occurrence(date(2026, 3, 1), date(2026, 5, 15))
    assert sown(date(2026, 5, 15)) == Occurrence(date(2026, 3, 1), date(2026, 5, 15))
    assert sown(date(2026, 5, 16)) == Occurrence(date(2026, 10, 1), date(2026, 11, 30))
    assert sown(date(2027, 3, 2)) == Occurrence(date(2027, 10, 1), date(2027, 11, 30))


def test_where_a_place_has_no_window_any_more_its_region_speaks(reference: None) -> None:
    ended("papa", "Nariño", date(2026, 1, 31))

    assert sown(date(2026, 1, 31)) == Occurrence(date(2026, 2, 15), date(2026, 5, 15))  # Andina
    assert sown(date(2025, 3, 5)) == Occurrence(date(2025, 3, 1), date(2025, 5, 15))


def test_what_is_known_later_says_nothing_of_before(reference: None) -> None:
    for place in ("Nariño", "Andina"):
        CropWindow.objects.with_place().filter(crop="papa", place=place).update(
            valid_from=date(2026, 6, 1)
        )

    assert sown(date(2026, 3, 2)) is None
    assert sown(date(2026, 6, 1)) == Occurrence(date(2026, 9, 15), date(2026, 12, 15))


def test_all_year_is_no_longer_unlimited_once_it_ended() -> None:
    always = Window(MonthDay(1, 1), MonthDay(12, 31), until=date(2026, 6, 30))

    assert never_closes([always], date(2026, 6, 30))
    assert not never_closes([always], date(2026, 7, 1))
    assert occurrence_at_or_after([always], date(2027, 1, 1)) is None


def test_a_list_of_any_length_costs_three_queries(
    reference: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    municipalities = list(Municipality.objects.values_list("code", flat=True))
    crops = list(Crop.objects.values_list("code", flat=True))

    with django_assert_num_queries(3):
        book = CalendarBook.load()
        found = [
            book.lookup(crop_id=crop, municipality_id=municipality, operation=SOWING, on=ON)
            for municipality in municipalities[::40]
            for crop in crops
        ]

    assert any(each.has_data for each in found)
    assert not all(each.has_data for each in found)


def test_one_look_up_costs_three_queries(
    reference: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    potato = Crop.objects.get(code="papa")
    pasto = Municipality.objects.get(code="52001")

    with django_assert_num_queries(3):
        crop_windows(crop=potato, municipality=pasto, operation=SOWING, on=ON)


def test_a_crop_is_named_in_the_language_in_use(reference: None) -> None:
    potato = Crop.objects.get(code="papa")

    with translation.override("es-co"):
        assert str(potato) == "Papa"
    with translation.override("en"):
        assert str(potato) == "Potato"
    with translation.override(None):
        assert str(potato) == "Papa"


def test_the_minimum_wage_of_a_year(reference: None) -> None:
    assert minimum_wage(2020) == Decimal("877803.00")
    assert 284 * minimum_wage(2020) == Decimal("249296052.00")  # the asset cap of the 2020 call


def test_a_missing_wage_names_its_year(reference: None) -> None:
    with translation.override("en"), pytest.raises(MissingMinimumWage, match="2031"):
        minimum_wage(2031)


def test_a_budget_of_2020_in_pesos_of_2022(reference: None) -> None:
    assert repriced(Decimal("1000000"), 2020, 2022) == Decimal("1194773.44")


def test_repricing_back_returns_the_amount(reference: None) -> None:
    assert repriced(Decimal("1194773.44"), 2022, 2020) == Decimal("1000000.00")


def test_repricing_to_the_same_year_changes_nothing(reference: None) -> None:
    assert repriced(Decimal("5.05"), 2031, 2031) == Decimal("5.05")


def test_missing_price_indices_are_all_named(reference: None) -> None:
    with translation.override("en"), pytest.raises(MissingPriceIndex, match="2026, 2027"):
        repriced(Decimal(100), 2024, 2027)
