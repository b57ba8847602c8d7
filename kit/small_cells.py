"""Hiding the counts of so few people that each can be recognised. Pure.

A count of one to four tells who they are to whoever knows the place; and a hidden count is told by
its total less the other counts. So small counts are hidden, and with them as many others as it
takes until none can be had by subtraction.
"""

from collections.abc import Sequence

#: Fewer people than these are told apart.
THRESHOLD = 5


def hide_small(cells: Sequence[int], threshold: int = THRESHOLD) -> list[int | None]:
    """Counts that add up to a known total, None where one is hidden.

    A zero tells of nobody and is shown. Of a total below ``threshold`` nothing is shown: do not
    show the total either (``hide_small([total])``). What is hidden adds up to ``threshold`` or
    more in two cells or more, and nobody can tell which of them is the small one.
    """
    if sum(cells) < threshold:
        return [None if sum(cells) else 0 for _cell in cells]
    hidden = {place for place, cell in enumerate(cells) if 0 < cell < threshold}
    rest = sorted(set(range(len(cells))) - hidden, key=lambda at: (cells[at] == 0, cells[at], at))
    while hidden and rest and (len(hidden) < 2 or sum(cells[at] for at in hidden) < threshold):
        hidden.add(rest.pop(0))
    return [None if place in hidden else cell for place, cell in enumerate(cells)]
