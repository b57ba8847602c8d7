"""Answers to the rubric, drawn so that the cut-off parts those who got in from those who did not.

In each call and region one shift of quality is found with which the natural share of scores above
the cut-off is the share the portfolio wants. So the density of scores is smooth at the cut-off,
except in the departments where it was tampered with (``truth``).
"""

from collections import deque
from typing import TYPE_CHECKING

from alliances.lifecycle.table import Status
from demo.ground import truth
from demo.ground.chance import Dice
from demo.ground.plan import CallSheet, Profile
from demo.ground.shape import PHASE_3
from demo.ground.writing import grouped
from demo.world import World

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: Committees follow the cut-off this often; the rest are departures with a public reason.
ABOVE_IF_IN = 0.94
ABOVE_IF_OUT = 0.05
ABOVE_IF_UNDECIDED = 0.5
#: How an option is chosen: common quality of the profile and chance of each criterion.
COMMON, OWN = 0.55, 0.85
CUTS = {4: (-1.3, -0.2, 0.9), 3: (-0.1, 0.9)}
#: In tampered departments those who were just below are now above: nobody is left this near.
EMPTIED_BELOW = 3.0


def score_profiles(world: World) -> None:
    """Give every profile that was scored its options and its total."""
    scored = [row for row in world.profiles if Status.SCORED in row.reached]
    for (key, region), rows in grouped(
        ((row.sheet.key, row.region), row) for row in scored
    ).items():
        _score_region(world, world.calls[key], region, rows)


def _score_region(world: World, sheet: CallSheet, region: str, rows: list[Profile]) -> None:
    chance = world.dice(f"rubric/{sheet.key}/{region}")
    wanted = {row.pk: chance.happens(_share_above(row)) for row in rows}
    share = max(0.15, min(0.85, sum(map(_share_above, rows)) / len(rows)))
    pool = _Pool(world, sheet, region, share=share, size=8 * len(rows) + 120)
    for row in rows:
        near, empty = _tampered(row, wanted[row.pk], chance)
        row.lines, row.score = pool.take(wanted[row.pk], near=near, empty=empty)


def _share_above(profile: Profile) -> float:
    if profile.share.got_in:
        return ABOVE_IF_IN
    undecided = profile.status in (Status.SCORED, Status.WAITLISTED, Status.WITHDRAWN)
    return ABOVE_IF_UNDECIDED if undecided else ABOVE_IF_OUT


def _tampered(profile: Profile, is_above: bool, dice: Dice) -> tuple[bool, bool]:
    """Whether this score was pushed just over the cut-off, and whether none may lie just below."""
    if profile.department not in truth.TAMPERED_DEPARTMENTS or profile.share.call != PHASE_3:
        return False, False
    return is_above and dice.happens(truth.TAMPERED_SHARE), not is_above


class _Pool:
    """Answer sheets of one region, those above the cut-off and those below, in random order."""

    def __init__(
        self, world: World, sheet: CallSheet, region: str, *, share: float, size: int
    ) -> None:
        import numpy as np

        generator = world.numbers(f"rubric/{sheet.key}/{region}")
        cutoff = float(sheet.regions[region].cutoff)
        common = COMMON * generator.standard_normal((size, 1))
        latent = common + OWN * generator.standard_normal((size, len(sheet.rubric)))
        shift = _shift(latent, sheet, cutoff, share)
        self._options = _options(latent + shift, sheet)
        self._totals = np.round(_totals(self._options, sheet), 2)
        self._cutoff = cutoff
        above = self._totals >= cutoff
        self._above = deque(np.flatnonzero(above).tolist())
        self._below = deque(np.flatnonzero(~above).tolist())

    def take(self, above: bool, *, near: bool, empty: bool) -> tuple[tuple[int, ...], float]:
        """The next sheet of that side; the options chosen and the total."""
        side = self._above if above else self._below
        place = side.popleft()
        for _ in range(len(side)):
            margin = self._totals[place] - self._cutoff
            is_too_high = near and margin > truth.TAMPERED_MARGIN
            is_too_near = empty and margin > -EMPTIED_BELOW
            if not (is_too_high or is_too_near):
                break
            side.append(place)
            place = side.popleft()
        return tuple(self._options[place].tolist()), float(self._totals[place])


def _shift(latent: "NDArray[np.float64]", sheet: CallSheet, cutoff: float, share: float) -> float:
    """The quality to add so that this share of the sheets reaches the cut-off."""
    low, high = -4.0, 4.0
    for _ in range(24):
        middle = (low + high) / 2
        reached = (_totals(_options(latent + middle, sheet), sheet) >= cutoff).mean()
        low, high = (middle, high) if reached < share else (low, middle)
    return high


def _options(latent: "NDArray[np.float64]", sheet: CallSheet) -> "NDArray[np.int64]":
    import numpy as np

    columns = [
        np.searchsorted(CUTS[len(question.options)], latent[:, place])
        for place, question in enumerate(sheet.rubric)
    ]
    return np.stack(columns, axis=1)


def _totals(options: "NDArray[np.int64]", sheet: CallSheet) -> "NDArray[np.float64]":
    import numpy as np

    points = [
        np.array([points for _pk, points in question.options])[options[:, place]] * question.weight
        for place, question in enumerate(sheet.rubric)
    ]
    return np.minimum(np.sum(points, axis=0) / 100, 100)
