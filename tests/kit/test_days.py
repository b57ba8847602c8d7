"""The day of what was done: not to come, not before what it belongs to, said with both dates."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError

from kit.days import check_day, day_problem, doubtful_day
from kit.errors import DomainError
from kit.forms import DayField

TODAY, FIRST = date(2026, 3, 2), date(2026, 2, 1)


@pytest.mark.parametrize("day", [FIRST, date(2026, 2, 15), TODAY])
def test_days_from_the_first_until_today_are_right(day: date) -> None:
    given = {"today": TODAY, "not_before": FIRST, "since": "the trust was constituted"}
    check_day(day, field="paid_on", **given)


@pytest.mark.parametrize(
    ("day", "other"), [(date(2026, 3, 3), "2 mar 2026"), (date(1990, 1, 1), "1 feb 2026")]
)
def test_other_days_are_refused_with_both_dates(day: date, other: str) -> None:
    given = {"today": TODAY, "not_before": FIRST, "since": "the trust was constituted"}
    problem = day_problem(day, **given)
    assert other in problem
    assert str(day.year) in problem
    with pytest.raises(DomainError, match=problem):
        check_day(day, field="paid_on", **given)


def test_without_a_first_day_only_the_future_is_refused() -> None:
    assert not day_problem(date(1990, 1, 1), today=TODAY)


@pytest.mark.parametrize("day", [date(2002, 1, 1), TODAY, date(2056, 12, 31)])
def test_days_of_the_programme_are_not_doubted(day: date) -> None:
    assert not doubtful_day(day, today=TODAY)


@pytest.mark.parametrize("day", [date(1990, 1, 1), date(2257, 1, 1), date(9999, 12, 31)])
def test_every_field_of_a_day_refuses_slips_of_the_year(day: date) -> None:
    assert str(day.year) in doubtful_day(day, today=TODAY)
    with pytest.raises(ValidationError, match=str(day.year)):
        DayField().clean(day.isoformat())
