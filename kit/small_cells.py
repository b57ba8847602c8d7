"""Hiding the counts of so few people that each can be recognised. Pure.

A count of one to four tells who they are to whoever knows the place; and a hidden count is told by
its total less the other counts. So small counts are hidden, and with them as many others as it
takes until none can be had by subtraction.
"""

from collections.abc import Collection, Hashable, Mapping, Sequence
from itertools import product
from math import inf

#: Fewer people than these are told apart.
THRESHOLD = 5


def hide_small(
    cells: Sequence[int], threshold: int = THRESHOLD, already: Collection[int] = ()
) -> list[int | None]:
    """Counts that add up to a known total, None where one is hidden.

    A zero tells of nobody and is shown. Of a total below ``threshold`` nothing is shown: do not
    show the total either (``hide_small([total])``). What is hidden adds up to ``threshold`` or
    more in two cells or more of different counts, and nobody can tell which of them is the small
    one. ``already``: places that are hidden for another reason, and count among the hidden.
    """
    if sum(cells) < threshold:
        return [None if sum(cells) else 0 for _cell in cells]
    hidden = {place for place, cell in enumerate(cells) if 0 < cell < threshold} | {*already}
    rest = sorted(set(range(len(cells))) - hidden, key=lambda at: (cells[at] == 0, cells[at], at))
    while hidden and rest and _tells(hidden, rest, cells, threshold):
        least = cells[rest[0]]  # with its equals: which of them was taken would tell places
        hidden.update(at for at in rest if cells[at] == least)
        rest = [at for at in rest if at not in hidden]
    return [None if place in hidden else cell for place, cell in enumerate(cells)]


def _tells(
    hidden: Collection[int], rest: Sequence[int], cells: Sequence[int], threshold: int
) -> bool:
    """Whether their sum tells what is hidden: of one cell, of few people, or of equal counts."""
    counts = [cells[at] for at in hidden]
    are_equal = len(set(counts)) == 1 and cells[rest[0]] > 0
    return len(counts) < 2 or sum(counts) < threshold or are_equal


#: In the place of an axis: all of it, so that a key with it is a total.
ALL = None
Key = tuple[Hashable, ...]


def hide_table(
    axes: Sequence[Sequence[Hashable]],
    cells: Mapping[Key, int],
    *,
    already: Collection[Key] = (),
    keeps_totals: bool = False,
    threshold: int = THRESHOLD,
) -> frozenset[Key]:
    """What is hidden of a table of two axes or more, of which every total is published too.

    ``cells`` are counts by their place on each axis; what is left out is zero. Two rules hold of
    the answer: on a line with its total the hidden cells are as ``hide_small`` wants them; and
    every hidden cell is the corner of a box of hidden ones, around which people can be moved
    with no published figure changed, so that no sum of sums tells it either. A hidden zero tells
    of nobody, and needs neither. ``keeps_totals``: a total over the last axis is published
    elsewhere and hidden only if it is in ``already``.
    """
    table = _Table(axes, cells, already, keeps_totals, threshold)
    table.close()
    return frozenset(key for key, at in table.places.items() if table.hidden[at])


