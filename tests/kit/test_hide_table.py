"""What a reader who can solve equations finds out of a table with all its totals: nothing small."""

from itertools import product
from math import gcd
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kit.small_cells import ALL, THRESHOLD, Key, hide_table

#: An equation in whole numbers, exact: how often each unknown is in it, where it is at all.
Row = dict[int, int]


def totals(axes: list[list[str]], cells: dict[Key, int]) -> dict[Key, int]:
    """Every cell and every total."""
    return {
        key: sum(
            cell
            for place, cell in cells.items()
            if all(wanted in (ALL, own) for wanted, own in zip(key, place, strict=True))
        )
        for key in product(*([*axis, ALL] for axis in axes))
    }


def reduced(rows: list[Row]) -> list[tuple[int, Row]]:
    """Gauss: independent rows, each with the column it leads in."""
    basis: list[tuple[int, Row]] = []
    for row in rows:
        if rest := remainder(row, basis):
            common = gcd(*rest.values())
            basis.append((min(rest), {at: times // common for at, times in rest.items()}))
    return basis


def remainder(row: Row, basis: list[tuple[int, Row]]) -> Row:
    """What is left of some times a row once everything that the basis tells is taken away."""
    rest = row
    for lead, other in basis:
        if factor := rest.get(lead):
            own = other[lead]
            left = {
                at: own * rest.get(at, 0) - factor * other.get(at, 0)
                for at in rest.keys() | other.keys()
            }
            rest = {at: times for at, times in left.items() if times}
    return rest


def told(axes: list[list[str]], cells: dict[Key, int], hidden: frozenset[Key]) -> list[Key]:
    """The hidden cells and totals of somebody that follow from what is shown."""
    leaves = list(product(*axes))

    def row(key: Key) -> Row:
        return {
            at: 1
            for at, leaf in enumerate(leaves)
            if all(want in (ALL, own) for want, own in zip(key, leaf, strict=True))
        }

    keys = list(product(*([*axis, ALL] for axis in axes)))
    basis = reduced([row(key) for key in keys if key not in hidden])
    values = totals(axes, cells)
    return [key for key in hidden if values[key] and not remainder(row(key), basis)]


def tables(*sizes: int) -> st.SearchStrategy[tuple[list[list[str]], dict[Key, int]]]:
    axes = [[f"{name}{at}" for at in range(size)] for name, size in zip("abc", sizes, strict=False)]
    counts = st.one_of(st.just(0), st.integers(0, 6), st.integers(0, 40))
    return st.fixed_dictionaries(dict.fromkeys(product(*axes), counts)).map(lambda it: (axes, it))


SHAPES = st.one_of(tables(1, 2), tables(3, 3), tables(4, 3), tables(2, 2, 2), tables(3, 2, 3))


@settings(max_examples=150, deadline=None)
@given(SHAPES)
def test_no_cell_that_is_shown_is_small(table: tuple[list[list[str]], dict[Key, int]]) -> None:
    axes, cells = table
    hidden = hide_table(axes, cells)

    shown = {key: cell for key, cell in totals(axes, cells).items() if key not in hidden}

    assert not [key for key, cell in shown.items() if 0 < cell < THRESHOLD]


@settings(max_examples=150, deadline=None)
@given(SHAPES)
def test_no_hidden_cell_follows_from_the_others(
    table: tuple[list[list[str]], dict[Key, int]],
) -> None:
    axes, cells = table

    assert told(axes, cells, hide_table(axes, cells)) == []


@settings(max_examples=150, deadline=None)
@given(SHAPES)
def test_what_is_hidden_on_a_line_is_not_small_together(
    table: tuple[list[list[str]], dict[Key, int]],
) -> None:
    axes, cells = table
    hidden, values = hide_table(axes, cells), totals(axes, cells)

    for at, axis in enumerate(axes):
        for total in (key for key in values if key[at] is ALL and key not in hidden):
            line = [(*total[:at], place, *total[at + 1 :]) for place in axis]
            rest = sum(values[key] for key in line if key in hidden)
            assert not 0 < rest < THRESHOLD, (total, hidden)


@settings(max_examples=150, deadline=None)
@given(SHAPES, st.randoms())
def test_what_is_hidden_for_another_reason_tells_nothing_either(
    table: tuple[list[list[str]], dict[Key, int]], dice: Random
) -> None:
    axes, cells = table
    already = dice.sample(list(cells), len(cells) // 3)
    hidden = hide_table(axes, cells, already=already)

    assert hidden.issuperset(already)
    assert told(axes, cells, hidden) == []


def test_totals_that_are_published_elsewhere_stay() -> None:
    axes = [["a", "b"], ["x", "y", "z"]]
    cells = {("a", "x"): 2, ("a", "y"): 9, ("b", "y"): 9, ("b", "z"): 7}

    hidden = hide_table(axes, cells, keeps_totals=True)

    assert not [key for key in hidden if key[-1] is ALL]
    assert ("a", "x") in hidden
    assert told(axes, cells, hidden) == []


@pytest.mark.parametrize("size", [3, 5])
def test_a_large_table_hides_nothing(size: int) -> None:
    axes = [[f"{name}{at}" for at in range(size)] for name in "ab"]

    assert hide_table(axes, dict.fromkeys(product(*axes), 5)) == frozenset()
