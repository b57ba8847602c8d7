"""How much of what is asked many times a test asks: a part by default, all of it elsewhere.

``EVERY=1``, as CI has it, asks every role at every address, shows every page in each of its looks
and runs the drills (``Makefile``); by default a third of the roles and one look, chosen by the name
of the test, so that the same are asked each time. ``WHOLE=1``, once a week, does that and draws
every random sample too; ``make oracles`` draws them where tests simulate or compare with other
implementations. Every kind of check is in all of them.
"""

import os
import zlib
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")
WHOLE = bool(os.environ.get("WHOLE"))
EVERY = WHOLE or bool(os.environ.get("EVERY"))


def samples(whole: int, *, usual: int) -> int:
    """So many samples: ``usual`` keeps the suite short, ``whole`` is for once a week."""
    return whole if WHOLE else usual


def part_of(cases: Sequence[T], name: str, parts: int) -> Sequence[T]:
    """One of so many parts of the cases, by the name of what asks for them; with ``EVERY`` all."""
    return cases if EVERY else cases[zlib.crc32(name.encode()) % parts :: parts]


def is_plausible(hits: int, draws: int, share: float) -> bool:
    """Whether a count as far from its share happens by chance at least once in a thousand times."""
    from scipy.stats import binomtest  # every worker reads this module, few draw

    return bool(binomtest(hits, draws, share).pvalue > 0.001)
