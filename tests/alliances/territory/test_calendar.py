"""Crop windows: hand-worked cases of opening, wrapping and choosing, and the order of places."""

import re
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alliances.territory.calendar import (
    MONTH_DAY_PATTERN,
    MonthDay,
    Occurrence,
    Window,
    occurrence_after,
    occurrence_at_or_after,
    occurrences,
    places_to_try,
    speak_on,
)


def window(start: str, end: str) -> Window:
    return Window(MonthDay.parse(start), MonthDay.parse(end))


POTATO_CUNDINAMARCA = [window("02-15", "05-15"), window("08-01", "10-31")]
POTATO_NARINO = [window("09-15", "12-15"), window("03-01", "05-15")]
BLACKBERRY_HARVEST = [window("11-15", "02-28")]
HASS_HARVEST = [window("09-01", "03-31")]
CITRUS_HARVEST = [window("10-01", "02-28")]
COFFEE_MAGDALENA = [window("10-01", "01-15")]
PEA_HARVEST_SECOND = [window("12-15", "02-28")]
ALL_YEAR = [window("01-01", "12-31")]
LEAP_DAY_END = [window("12-15", "02-29")]
LEAP_DAY_START = [window("02-29", "04-30")]


@pytest.mark.parametrize(
    ("windows", "on", "start", "end"),
    [
        # two seasons a year: before, first day, last day, between, after both
        (POTATO_CUNDINAMARCA, "2026-01-10", "2026-02-15", "2026-05-15"),
        (POTATO_CUNDINAMARCA, "2026-02-15", "2026-02-15", "2026-05-15"),
        (POTATO_CUNDINAMARCA, "2026-05-15", "2026-02-15", "2026-05-15"),
        (POTATO_CUNDINAMARCA, "2026-05-16", "2026-08-01", "2026-10-31"),
        (POTATO_CUNDINAMARCA, "2026-11-01", "2027-02-15", "2027-05-15"),
        # the order in which windows are stored does not matter
        (POTATO_NARINO, "2026-06-01", "2026-09-15", "2026-12-15"),
        (POTATO_NARINO, "2026-12-16", "2027-03-01", "2027-05-15"),
        # windows over the year end: seen from both years, and from the gap
        (BLACKBERRY_HARVEST, "2026-12-31", "2026-11-15", "2027-02-28"),
        (BLACKBERRY_HARVEST, "2027-01-01", "2026-11-15", "2027-02-28"),
        (BLACKBERRY_HARVEST, "2027-02-28", "2026-11-15", "2027-02-28"),
        (BLACKBERRY_HARVEST, "2027-03-01", "2027-11-15", "2028-02-28"),
        (HASS_HARVEST, "2026-03-31", "2025-09-01", "2026-03-31"),
        (HASS_HARVEST, "2026-04-01", "2026-09-01", "2027-03-31"),
        (CITRUS_HARVEST, "2026-09-30", "2026-10-01", "2027-02-28"),
        (COFFEE_MAGDALENA, "2026-01-15", "2025-10-01", "2026-01-15"),
        (COFFEE_MAGDALENA, "2026-01-16", "2026-10-01", "2027-01-15"),
        # "02-28" is taken at its word in a leap year
        (PEA_HARVEST_SECOND, "2028-02-29", "2028-12-15", "2029-02-28"),
        # 29 Feb is the last day of February of any year
        (LEAP_DAY_END, "2028-02-29", "2027-12-15", "2028-02-29"),
        (LEAP_DAY_END, "2027-02-28", "2026-12-15", "2027-02-28"),
        (LEAP_DAY_START, "2027-01-01", "2027-02-28", "2027-04-30"),
        (LEAP_DAY_START, "2028-01-01", "2028-02-29", "2028-04-30"),
        # a crop of the whole year is always in season
        (ALL_YEAR, "2026-01-01", "2026-01-01", "2026-12-31"),
        (ALL_YEAR, "2026-12-31", "2026-01-01", "2026-12-31"),
    ],
)
def test_the_season_is_the_open_one_or_the_next(
    windows: list[Window], on: str, start: str, end: str
) -> None:
    found = occurrence_at_or_after(windows, date.fromisoformat(on))

    assert found == Occurrence(date.fromisoformat(start), date.fromisoformat(end))


def test_of_two_open_windows_the_first_to_close_is_the_deadline() -> None:
    overlapping = [window("03-01", "06-30"), window("04-01", "05-15")]

    assert occurrence_at_or_after(overlapping, date(2026, 4, 10)) == Occurrence(
        date(2026, 4, 1), date(2026, 5, 15)
    )


def test_an_open_window_goes_before_one_that_would_close_sooner_but_is_not_open() -> None:
    overlapping = [window("03-01", "06-30"), window("04-01", "05-15")]

    assert occurrence_at_or_after(overlapping, date(2026, 3, 10)) == Occurrence(
        date(2026, 3, 1), date(2026, 6, 30)
    )


def test_without_windows_there_is_no_season() -> None:
    assert occurrence_at_or_after([], date(2026, 1, 1)) is None


def test_after_a_missed_season_comes_the_next_one() -> None:
    missed = occurrence_at_or_after(POTATO_NARINO, date(2026, 10, 1))

    assert missed is not None
    assert occurrence_after(POTATO_NARINO, missed) == Occurrence(
        date(2027, 3, 1), date(2027, 5, 15)
    )


