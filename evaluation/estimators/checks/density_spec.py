"""What a density test is asked for, and what it answers."""

from dataclasses import dataclass
from math import isfinite
from typing import Literal, get_args

from evaluation.estimators.arguments import as_pair, check_choice, require, shortest_decimal
from evaluation.estimators.rd.results import Counts, Sides
from evaluation.estimators.rd.spec import Bandwidth, Kernel

Constraint = Literal["unrestricted", "restricted"]
Variance = Literal["jackknife", "plugin"]
Selector = Literal["comb", "each", "diff", "sum"]
MassPoints = Literal["adjust", "off"]

#: Units, and distinct scores, that a chosen bandwidth holds on each side, plus p + 1.
FEWEST = 20


@dataclass(frozen=True)
class DensitySpec:
    """One test of the density at ``cutoff``. Columns are named as the data frame names them.

    ``unit`` names what was scored: its rows count once. ``p`` is the order that the bandwidth is
    best for, ``q`` that of the test (p + 1 unless given). The ``restricted`` fit lets the two
    sides differ in the slope alone, which is more powerful if true. ``h`` is the bandwidth in
    units of the score, one number or a pair (left, right); left out, ``bwselect`` minimises the
    mean squared error of each density, of their difference, of their sum, or of a combination
    (the median of the three; for the restricted fit the lesser of the last two). ``masspoints``
    adjust: equal scores have one value of the distribution function. ``regularise`` keeps chosen
    bandwidths within the range and wide enough for ``n_local_min`` units and ``n_unique_min``
    distinct scores a side (20 + p + 1 unless given; 0 is no minimum).

    Raises ValueError when the settings contradict each other.
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
                "least numbers are not negative": min(self.minimum) >= 0,
                "level is between 0 and 100": 0 < self.level < 100,
            }
        )

    @property
    def test_order(self) -> int:
        """Order of the polynomial that is tested; p + 1 unless given."""
        return self.p + 1 if self.q is None else self.q

    @property
    def minimum(self) -> Counts:
        """Units and distinct scores that a chosen bandwidth holds on each side."""
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


@dataclass(frozen=True)
class DensityTest:
    """The test of equal densities. Pairs are (left, right); densities are per unit of score.

    density, se: at the cut-off, by the polynomial of order q, and their standard errors.
    difference, se_difference, ci: right less left, its standard error, and its interval
    (low, high). t, pv: the test, and its two-sided p-value from the normal distribution.
    t_conventional, pv_conventional: the same by order p, not valid at a bandwidth that is best
    for p. h: bandwidths in units of the score. n: units. n_effective: those within h, h included.
    distinct_scores: on each side. rows: with a score, which the units come from. warnings: what a
    reader must know. dropped: ("rows" or "units", how many and why) for whatever was left out.
    """

    density: Sides
    se: Sides
    difference: float
    se_difference: float
    t: float
    pv: float
    ci: Sides
    t_conventional: float
    pv_conventional: float
    h: Sides
    n: Counts
    n_effective: Counts
    distinct_scores: Counts
    rows: int
    warnings: tuple[str, ...] = ()
    dropped: tuple[tuple[str, str], ...] = ()
