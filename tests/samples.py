"""How many random samples a test draws: a part of them by default, every one with ``WHOLE=1``.

``make oracles`` asks for the whole of what simulates or compares with other implementations,
``WHOLE=1 make test`` for the whole of everything. Every kind of check is in both.
"""

import os

WHOLE = bool(os.environ.get("WHOLE"))


def samples(whole: int, *, usual: int) -> int:
    """So many samples: ``usual`` keeps the suite short, ``whole`` is for once a week."""
    return whole if WHOLE else usual


def is_plausible(hits: int, draws: int, share: float) -> bool:
    """Whether a count as far from its share happens by chance at least once in a thousand times."""
    from scipy.stats import binomtest  # every worker reads this module, few draw

    return bool(binomtest(hits, draws, share).pvalue > 0.001)