def test_occurrences_span_last_year_to_next_year() -> None:
    found = occurrences(window("12-15", "02-29"), date(2028, 6, 1))

    assert found == (
        Occurrence(date(2027, 12, 15), date(2028, 2, 29)),
        Occurrence(date(2028, 12, 15), date(2029, 2, 28)),
        Occurrence(date(2029, 12, 15), date(2030, 2, 28)),
    )


@pytest.mark.parametrize(
    ("start", "end", "all_year"),
    [
        ("01-01", "12-31", True),
        ("07-01", "06-30", True),
        ("03-01", "02-28", True),
        ("01-02", "12-31", False),
        ("07-01", "06-29", False),
        ("05-10", "05-10", False),
    ],
)
def test_a_window_is_all_year_when_it_leaves_no_gap(start: str, end: str, all_year: bool) -> None:
    assert window(start, end).is_all_year is all_year


@pytest.mark.parametrize("text", ["02-30", "04-31", "13-01", "00-10", "1-1", "06-00", "", "06/01"])
def test_a_day_that_does_not_exist_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="MM-DD"):
        MonthDay.parse(text)


def test_a_month_day_cannot_be_built_wrong() -> None:
    with pytest.raises(ValueError, match="day"):
        MonthDay(2, 30)


def test_the_pattern_accepts_exactly_the_366_days() -> None:
    candidates = [f"{month:02d}-{day:02d}" for month in range(100) for day in range(100)]

    accepted = [text for text in candidates if re.match(MONTH_DAY_PATTERN, text)]

    assert accepted == [str(MonthDay.parse(text)) for text in accepted]
    assert len(accepted) == 366


days_of_year = st.dates(date(2024, 1, 1), date(2024, 12, 31)).map(
    lambda day: MonthDay(day.month, day.day)
)
any_window = st.builds(Window, days_of_year, days_of_year)
any_day = st.dates(date(1990, 1, 1), date(2090, 12, 31))


@given(st.lists(any_window, min_size=1, max_size=4), any_day)
def test_no_season_is_skipped(windows: list[Window], on: date) -> None:
    found = occurrence_at_or_after(windows, on)

    assert found is not None
    assert found.end >= on
    earlier_days = (on + timedelta(days=n) for n in range((found.start - on).days))
    seasons = [season for each in windows for season in occurrences(each, on)]
    assert not any(day in season for day in earlier_days for season in seasons)
    if on in found:
        assert all(found.end <= season.end for season in seasons if on in season)


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        (
            {"department": "Boyacá", "natural_region": "Andina"},
            ("Boyacá", "Andina"),
        ),
        (
            {
                "department": "Nariño",
                "natural_region": "Pacífica",
                "department_agro_region": "Andina",
            },
            ("Nariño", "Andina", "Pacífica"),
        ),
        (
            {
                "department": "Antioquia",
                "natural_region": "Andina",
                "municipality_agro_region": "Caribe",
            },
            ("Caribe", "Antioquia"),
        ),
        (
            {
                "department": "Nariño",
                "natural_region": "Pacífica",
                "department_agro_region": "Andina",
                "municipality_agro_region": "Pacífica",
            },
            ("Pacífica", "Nariño"),
        ),
        ({"department": "", "natural_region": "Caribe"}, ("Caribe",)),
        ({"department": "Huila", "natural_region": "Huila"}, ("Huila",)),
        ({"department": "", "natural_region": ""}, ()),
    ],
)
def test_places_are_tried_from_the_most_telling_to_the_least(
    place: dict[str, str], expected: tuple[str, ...]
) -> None:
    assert places_to_try(**place) == expected


def dated(since: date, until: date | None, **ends: str) -> Window:
    return replace(window(**ends), since=since, until=until or date.max)


DAYS = st.dates(date(2019, 1, 1), date(2027, 12, 31))
MONTH_DAYS = st.dates(date(2024, 1, 1), date(2024, 12, 31)).map(lambda day: f"{day:%m-%d}")
DATED = st.builds(
    lambda start, end, one, other: dated(*sorted((one, other)), start=start, end=end),
    MONTH_DAYS,
    MONTH_DAYS,
    DAYS,
    DAYS,
)


@given(windows=st.lists(DATED, min_size=1, max_size=4), on=DAYS)
def test_a_window_that_ended_never_serves_a_later_season(windows: list[Window], on: date) -> None:
    """Every season served begins while its window is in force, and is one of it without dates."""
    season = occurrence_at_or_after(windows, on)
    without = [replace(one, since=date.min, until=date.max) for one in windows]
    ahead = {
        found
        for one, bare in zip(windows, without, strict=True)
        for found in occurrences(bare, on)
        if one.since <= found.start <= one.until and found.end >= on
    }
    assert (season in ahead) if ahead else season is None
    if on > max(one.until for one in windows):
        assert season is None or season.start <= max(one.until for one in windows)
    if speak_on(windows, on):
        assert any(one.since <= on for one in windows)


@given(start=MONTH_DAYS, end=MONTH_DAYS, last=DAYS, on=DAYS)
def test_of_two_that_follow_each_other_every_season_is_given_once(
    start: str, end: str, last: date, on: date
) -> None:
    """To end a window and begin the same one the next day changes no day at all."""
    bare = window(start, end)
    halves = [replace(bare, until=last), replace(bare, since=last + timedelta(days=1))]
    assert occurrence_at_or_after(halves, on) == occurrence_at_or_after([bare], on)
    assert sorted((*occurrences(halves[0], on), *occurrences(halves[1], on)), key=str) == sorted(
        occurrences(bare, on), key=str
    )
    assert speak_on(halves, on)
