"""What a reader with paper and pencil can find out of a table with hidden cells: nothing small."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.small_cells import THRESHOLD, hide_small


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
