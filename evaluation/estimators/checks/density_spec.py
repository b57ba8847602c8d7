"""Specification and result of a manipulation test."""

from dataclasses import dataclass
from math import isfinite
from typing import Literal, get_args

from evaluation.estimators.arguments import as_pair, check_choice, require, shortest_decimal
from evaluation.estimators.discontinuity import Counts
from evaluation.estimators.rd.scores import DECIMALS_RULE, Decimals, is_decimals
from evaluation.estimators.rd.spec import Bandwidth, Kernel

Constraint = Literal["unrestricted", "restricted"]
Variance = Literal["jackknife", "plugin"]
Selector = Literal["comb", "each", "diff", "sum"]
MassPoints = Literal["adjust", "off"]

#: Units, and distinct scores, that a chosen bandwidth holds on each side, plus p + 1.
FEWEST = 20


@dataclass(frozen=True)
class DensitySpec:
    """Specification of one manipulation test.

    Parameters
    ----------
    score : str or int
        Column of the running variable.
    cutoff : float, default 0.0
        In units of the score.
    unit : str or int, optional
        Column of what was scored; its rows count once.
    p, q : int
        Order for which the bandwidth is optimal, and order of the test (``p + 1`` unless given).
    kernel : {"triangular", "epanechnikov", "uniform"}
    fit : {"unrestricted", "restricted"}
        The restricted fit lets the two sides differ in the density alone; more powerful if true.
    vce : {"jackknife", "plugin"}
    bwselect : {"comb", "each", "diff", "sum"}
        Target of the mean squared error: each density, their difference, their sum, or a
        combination (the median of the three; for the restricted fit the lesser of the last two).
    h : float or (float, float), optional
        Bandwidth, in units of the score; selected by ``bwselect`` unless given.
    masspoints : {"adjust", "off"}
        With ``adjust`` equal scores share one value of the distribution function.
    regularise : bool, default True
        Keep selected bandwidths within the range of the score, and wide enough for the minima
        below.
    n_local_min, n_unique_min : int, optional
        Units and distinct scores within the bandwidth on each side; 20 + p + 1 unless given, 0 for
        no minimum.
    level : float, default 95.0
        Level of the interval, in percent.
    decimals : int or {"found", "as_stored"}
        As in ``RDSpec``.

    Raises
    ------
    ValueError
        If a setting is not among its choices, or settings contradict each other.
    """

    score: str | int
    cutoff: float = 0.0
    unit: str | int | None = None
    p: int = 2
    q: int | None = None
    kernel: Kernel = "triangular"
    fit: Constraint = "unrestricted"
    vce: Variance = "jackknife"
    bwselect: Selector = "comb"
    h: Bandwidth | None = None
    masspoints: MassPoints = "adjust"
    regularise: bool = True
    n_local_min: int | None = None
    n_unique_min: int | None = None
    level: float = 95.0
    decimals: Decimals = "found"

    def __post_init__(self) -> None:
        object.__setattr__(self, "cutoff", shortest_decimal(float(self.cutoff)))
        for name, allowed in _CHOICES.items():
            check_choice(name, getattr(self, name), allowed)
        widths = as_pair(self.h)
        restricted = self.fit == "restricted"
        require(
            {
                "the cut-off is a number": isfinite(self.cutoff),
                "p is a whole number from 1 to 3": self.p in range(1, 4),
                "q is a whole number from p to 5": self.test_order in range(self.p, 6),
                "h is one number or a pair": len(widths) == 2,
                "bandwidths are positive": all(h is None or 0 < h < float("inf") for h in widths),
                "the restricted fit has one bandwidth": not restricted or len(set(widths)) == 1,
                "the restricted fit cannot choose one for each side": not restricted
                or self.bwselect != "each",
                DECIMALS_RULE: is_decimals(self.decimals),
                "least numbers are not negative": min(self.minimum) >= 0,
                "level is between 0 and 100": 0 < self.level < 100,
            }
        )

    @property
    def test_order(self) -> int:
        """Order of the polynomial of the test: ``q``, or ``p + 1``."""
        return self.p + 1 if self.q is None else self.q

    @property
    def minimum(self) -> Counts:
        """Least units and distinct scores within a selected bandwidth, on each side."""
        usual = FEWEST + self.p + 1
        return (
            usual if self.n_local_min is None else self.n_local_min,
            usual if self.n_unique_min is None else self.n_unique_min,
        )


_CHOICES = {
    "kernel": get_args(Kernel),
    "fit": get_args(Constraint),
    "vce": get_args(Variance),
    "bwselect": get_args(Selector),
    "masspoints": get_args(MassPoints),
}
