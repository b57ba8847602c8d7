"""What a regression discontinuity estimate is asked for."""

from dataclasses import dataclass
from itertools import chain
from math import inf, isfinite
from typing import Literal, get_args

from evaluation.estimators.arguments import as_pair, check_choice, require, shortest_decimal

Kernel = Literal["triangular", "epanechnikov", "uniform"]
Variance = Literal["nn", "hc0", "hc1", "hc2", "hc3", "cr1", "cr2", "cr3", "nn_cluster"]
Selector = Literal[
    "mserd", "msetwo", "msesum", "msecomb1", "msecomb2",
    "cerrd", "certwo", "cersum", "cercomb1", "cercomb2",
]  # fmt: skip
MassPoints = Literal["adjust", "check", "off"]
Target = Literal["reduced_form", "fuzzy"]
Distribution = Literal["normal", "student"]
Bandwidth = float | tuple[float, float]

BY_CLUSTER: frozenset[str] = frozenset({"cr1", "cr2", "cr3", "nn_cluster"})


@dataclass(frozen=True)
class RDSpec:
    """One estimate of a jump (or, with ``deriv=1``, of a kink) at a cut-off.

    Columns are named as the data frame names them. ``treatment`` makes the design fuzzy. ``h`` and
    ``b`` are bandwidths of the estimate and of its bias, in units of the score: one number or a
    pair (left, right); left out, they are chosen by ``bwselect`` on the outcome alone
    (``reduced_form``) or on the ratio (``fuzzy``; on the outcome alone, and said so, where the
    treatment does not vary on a side of the cut-off). ``rho`` fixes h / b. ``regularisation``
    scales the term that keeps the bandwidth from exploding where the bias is near zero; 0 is none.
    Left out, ``vce`` is cr3 with clusters and nn without. ``distribution`` is what p-values and
    intervals are read from: "student" is Student's t, with the clusters within h (rows, without
    any) less the coefficients of both sides as degrees of freedom.

    Raises ValueError when the settings contradict each other.
    """

    outcome: str | int
    score: str | int
    cutoff: float = 0.0
    treatment: str | int | None = None
    covariates: tuple[str | int, ...] = ()
    cluster: str | int | None = None
    weights: str | int | None = None
    kernel: Kernel = "triangular"
    p: int = 1
    q: int | None = None
    deriv: int = 0
    h: Bandwidth | None = None
    b: Bandwidth | None = None
    rho: float | None = None
    bwselect: Selector = "mserd"
    bandwidth_on: Target = "reduced_form"
    vce: Variance | None = None
    nn_matches: int = 3
    masspoints: MassPoints = "adjust"
    regularisation: float = 1.0
    level: float = 95.0
    distribution: Distribution = "normal"

    def __post_init__(self) -> None:
        check_choice("kernel", self.kernel, get_args(Kernel))
        check_choice("bwselect", self.bwselect, get_args(Selector))
        check_choice("masspoints", self.masspoints, get_args(MassPoints))
        check_choice("bandwidth_on", self.bandwidth_on, get_args(Target))
        check_choice("vce", self.variance, get_args(Variance))
        check_choice("distribution", self.distribution, get_args(Distribution))
        whole = (self.p, self.bias_order, self.deriv, self.nn_matches)
        if not all(isinstance(number, int) for number in whole):
            raise ValueError("p, q, deriv and nn_matches are whole numbers")
        if isinstance(self.covariates, str):
            raise ValueError("covariates are a list of columns")
        object.__setattr__(self, "covariates", tuple(self.covariates))
        object.__setattr__(self, "cutoff", shortest_decimal(float(self.cutoff)))
        given = [
            as_pair(bandwidth) for bandwidth in (self.h, self.b, self.rho) if bandwidth is not None
        ]
        measured = {self.outcome, self.treatment, *self.covariates} - {None}
        require(
            {
                "p is from deriv to 8, and q above p and at most 9": self.deriv <= self.p <= 8
                and self.p < self.bias_order <= 9,
                "deriv is 0 or 1": self.deriv in (0, 1),
                "the cut-off is a number": isfinite(self.cutoff),
                "bandwidths and rho are positive numbers": all(
                    0 < side < inf for side in chain(*given)
                ),
                "a bandwidth is one number or a pair (left, right)": all(
                    len(sides) == 2 for sides in given
                ),
                "b needs h": self.b is None or self.h is not None,
                "a column is outcome, treatment or covariate, once": len(measured)
                == 1 + self.is_fuzzy + len(self.covariates),
                "nn_matches is at least 1": self.nn_matches >= 1,
                "level is between 0 and 100": 0 < self.level < 100,
                "regularisation is not negative": self.regularisation >= 0,
                "this variance needs a cluster": self.cluster is not None
                or self.variance not in BY_CLUSTER,
                "with a cluster the variance is one by cluster, or nn": self.cluster is None
                or self.variance in BY_CLUSTER | {"nn"},
            }
        )

    @property
    def bias_order(self) -> int:
        """Order of the polynomial that estimates the bias; p + 1 unless given."""
        return self.p + 1 if self.q is None else self.q

    @property
    def variance(self) -> Variance:
        """The variance in force: by cluster whenever there is one."""
        return self.vce or ("nn" if self.cluster is None else "cr3")

    @property
    def on_ratio(self) -> bool:
        """Whether the bandwidth is asked for on the ratio."""
        return self.is_fuzzy and self.bandwidth_on == "fuzzy"

    @property
    def is_fuzzy(self) -> bool:
        return self.treatment is not None
