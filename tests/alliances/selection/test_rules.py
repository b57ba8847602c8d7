"""Adding a score up and sealing it."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alliances.selection.rules import Answer, is_extreme, lacks_comment, seal_of, total_of

AT = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
points = st.decimals(min_value=0, max_value=100, places=2)
answers = st.lists(
    st.builds(Answer, position=st.integers(1, 30), weight=points, points=points), max_size=12
)


def answer(weight: object, points: object, position: int = 1, comment: str = "") -> Answer:
    return Answer(position, Decimal(str(weight)), Decimal(str(points)), comment)


def test_the_total_is_the_weighted_sum():
    assert total_of([answer(60, 50), answer(40, 100)]) == Decimal("70.00")


def test_affirmative_points_add_on_top_and_the_total_stops_at_one_hundred():
    assert total_of([answer(60, 100), answer(40, 70), answer(5, 100)]) == Decimal("93.00")
    assert total_of([answer(100, 100), answer(5, 100)]) == Decimal("100.00")


def test_half_a_cent_is_rounded_up_once_at_the_end():
    assert total_of([answer("0.5", 1)]) == Decimal("0.01")  # 0,005
    assert total_of([answer("0.25", 1), answer("0.25", 1)]) == Decimal("0.01")  # not 0,00 + 0,00


@given(answers)
def test_the_total_is_always_between_zero_and_one_hundred(given_answers: list[Answer]):
    assert 0 <= total_of(given_answers) <= 100


@given(answers, st.randoms())
def test_the_order_of_the_answers_does_not_matter(given_answers: list[Answer], random):
    shuffled = random.sample(given_answers, len(given_answers))

    assert total_of(shuffled) == total_of(given_answers)


@given(answers, st.integers(0, 11), points)
def test_more_points_never_lower_the_total(rows: list[Answer], index: int, more: Decimal):
    if not rows:
        return
    index %= len(rows)
    row = rows[index]
    better = Answer(row.position, row.weight, max(row.points, more))

    assert total_of([*rows[:index], better, *rows[index + 1 :]]) >= total_of(rows)


@pytest.mark.parametrize(
    ("value", "extreme"), [("0", True), ("100.00", True), ("0.01", False), ("99.99", False)]
)
def test_only_the_two_ends_are_extreme(value: str, extreme: bool):
    assert is_extreme(Decimal(value)) is extreme


def test_an_extreme_answer_needs_words():
    assert lacks_comment(answer(60, 100, comment="  \n"))
    assert not lacks_comment(answer(60, 100, comment="Registros de tres años"))
    assert not lacks_comment(answer(60, 50))


SEALED = {
    "alliance": "A-1",
    "rules_hash": "f" * 64,
    "kind": "binding",
    "scorer_id": 7,
    "answers": [answer(60, 50, 1), answer(40, 100, 2, "Bien")],
    "total": Decimal("70.00"),
    "sealed_at": AT,
}


@pytest.mark.parametrize(
    "change",
    [
        {"alliance": "A-2"},
        {"rules_hash": "e" * 64},
        {"kind": "verification"},
        {"scorer_id": 8},
        {"answers": [answer(60, 51, 1), answer(40, 100, 2, "Bien")]},
        {"answers": [answer(60, 50, 1), answer(40, 100, 2, "Mal")]},
        {"total": Decimal("70.01")},
        {"sealed_at": AT.replace(microsecond=1)},
    ],
)
def test_any_change_gives_another_seal(change: dict[str, object]):
    assert seal_of(**(SEALED | change)) != seal_of(**SEALED)


def test_the_seal_does_not_depend_on_the_order_of_the_answers():
    assert seal_of(**(SEALED | {"answers": SEALED["answers"][::-1]})) == seal_of(**SEALED)
