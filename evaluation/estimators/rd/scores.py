"""Scores as they were written: the decimals are found once, for estimates and every check.

Files keep 60.1 as 60.099998 (single precision), sums make 60.099999999999994 of it, and centring
leaves −0.0000015 of 70.1 at a cut-off of 70.1. Equal scores must be equal, and one at the cut-off
must not fall below it; but what nobody wrote in decimals is never moved.
"""

from dataclasses import dataclass
from math import ceil, log2, log10
from typing import Literal, get_args

import numpy as np

from evaluation.estimators.rd.cells import Floats

#: Decimals that scores are read with: a number of them, those found, or scores as they are stored.
Decimals = int | Literal["found", "as_stored"]

#: What ``decimals`` may be, in words.
DECIMALS_RULE = "decimals are a whole number from 0 to 9, found or as_stored"
#: Up to nine decimals are looked for.
STEPS = 10.0 ** np.arange(10)
#: Noise of double and of single precision, as a share of the largest score.
DOUBLE, SINGLE = 1e-13, 1e-7
#: The same of scores in single precision that were centred: these were up to 600 times as large.
CENTRED = (1e-6, 1e-5, 6e-5)
#: Noise of a centred score may be taken for decimals by chance less than once in 10 to the power of
CERTAINTY = 9
#: Scores that are looked at first; bits after the leading one that single precision may leave in
#: differences of scores; and the share of the last bit that centring in double precision blurs.
SOME, BITS, BLUR = 999, 40, 1 / 16


def is_decimals(value: object) -> bool:
    """Whether ``value`` keeps that rule."""
    if isinstance(value, int) and not isinstance(value, bool):
        return 0 <= value < len(STEPS)
    return value in get_args(get_args(Decimals)[1])


@dataclass(frozen=True, eq=False)
class Scores:
    """Scores by row, and the decimals that they were read with; None where taken as stored."""

    values: Floats
    decimals: int | None


def read_scores(stored: Floats, decimals: Decimals = "found") -> Scores:
    """Scores rounded to the decimals asked for, or to the fewest they can have been written with.

    Where none are found they are taken as stored.
    """
    if decimals == "found":
        digits = find_decimals(stored)
    else:
        digits = None if decimals == "as_stored" else decimals
    return Scores(stored if digits is None else stored.round(digits), digits)


def once_read(scores: Scores) -> Decimals:
    """The setting that reads a part of these scores as all of them were read."""
    return "as_stored" if scores.decimals is None else scores.decimals


@np.errstate(all="ignore")  # a number beyond single precision, or beyond all, is none
def find_decimals(stored: Floats) -> int | None:
    """Fewest decimals that explain all scores but for the noise of their storage."""
    finite = stored[np.isfinite(stored)]
    size = float(np.abs(finite).max(initial=0.0))
    if (fewest := _fewest(finite, DOUBLE * size)) is not None:
        return fewest
    if is_single := bool((finite.astype(np.float32) == finite).all()):
        fewest = _fewest(finite, SINGLE * size)
    if fewest is not None or not (is_single or _was_single(finite[:SOME], size)):
        return fewest
    for precision in CENTRED:
        fewest = _fewest(finite, precision * size)
        if fewest is not None and _is_certain(finite[:SOME], fewest):
            return fewest
    return None


def _fewest(finite: Floats, slack: float) -> int | None:
    """Fewest decimals from which no score is farther than ``slack``."""
    # From some decimals on any number would pass as written so.
    steps = STEPS[1 / (20 * slack) >= STEPS] if slack else STEPS[:1]
    some = finite[:99, None] * steps
    passed = (np.abs(some - np.rint(some)) <= slack * steps).all(axis=0)
    for decimals in np.flatnonzero(passed).tolist():
        if not (np.abs(finite - finite.round(decimals)) > slack).any():
            return int(decimals)
    return None


def _was_single(some: Floats, size: float) -> bool:
    """Whether scores differ by few binary digits only, as those centred in double precision do."""
    grid = 2.0 ** (ceil(log2(size)) - BITS)
    steps = (some - some[0]) / grid
    return bool((np.abs(steps - np.rint(steps)) <= BLUR).all())


def _is_certain(some: Floats, decimals: int) -> bool:
    """Whether so many distinct scores would hardly lie that near to decimals by chance."""
    distinct = np.unique(some)
    share = 2 * 10.0**decimals * float(np.abs(distinct - distinct.round(decimals)).max())
    return not share or len(distinct) * -log10(share) >= CERTAINTY
