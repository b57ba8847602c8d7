"""Working days: the published holidays, the convention of the first day, and round trips."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alliances.territory.workdays import (
    add_working_days,
    holidays_in,
    is_working_day,
    working_days_between,
)

HOLIDAYS_2026 = {
    date(2026, 1, 1),
    date(2026, 1, 12),
    date(2026, 3, 23),
    date(2026, 4, 2),
    date(2026, 4, 3),
    date(2026, 5, 1),
    date(2026, 5, 18),
    date(2026, 6, 8),
    date(2026, 6, 15),
    date(2026, 6, 29),
    date(2026, 7, 13),  # Our Lady of Chiquinquirá: Ley 2578 of 2026, first kept this year
    date(2026, 7, 20),
    date(2026, 8, 7),
    date(2026, 8, 17),
    date(2026, 10, 12),
    date(2026, 11, 2),
    date(2026, 11, 16),
    date(2026, 12, 8),
    date(2026, 12, 25),
}

any_day = st.dates(date(1995, 1, 1), date(2060, 12, 31))
any_count = st.integers(-900, 900)


def test_the_holidays_of_2026_are_the_nineteen_of_the_law() -> None:
    assert holidays_in(2026) == HOLIDAYS_2026


@pytest.mark.parametrize("day", sorted(HOLIDAYS_2026))
def test_a_holiday_is_not_worked(day: date) -> None:
    assert not is_working_day(day)


def test_ordinary_days_are_worked_and_week_ends_are_not() -> None:
    assert is_working_day(date(2026, 7, 14))
    assert not is_working_day(date(2026, 7, 18))
    assert not is_working_day(date(2026, 7, 19))


@pytest.mark.parametrize(
    ("start", "count", "expected"),
    [
        ("2026-07-10", 1, "2026-07-14"),  # Friday; Monday 13 is the new holiday
        ("2026-07-10", 5, "2026-07-21"),  # and Monday 20 is Independence Day
        ("2026-07-21", -5, "2026-07-10"),
        ("2026-07-12", 1, "2026-07-14"),  # from a Sunday
        ("2026-07-12", -1, "2026-07-10"),
        ("2026-04-01", 1, "2026-04-06"),  # Holy Week
        ("2026-12-24", 1, "2026-12-28"),
        ("2026-12-30", 2, "2027-01-04"),  # over New Year
        ("2027-01-04", -2, "2026-12-30"),
        ("2026-07-12", 0, "2026-07-12"),  # nothing to add, nothing moved
        ("2026-01-01", 242, "2026-12-31"),  # all the working days of the year
    ],
)
def test_adding_working_days(start: str, count: int, expected: str) -> None:
    assert add_working_days(date.fromisoformat(start), count) == date.fromisoformat(expected)


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2026-07-10", "2026-07-14", 1),
        ("2026-07-14", "2026-07-10", -1),
        ("2026-07-10", "2026-07-12", 0),
        ("2026-07-12", "2026-07-10", -1),  # Friday is one working day before Sunday
        ("2026-07-14", "2026-07-14", 0),
        ("2025-12-31", "2026-12-31", 242),
        ("2026-12-31", "2025-12-31", -242),
        ("2023-12-31", "2026-12-31", 246 + 245 + 242),
    ],
)
def test_counting_working_days(start: str, end: str, expected: int) -> None:
    assert working_days_between(date.fromisoformat(start), date.fromisoformat(end)) == expected


@given(any_day, any_count)
def test_counting_undoes_adding(day: date, count: int) -> None:
    assert working_days_between(day, add_working_days(day, count)) == count


@given(any_day, any_day)
def test_adding_undoes_counting_when_the_end_is_worked(start: date, end: date) -> None:
    count = working_days_between(start, end)
    if is_working_day(end):
        assert add_working_days(start, count) == end


@given(any_day, any_count)
def test_adding_there_and_back_returns_to_a_working_day(day: date, count: int) -> None:
    if is_working_day(day):
        assert add_working_days(add_working_days(day, count), -count) == day


@given(any_day, any_count.filter(bool))
def test_the_answer_is_a_working_day(day: date, count: int) -> None:
    assert is_working_day(add_working_days(day, count))
