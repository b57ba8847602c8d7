"""What is true in the synthetic portfolio by construction (``docs/demo-truth.md`` explains it).

The effects are those of taking part: alliance in execution before the survey. They are ours, near
what the evaluation of phase 3 found, so that an estimate can be held against them.
"""

from decimal import Decimal

PROFILES = 1_600
ALLIANCES = 549
SURVEYED = 1_126
#: Producers of a profile: triangular between the limits of the calls, so 40 on average.
SMALLEST, USUAL, LARGEST = 25, 35, 60

EFFECT_PRODUCTIVITY_SD = 0.55
EFFECT_SALES_COP = Decimal(5_500_000)
EFFECT_PROFIT_COP = Decimal(2_900_000)

#: Share of surveyed participants by level of chaining, both dimensions together.
CHAINING_SHARES = {"high": 0.53, "medium": 0.32, "low": 0.15}

#: Departments whose phase-3 scores were pushed over the cut-off: Bolívar, Norte de Santander and
#: Tolima. Drawn by lot for this demonstration; the evaluation does not name its three.
TAMPERED_DEPARTMENTS = ("13", "54", "73")
#: Where the pushed scores land: from the cut-off to this many points above it.
TAMPERED_MARGIN = 2.0
#: Share of selected profiles of those departments whose score was pushed.
TAMPERED_SHARE = 0.6
