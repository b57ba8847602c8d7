"""What a reader with paper and pencil can find out of a table with hidden cells: nothing small."""

import random
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.small_cells import THRESHOLD, hide_small, hide_small_rows


@pytest.mark.parametrize(
    ("cells", "shown"),
    [
        ([28, 12], [28, 12]),
        ([28, 2], [None, None]),
        ([20, 6, 2], [20, None, None]),
        ([20, 3, 2], [20, None, None]),
        ([20, 1, 1], [None, None, None]),
        ([5, 4, 4], [None, None, None]),
        ([9, 5, 5, 4], [9, None, None, None]),
        ([30, 0], [30, 0]),
        ([26, 4, 0], [None, None, 0]),
        ([0, 0], [0, 0]),
        ([3], [None]),
        ([3, 1], [None, None]),
        ([5], [5]),
        ([], []),
    ],
)
def test_small_counts_and_what_would_tell_them_are_hidden(
    cells: list[int], shown: list[int | None]
) -> None:
    assert hide_small(cells) == shown


@given(st.lists(st.integers(0, 9), min_size=2, max_size=4).filter(lambda row: sum(row) >= 5))
def test_no_small_count_can_be_worked_out(cells: list[int]) -> None:
    """Every table that would be shown alike, with the same total: no small cell is the same in all.

    The reader knows the rule, so only tables that hide the same cells count.
    """
    shown = hide_small(cells)
    hidden = [place for place, cell in enumerate(shown) if cell is None]
    total = sum(cells)
    alike = []
    for values in product(range(total + 1), repeat=len(hidden)):
        other = list(cells)
        for place, value in zip(hidden, values, strict=True):
            other[place] = value
        if sum(other) == total and hide_small(other) == shown:
            alike.append(other)
    for place in hidden:
        if 0 < cells[place] < THRESHOLD:
            assert len({other[place] for other in alike}) > 1, (cells, shown)
    assert not any(cell is not None and 0 < cell < THRESHOLD for cell in shown)


# -- Groups by answer -----------------------------------------------------------------------------
def test_a_small_count_among_groups_cannot_be_had_along_row_or_column():
    rows = [[20, 3, 40], [30, 25, 50], [15, 40, 22]]

    hidden = hide_small_rows(rows, hide_small([65, 68, 112], 10), 10)

    assert hidden == [[None, None, 40], [30, 25, 50], [None, None, 22]]


def test_an_answer_hidden_of_everybody_is_hidden_of_each_group():
    rows = [[2, 30, 50], [2, 40, 60]]

    totals = hide_small([4, 70, 110], 10)

    assert totals == [None, None, 110]
    assert hide_small_rows(rows, totals, 10) == [[None, None, 50], [None, None, 60]]


def test_of_a_small_group_nothing_is_told_nor_of_the_one_that_would_tell_it():
    rows = [[4, 3], [30, 25], [40, 60]]

    assert hide_small_rows(rows, [74, 88], 10) == [[None, None], [None, None], [40, 60]]


@pytest.mark.parametrize("seed", range(60))
def test_no_line_gives_a_hidden_count_away(seed):
    chance = random.Random(seed)
    rows = [
        [chance.choice((0, 2, 9, 15, 40)) for _ in range(4)] for _ in range(chance.randint(1, 5))
    ]
    totals = hide_small([sum(column) for column in zip(*rows, strict=True)], 10)

    shown = hide_small_rows(rows, totals, 10)

    assert not any(cell and cell < 10 for row in shown for cell in row)
    whole = hide_small([sum(row) for row in rows], 10)
    lines = [(rows[at], shown[at]) for at in range(len(rows)) if whole[at]]
    lines += [
        ([row[at] for row in rows], [row[at] for row in shown])
        for at in range(4)
        if totals[at] is not None
    ]
    for counts, seen in lines:
        under = [count for count, cell in zip(counts, seen, strict=True) if cell is None]
        assert not under or len(under) == len(counts) or (len(under) > 1 and sum(under) >= 10)