class _Table:
    """Counts and their totals in one list, each axis with one place more for its total."""

    def __init__(
        self,
        axes: Sequence[Sequence[Hashable]],
        cells: Mapping[Key, int],
        already: Collection[Key],
        keeps_totals: bool,
        threshold: int,
    ) -> None:
        keys = list(product(*((*axis, ALL) for axis in axes)))
        self.places = {key: at for at, key in enumerate(keys)}
        self.threshold = threshold
        self.sizes = [len(axis) + 1 for axis in axes]
        self.strides = [1] * len(axes)
        for axis in range(len(axes) - 1, 0, -1):
            self.strides[axis - 1] = self.strides[axis] * self.sizes[axis]
        self.values = [0] * len(keys)
        for key, cell in cells.items():
            for total in product(*((place, ALL) for place in key)):
                self.values[self.places[total]] += cell
        self.fixed = [keeps_totals and key[-1] is ALL for key in keys]
        self.hidden = [0 < cell < threshold for cell in self.values]
        for key in already:
            self.hidden[self.places[key]] = True
        self.unread = [at for at, is_hidden in enumerate(self.hidden) if is_hidden]
        self.boxed: set[int] = set()

    def close(self) -> None:
        """Hide more, line by line and box by box, until both rules hold everywhere."""
        while self.unread:
            while self.unread:
                self._close_lines(self.unread.pop())
            people = [
                at for at, is_hidden in enumerate(self.hidden) if is_hidden and self.values[at]
            ]
            for at in sorted(people, key=lambda at: -self.values[at]):
                if at not in self.boxed:
                    box = self._cheapest_box(at)
                    self.boxed.update(box)
                    self._hide(box)

    def _hide(self, cells: Collection[int]) -> None:
        new = [at for at in cells if not self.hidden[at]]
        for at in new:
            self.hidden[at] = True
        self.unread += new

    def _close_lines(self, at: int) -> None:
        """Hide as much of the lines through a hidden cell as it takes."""
        for size, stride in zip(self.sizes, self.strides, strict=True):
            place = at // stride % size
            total = at + (size - 1 - place) * stride
            if place == size - 1 or self.hidden[total]:
                continue
            line = range(at - place * stride, total, stride)
            already = [i for i, cell in enumerate(line) if self.hidden[cell]]
            if not any(self.values[line[i]] for i in already):
                continue
            shown = hide_small([self.values[cell] for cell in line], self.threshold, already)
            self._hide([cell for cell, count in zip(line, shown, strict=True) if count is None])

    def _cheapest_box(self, at: int) -> list[int]:
        """The box with this corner that hides the fewest people more.

        Going along an axis from one cell to another, one loses what the other gains; from a
        cell to the total, both gain.
        """
        best: tuple[float, list[int]] = (inf, [])

        def cost(cell: int) -> float:
            if self.hidden[cell]:
                return 0
            return inf if self.fixed[cell] else self.values[cell] + 1

        def grow(axis: int, box: list[int], signs: list[int], spent: float) -> None:
            nonlocal best
            if axis == len(self.sizes):
                if self._is_free(box, signs):
                    best = spent, box
                return
            size, stride = self.sizes[axis], self.strides[axis]
            own = at // stride % size
            steps = [(place - own) * stride for place in range(size) if place != own]
            for step in sorted(steps, key=lambda step: cost(at + step)):
                other = [cell + step for cell in box]
                total = spent + sum(map(cost, other))
                if total < best[0]:
                    has_total = size - 1 in (own, own + step // stride)
                    turn = signs if has_total else [-sign for sign in signs]
                    grow(axis + 1, box + other, signs + turn, total)

        grow(0, [at], [1], 0)
        return best[1]

    def _is_free(self, box: list[int], signs: list[int]) -> bool:
        """Whether somebody can be moved around the box: nobody is taken from where nobody is."""
        empty = {sign for cell, sign in zip(box, signs, strict=True) if not self.values[cell]}
        return len(empty) < 2


def hide_small_rows(
    rows: Sequence[Sequence[int]], totals: Sequence[int | None], threshold: int = THRESHOLD
) -> list[list[int | None]]:
    """Counts of groups (rows) by answer (columns), beside which ``totals`` of all are shown.

    Nothing is told of a group below ``threshold``, nor of as many other groups as it takes; an
    answer whose total is hidden is hidden everywhere; and what else is hidden can be had neither
    along its row nor along its column. Not ``hide_table``: closing line by line, that hides all six
    of [[30, 20, 4], [15, 40, 30]], where four do.
    """
    whole = hide_small([sum(row) for row in rows], threshold)
    shown = [place for place, count in enumerate(whole) if count]
    width = range(len(totals))
    hidden = {
        (row, column)
        for row in range(len(rows))
        for column in width
        if whole[row] is None or totals[column] is None or 0 < rows[row][column] < threshold
    }
    lines = [[(row, column) for column in width] for row in shown]
    lines += [
        [(row, column) for row in range(len(rows))]
        for column in width
        if totals[column] is not None
    ]
    while wanting := next(
        filter(None, (_next_to_hide(rows, line, hidden, threshold) for line in lines)), None
    ):
        hidden.add(wanting)
    return [
        [None if (row, column) in hidden else rows[row][column] for column in width]
        for row in range(len(rows))
    ]


def _next_to_hide(
    rows: Sequence[Sequence[int]],
    line: Sequence[tuple[int, int]],
    hidden: set[tuple[int, int]],
    threshold: int,
) -> tuple[int, int] | None:
    """The cell that must be hidden beside those of its line; None when they are safe."""
    under = [cell for cell in line if cell in hidden]
    rest = [cell for cell in line if cell not in hidden]
    is_safe = len(under) >= 2 and sum(rows[row][column] for row, column in under) >= threshold
    if not under or not rest or is_safe:
        return None
    across = 0 if line[0][1] == line[-1][1] else 1  # a column is crossed by rows
    crossed = {at[across] for at in hidden}

    def cost(at: tuple[int, int]) -> tuple[bool, bool, int, tuple[int, int]]:
        """Best where something is hidden across already; of those the least."""
        count = rows[at[0]][at[1]]
        return (at[across] not in crossed, count == 0, count, at)

    return min(rest, key=cost)
