"""The ranking: a total order, two lines, and never more money than there is."""

from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from alliances.selection.ranking import Entry, rank
from alliances.selection.rules import Outcome

EARLY, LATE = datetime(2026, 1, 5, tzinfo=UTC), datetime(2026, 2, 5, tzinfo=UTC)
CUTOFF, BUDGET = Decimal(60), Decimal(1000)


@st.composite
def entry_lists(draw: st.DrawFn, *, decided: bool = True) -> list[Entry]:
    codes = draw(st.lists(st.integers(1, 999), unique=True, max_size=25))
    outcomes = st.none() | st.sampled_from(Outcome) if decided else st.none()
    return [
        Entry(
            alliance_id=code,
            code=f"A-{code:03d}",
            score=draw(st.decimals(min_value=0, max_value=100, places=2)),
            incentive_cop=Decimal(draw(st.integers(1, 600))),
            submitted_at=draw(st.none() | st.sampled_from([EARLY, LATE])),
            outcome=draw(outcomes),
        )
        for code in codes
    ]


def entry(code: str, score: object, incentive: int = 300, **fields: object) -> Entry:
    return Entry(
        alliance_id=int(code, 36),
        code=code,
        score=Decimal(str(score)),
        incentive_cop=Decimal(incentive),
        **({"submitted_at": EARLY} | fields),
    )


def codes(entries: list[Entry]) -> list[str]:
    return [row.entry.code for row in rank(entries, cutoff=CUTOFF, budget_cop=BUDGET).rows]


def expected(entries: list[Entry], budget: object = BUDGET) -> dict[str, Outcome]:
    ranking = rank(entries, cutoff=CUTOFF, budget_cop=Decimal(str(budget)))
    return {row.entry.code: row.expected for row in ranking.rows}


def test_higher_score_first_then_who_presented_first_then_the_code():
    entries = [
        entry("d", 70, submitted_at=None),
        entry("c", 70),
        entry("b", 70, submitted_at=LATE),
        entry("a", 70),
        entry("e", 71, submitted_at=LATE),
    ]

    assert codes(entries) == ["e", "a", "c", "b", "d"]


def test_the_cutoff_itself_is_above():
    assert expected([entry("a", 60), entry("b", "59.99")]) == {
        "a": Outcome.SELECTED,
        "b": Outcome.DECLINED,
    }


def test_the_line_falls_before_the_first_that_does_not_fit_and_nothing_smaller_slips_through():
    entries = [entry("a", 90, 600), entry("b", 80, 500), entry("c", 70, 100)]

    assert expected(entries) == {
        "a": Outcome.SELECTED,
        "b": Outcome.WAITLISTED,
        "c": Outcome.WAITLISTED,
    }


def test_what_fits_exactly_is_within():
    assert expected([entry("a", 90, 400), entry("b", 80, 600)]) == {
        "a": Outcome.SELECTED,
        "b": Outcome.SELECTED,
    }


def test_an_override_below_the_cutoff_takes_its_money_from_the_rest():
    entries = [
        entry("a", 90, 400),
        entry("b", 80, 500),
        entry("z", 30, 300, outcome=Outcome.SELECTED),
    ]

    assert expected(entries)["b"] == Outcome.WAITLISTED


def test_a_declined_profile_frees_its_place():
    entries = [entry("a", 90, 900, outcome=Outcome.DECLINED), entry("b", 80, 900)]

    assert expected(entries)["b"] == Outcome.SELECTED


def test_a_waiting_profile_moves_up_when_money_is_freed():
    taken = entry("a", 90, 900, outcome=Outcome.SELECTED)
    waiting = entry("b", 80, 500, outcome=Outcome.WAITLISTED)

    assert expected([taken, waiting])["b"] == Outcome.WAITLISTED
    assert expected([waiting])["b"] == Outcome.SELECTED


@given(entry_lists())
def test_the_order_is_total_and_positions_are_one_to_n(entries: list[Entry]):
    rows = rank(entries, cutoff=CUTOFF, budget_cop=BUDGET).rows

    assert [row.position for row in rows] == list(range(1, len(entries) + 1))
    assert all(one.entry.order < two.entry.order for one, two in pairwise(rows))
    assert {row.entry for row in rows} == set(entries)


@given(entry_lists(), st.randoms())
def test_the_order_of_arrival_changes_nothing(entries: list[Entry], random):
    shuffled = random.sample(entries, len(entries))

    assert rank(shuffled, cutoff=CUTOFF, budget_cop=BUDGET) == rank(
        entries, cutoff=CUTOFF, budget_cop=BUDGET
    )


@given(entry_lists(decided=False), st.integers(0, 5000))
def test_following_the_ranking_never_spends_more_than_the_budget(entries: list[Entry], budget: int):
    ranking = rank(entries, cutoff=CUTOFF, budget_cop=Decimal(budget))
    chosen = [row for row in ranking.rows if row.expected == Outcome.SELECTED]

    assert sum(row.entry.incentive_cop for row in chosen) <= budget
    assert ranking.committed_cop == sum(row.entry.incentive_cop for row in chosen)


@given(entry_lists(decided=False))
def test_the_selected_come_first_then_the_waiting_then_the_rest(entries: list[Entry]):
    order = [Outcome.SELECTED, Outcome.WAITLISTED, Outcome.DECLINED]
    rows = rank(entries, cutoff=CUTOFF, budget_cop=BUDGET).rows
    seen = [order.index(row.expected) for row in rows]

    assert seen == sorted(seen)


@given(entry_lists())
def test_deciding_as_expected_leaves_the_others_where_they_were(entries: list[Entry]):
    ranking = rank(entries, cutoff=CUTOFF, budget_cop=BUDGET)
    open_rows = [row for row in ranking.rows if row.entry.outcome is None]
    if not open_rows:
        return
    first = open_rows[0]
    after = [
        Entry(**(vars(each) | {"outcome": first.expected})) if each == first.entry else each
        for each in entries
    ]
    then = rank(after, cutoff=CUTOFF, budget_cop=BUDGET)

    for row in open_rows[1:]:
        assert then.row_of(row.entry.alliance_id).expected == row.expected


@given(entry_lists(), st.integers(0, 100), st.integers(0, 40))
def test_a_higher_cutoff_never_adds_to_those_above_it(entries: list[Entry], low: int, more: int):
    def above(cutoff: int) -> set[str]:
        rows = rank(entries, cutoff=Decimal(cutoff), budget_cop=BUDGET).rows
        return {row.entry.code for row in rows if row.is_above_cutoff}

    assert above(low + more) <= above(low)
