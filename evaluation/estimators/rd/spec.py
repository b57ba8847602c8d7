"""Specification of a regression discontinuity estimate."""

from dataclasses import dataclass
from itertools import chain
from math import inf, isfinite
from typing import Literal, get_args

from evaluation.estimators.arguments import as_pair, check_choice, require, shortest_decimal
from evaluation.estimators.rd.codes import Codes, as_codes
from evaluation.estimators.rd.scores import DECIMALS_RULE, Decimals, is_decimals
from evaluation.estimators.results import ReasonCode

Kernel = Literal["triangular", "epanechnikov", "uniform"]
Variance = Literal["nn", "hc0", "hc1", "hc2", "hc3", "cr1", "cr2", "cr3", "nn_cluster"]
Selector = Literal[
    "mserd",
    "msetwo",
    "msesum",
    "msecomb1",
    "msecomb2",
    "cerrd",
    "certwo",
    "cersum",
    "cercomb1",
    "cercomb2",
]
MassPoints = Literal["adjust", "check", "off"]
Target = Literal["reduced_form", "fuzzy"]
Distribution = Literal["normal", "student"]
Bandwidth = float | tuple[float, float]

BY_CLUSTER: frozenset[str] = frozenset({"cr1", "cr2", "cr3", "nn_cluster"})


@dataclass(frozen=True)
class RDSpec:
    """Specification of one sharp or fuzzy regression discontinuity (or kink) estimate.

    Parameters
    ----------
    outcome, score : str or int
        Columns of the data frame: the outcome and the running variable.
    cutoff : float, default 0.0
        Cut-off, in units of the score. Rows at the cut-off lie above it.
    treatment : str or int, optional
        Column of the treatment taken up; it makes the design fuzzy.
    covariates : tuple of str or int
        Columns that enter with slopes common to both sides; words become indicators of their
        levels.
    cluster, weights : str or int, optional
        Columns of the cluster and of the observation weight, which must not be negative.
    kernel : {"triangular", "epanechnikov", "uniform"}
    p, q : int
        Orders of the polynomials of the estimate and of its bias; ``q`` is ``p + 1`` unless given.
    deriv : {0, 1}
        0 for the jump of the level, 1 for that of the slope (a kink).
    h, b : float or (float, float), optional
        Bandwidths of the estimate and of its bias, in units of the score, for both sides or (left,
        right). Without ``h`` both are chosen by ``bwselect``; with ``h`` alone, ``b`` equals it.
    rho : float, optional
        Fixes ``b = h / rho``.
    bwselect : str
        Selector named as in ``rdrobust``: mean squared error (``mse``) or coverage error (``cer``),
        common to both sides (``rd``, ``sum``), one a side (``two``), or a combination (``comb1``,
        ``comb2``).
    bandwidth_on : {"reduced_form", "fuzzy"}
        Whether a chosen bandwidth is that of the outcome or of the ratio. Where the treatment
        does not vary on a side of the cut-off it is that of the outcome, with a warning.
    vce : str, optional
        Variance estimator: ``nn``, ``hc0`` to ``hc3``; by cluster ``cr1``, ``cr2``, ``cr3``,
        ``nn_cluster``. Unless given, ``cr3`` with clusters and ``nn`` without.
    nn_matches : int, default 3
        Neighbours of the nearest-neighbour variance.
    masspoints : {"adjust", "check", "off"}
        Whether bandwidths allow for repeated scores.
    regularisation : float, default 1.0
        Scale of the term that bounds the bandwidth where the estimated bias is near zero; 0 for
        none.
    level : float, default 95.0
        Level of the intervals, in percent.
    distribution : {"normal", "student"}
        Reference distribution of p-values and intervals. Student's t has as degrees of freedom the
        clusters within ``h`` (rows, without clusters) less the coefficients of both sides, 2 (p +
        1).

    decimals : int or {"found", "as_stored"}
        Decimals that scores are read with, so that those kept in single precision count as they
        were written: the fewest that explain them unless given; ``as_stored`` takes them as they
        are, to match programs that do.
    codes : mapping of column to {code: value}
        What each code of a column counts as, None where it is no answer, such as ``{"treated": {1:
        1, 2: 0, 9: None}}``. Values that are not named stay as they are.

    Raises
    ------
    ValueError
        If a setting is not among its choices, or settings contradict each other.

    Notes
    -----
    Bandwidths and bias correction follow Calonico, Cattaneo and Titiunik (2014), covariates
    Calonico, Cattaneo, Farrell and Titiunik (2019), coverage-error bandwidths Calonico, Cattaneo
    and Farrell (2020). ``docs/method.md`` says which defaults differ from ``rdrobust`` and why.
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
    decimals: Decimals = "found"
    codes: Codes = ()

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
        object.__setattr__(self, "codes", as_codes(self.codes))
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
                DECIMALS_RULE: is_decimals(self.decimals),
                "regularisation is not negative": self.regularisation >= 0,
                "this variance needs a cluster": self.cluster is not None
                or self.variance not in BY_CLUSTER,
                "with a cluster the variance is one by cluster, or nn": self.cluster is None
                or self.variance in BY_CLUSTER | {"nn"},
            }
        )

    @property
    def bias_order(self) -> int:
        """Order of the polynomial that estimates the bias: ``q``, or ``p + 1``."""
        return self.p + 1 if self.q is None else self.q

    @property
    def variance(self) -> Variance:
        """Variance estimator in force: clustered whenever a cluster is named."""
        return self.vce or ("nn" if self.cluster is None else "cr3")

    @property
    def few_units(self) -> ReasonCode:
        """The reason when there are too few of what is taken for independent."""
        return "few_rows" if self.cluster is None else "few_clusters"

    @property
    def on_ratio(self) -> bool:
        """Whether the bandwidth is to be chosen on the fuzzy ratio."""
        return self.is_fuzzy and self.bandwidth_on == "fuzzy"

    @property
    def is_fuzzy(self) -> bool:
        return self.treatment is not None
