"""Deadlines: days left, tone and sentence agree on any day."""

from datetime import date, timedelta

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from alliances.territory.deadlines import ATTENTION_DAYS, Deadline, due
from alliances.territory.workdays import add_working_days, is_working_day
from kit.tones import Tone

MONDAY = date(2026, 11, 30)
days = st.dates(date(2000, 1, 1), date(2050, 12, 31))


@given(since=days, working_days=st.integers(1, 90), today=days)
def test_the_tone_follows_the_days_left(since: date, working_days: int, today: date) -> None:
    deadline = due(since, working_days, today)
    left = deadline.days_left
    assert deadline.is_past == (left < 0)
    expected = Tone.LATE if left < 0 else Tone.ATTENTION if left <= 3 else Tone.GOOD
    assert deadline.tone == expected


@given(since=days, working_days=st.integers(1, 90))
def test_the_day_it_begins_all_its_days_are_left(since: date, working_days: int) -> None:
    assert due(since, working_days, since).days_left == working_days


@given(on=days, today=days)
def test_it_only_becomes_more_urgent(on: date, today: date) -> None:
    order = (Tone.GOOD, Tone.ATTENTION, Tone.LATE)
    now, tomorrow = Deadline(on, today), Deadline(on, today + timedelta(days=1))
    assert order.index(now.tone) <= order.index(tomorrow.tone)
    assert now.days_left >= tomorrow.days_left
    assert now.is_past == (now.tone == Tone.LATE) == (now.sentence.endswith(("late", "tarde")))


@given(today=days.filter(is_working_day))
def test_the_last_day_is_in_time_and_the_next_is_not(today: date) -> None:
    assert Deadline(today, today).tone == Tone.ATTENTION
    assert Deadline(today, add_working_days(today, 1)).tone == Tone.LATE
    assert Deadline(add_working_days(today, ATTENTION_DAYS + 1), today).tone == Tone.GOOD


def test_a_day_off_is_past_before_a_working_day_is_lost() -> None:
    saturday = MONDAY - timedelta(days=2)
    deadline = Deadline(saturday, saturday + timedelta(days=1))
    assert (deadline.days_left, deadline.tone) == (0, Tone.LATE)


@pytest.mark.parametrize(
    ("language", "left", "sentence"),
    [
        ("en", 4, "4 working days left"),
        ("en", 1, "1 working day left"),
        ("en", 0, "0 working days left"),
        ("en", -1, "1 working day late"),
        ("es-co", -1200, "1.200 working days late"),  # tests know no catalogue
    ],
)
def test_it_says_so_in_words(language: str, left: int, sentence: str) -> None:
    with translation.override(language):
        assert Deadline(add_working_days(MONDAY, left), MONDAY).sentence == sentence
