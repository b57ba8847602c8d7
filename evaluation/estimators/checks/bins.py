"""The data behind a regression discontinuity figure: means within bins, and a global polynomial.

Calonico, Cattaneo and Titiunik (2015), "Optimal Data-Driven Regression Discontinuity Plots",
Journal of the American Statistical Association 110(512): how many bins a side needs, either to
follow the mean (``imse``) or to show the noise as well (``mimicking``). Nothing is drawn here.
"""

from dataclasses import dataclass
from itertools import chain
from math import ceil, isfinite, log
from typing import Literal, get_args

import numpy as np
from numpy.polynomial import Legendre, Polynomial
from numpy.polynomial.legendre import legvander
from scipy.special import stdtrit

from evaluation.estimators.arguments import one_of, pair, require
from evaluation.estimators.rd.cells import Floats
from evaluation.estimators.rd.cleaning import Columns, read
from evaluation.estimators.rd.fits import kernel_weights
from evaluation.estimators.rd.results import Counts, EstimationError, Sides
from evaluation.estimators.rd.sample import Data, RDSample
from evaluation.estimators.rd.spec import Bandwidth, Kernel, RDSpec
from evaluation.estimators.results import NotEstimable

Spacing = Literal["even", "quantile"]
Rule = Literal["imse", "mimicking"]
Estimator = Literal["spacings", "polynomial"]

#: Order of the curve, and of the polynomials behind the number of bins.
ORDER = 4
#: Share of repeated scores on a side from which differences between neighbours mean little.
REPEATED = 0.2
#: More bins than these on a side are no figure.
MOST = 100_000


@dataclass(frozen=True)
class Bin:
    """One dot: scores from ``low`` up to ``high``, which only the last bin of a side includes.

    ``se`` is the error of the mean of independent rows and ``ci`` (low, high) Student's interval
    around it; both None for a single row, of which nothing says how it varies.
    """

    low: float
    high: float
    mean_score: float
    mean_outcome: float
    n: int
    se: float | None
    ci: Sides | None


@dataclass(frozen=True)
class Curve:
    """One side of the global polynomial.

    coefficients: of the powers 0, 1, … of score - cut-off, at the means of the covariates.
    score, outcome: points of it from left to right, the cut-off among them.
    """

    coefficients: tuple[float, ...]
    score: tuple[float, ...]
    outcome: tuple[float, ...]


@dataclass(frozen=True)
class RDBins:
    """A figure's data. Pairs are (left, right); scores and outcomes keep their units.

    bins: those that hold rows, from left to right. number: bins in force, empty ones included.
    imse, mimicking: what each rule chooses. estimator: the one in force. n: rows. n_curve: rows
    behind the curves. distinct_scores, warnings, dropped: as in ``RDEstimate``.
    """

    bins: tuple[Bin, ...]
    curves: tuple[Curve, Curve]
    number: Counts
    imse: Counts
    mimicking: Counts
    estimator: Estimator
    n: Counts
    n_curve: Counts
    distinct_scores: Counts
    warnings: tuple[str, ...] = ()
    dropped: tuple[tuple[str, str], ...] = ()


def rd_bins(
    data: Data,
    spec: RDSpec,
    *,
    spacing: Spacing = "even",
    rule: Rule = "mimicking",
    estimator: Estimator = "spacings",
    number: int | Counts | None = None,
    scale: float | Sides = 1.0,
    p: int = ORDER,
    kernel: Kernel = "uniform",
    h: Bandwidth | None = None,
    points: int = 100,
) -> RDBins | NotEstimable:
    """Bins and curves of ``spec.outcome`` against ``spec.score``.

    Bins are equally wide, or hold equally many rows. Their number is chosen by ``rule`` and
    multiplied by ``scale`` unless ``number`` gives it; the noise it weighs comes from neighbouring
    rows (``spacings``) or from a polynomial, always the latter where ``spec.masspoints`` is
    "adjust" and a fifth of the scores of a side repeat. The curve has order ``p`` and is weighted
    by ``kernel`` within ``h`` of the cut-off (left out, the whole side) and by ``spec.weights``;
    covariates enter it with common slopes. Means of bins are of rows, unweighted.

    Raises ValueError for settings without meaning; what the data cannot carry is answered.
    """
    counts = (1 if number is None else number, scale, 1.0 if h is None else h)
    _check(spacing, rule, estimator, kernel, p, points, [*chain(*map(pair, counts))])
    try:
        columns = read(RDSample.of(data).table, spec)
        halves = _halves(columns, spec)
        _check_scores(halves, p)
        warnings = columns.warnings
        if estimator == "spacings" and spec.masspoints == "adjust" and _repeated(halves):
            estimator = "polynomial"
            warnings += ("scores repeat: polynomials, not neighbours, choose the number of bins",)
        with np.errstate(all="ignore"):  # what overflows is found below, and answered
            imse, mimicking = _numbers(halves, spacing, estimator)
            chosen = imse if rule == "imse" else mimicking
            in_force = _scaled(chosen, pair(scale)) if number is None else pair(number)
            curves, n_curve = _curves(halves, spec.cutoff, p, kernel, h, points)
            bins = [
                _bins(half, half.edges(spacing, n_bins), spec.level)
                for half, n_bins in zip(halves, in_force, strict=True)
            ]
        _check_finite(curves, bins)
    except EstimationError as refused:
        return refused.why
    left, right = halves
    return RDBins(
        bins=tuple(chain(*bins)),
        curves=curves,
        number=in_force,
        imse=imse,
        mimicking=mimicking,
        estimator=estimator,
        n=(len(left), len(right)),
        n_curve=n_curve,
        distinct_scores=(left.distinct, right.distinct),
        warnings=warnings,
        dropped=columns.dropped,
    )


# -- The two sides ---------------------------------------------------------------------------------
@dataclass(frozen=True, eq=False)
class _Half:
    """Rows of one side sorted by score, from ``low`` to ``high``: one of them is the cut-off."""

    score: Floats
    outcome: Floats
    weight: Floats | None
    covariates: Floats
    low: float
    high: float
    distinct: int

    def __len__(self) -> int:
        return len(self.score)

    @property
    def width(self) -> float:
        return self.high - self.low

    def edges(self, spacing: Spacing, number: int) -> Floats:
        """Bounds of the bins. Quantiles reach from the first score to the last, not the cut-off."""
        if spacing == "even":
            return np.linspace(self.low, self.high, number + 1)
        return np.asarray(np.quantile(self.score, np.linspace(0, 1, number + 1)))


Halves = tuple[_Half, _Half]


def _halves(columns: Columns, spec: RDSpec) -> Halves:
    outcome, *others = columns.values
    covariates = np.column_stack([np.ones(len(outcome)), *others[spec.is_fuzzy :]])[:, 1:]
    order = np.argsort(columns.score, kind="stable")  # rows that share a score stay as they came
    score = columns.score[order]
    split = int(np.searchsorted(score, spec.cutoff, side="left"))

    def half(part: slice, low: float, high: float) -> _Half:
        rows, own = order[part], score[part]
        weight = None if columns.weight is None else columns.weight[rows]
        distinct = int(np.count_nonzero(own[1:] != own[:-1])) + min(len(own), 1)
        return _Half(own, outcome[rows], weight, covariates[rows], low, high, distinct)

    return (
        half(slice(split), float(score[0]), spec.cutoff),
        half(slice(split, None), spec.cutoff, float(score[-1])),
    )


def _repeated(halves: Halves) -> bool:
    return any(1 - half.distinct / len(half) >= REPEATED for half in halves)


# -- How many bins ---------------------------------------------------------------------------------
def _numbers(halves: Halves, spacing: Spacing, estimator: Estimator) -> tuple[Counts, Counts]:
    """(left, right) by integrated mean squared error, and mimicking the variance."""
    order = min(ORDER, *(half.distinct - 1 for half in halves))
    rows = len(halves[0]) + len(halves[1])
    (left_imse, left_mimic), (right_imse, right_mimic) = (
        _one_side(half, rows, order, spacing, estimator) for half in halves
    )
    return (left_imse, right_imse), (left_mimic, right_mimic)


def _one_side(half: _Half, rows: int, order: int, spacing: Spacing, estimator: Estimator) -> Counts:
    spread = float(half.outcome.var(ddof=1))
    if not spread > 0:
        return 1, 1
    bias, noise = _bias_and_noise(half, spread, order, spacing, estimator)
    if not noise > 0:
        return 1, 1
    return _count((2 * bias / noise) ** (1 / 3)), _count(spread / noise * rows / log(rows) ** 2)


def _bias_and_noise(
    half: _Half, spread: float, order: int, spacing: Spacing, estimator: Estimator
) -> Sides:
    """What a bin hides of the slope, times the rows of both sides; what its mean varies by."""
    # Around its own mean, the outcome's square keeps the digits that its variance needs.
    outcome = half.outcome - half.outcome.mean()
    mean, square = _fit(half, np.column_stack([outcome, outcome**2]), order)
    gap, step = np.diff(half.score), np.diff(half.outcome)
    middle = half.score[:-1] + gap / 2

    def noise_at(score: Floats) -> Floats:
        if estimator == "spacings":
            return step**2 / 2
        variance = square(score) - mean(score) ** 2
        return np.where(variance < 0, spread, variance)

    if spacing == "even":
        hidden = half.width * mean.deriv()(half.score)
        return float(hidden @ hidden) / 12, float(gap @ noise_at(middle)) / half.width
    hidden = len(half) * gap * mean.deriv()(middle)
    return float(hidden @ hidden) / 24, float(noise_at(half.score).sum()) / len(half)


def _count(number: float) -> int:
    return max(1, ceil(min(number, MOST))) if number == number else 1


def _scaled(number: Counts, scale: Sides) -> Counts:
    left, right = (
        max(1, int(min(n_bins * by, MOST))) for n_bins, by in zip(number, scale, strict=True)
    )
    return left, right


def _fit(half: _Half, columns: Floats, order: int) -> list[Legendre]:
    """The least squares polynomial of each column over the whole side."""
    domain = (half.low, half.high)
    basis = legvander(_unit(half.score, domain), order)
    return [
        Legendre(coefficients, domain)
        for coefficients in _solve(basis.T @ basis, basis.T @ columns).T
    ]


def _unit(score: Floats, domain: Sides) -> Floats:
    """Scores of the domain laid on -1 to 1, where Legendre's polynomials hardly correlate."""
    return (score - domain[0]) / (domain[1] - domain[0]) * 2 - 1


def _solve(gram: Floats, products: Floats) -> Floats:
    """Raises EstimationError for scores too much alike."""
    try:
        np.linalg.cholesky(gram)
        return np.asarray(np.linalg.solve(gram, products))
    except np.linalg.LinAlgError:
        raise EstimationError("few_scores", "The scores of a side are nearly all alike.") from None


# -- The curve -------------------------------------------------------------------------------------
def _curves(
    halves: Halves, cutoff: float, p: int, kernel: Kernel, h: Bandwidth | None, points: int
) -> tuple[tuple[Curve, Curve], Counts]:
    """The polynomials of both sides, and the rows behind them. Raises EstimationError."""
    left, right = (
        _Local.of(half, cutoff, reach, p, kernel)
        for half, reach in zip(halves, _reaches(halves, h), strict=True)
    )
    products = left.left_over() + right.left_over()
    slopes = np.linalg.lstsq(products[1:, 1:], products[1:, 0], rcond=None)[0].astype(float)
    centre = np.concatenate([half.covariates for half in halves]).mean(axis=0) @ slopes
    curves = left.curve(slopes, centre, points), right.curve(slopes, centre, points)
    return curves, (left.rows, right.rows)


def _reaches(halves: Halves, h: Bandwidth | None) -> Sides:
    return (halves[0].width, halves[1].width) if h is None else pair(h)


@dataclass(frozen=True, eq=False)
class _Local:
    """Outcome and covariates in one window: their polynomials and what these leave over."""

    columns: Floats
    weight: Floats
    basis: Floats
    coefficients: Floats
    domain: Sides
    cutoff: float
    rows: int

    @classmethod
    def of(cls, half: _Half, cutoff: float, h: float, p: int, kernel: Kernel) -> "_Local":
        """Raises EstimationError where the window has too few scores."""
        distance = np.abs(half.score - cutoff) / h
        inside = distance <= 1
        weight = kernel_weights(distance[inside], kernel) / h
        if half.weight is not None:
            weight = weight * half.weight[inside]
        score = half.score[inside]
        distinct = len(np.unique(score[weight > 0]))
        if distinct < p + 1:
            words = (
                f"{distinct} distinct scores within {h:.4g}: a curve of order {p} needs {p + 1}."
            )
            raise EstimationError("few_scores", words, distinct)
        domain = (cutoff - h, cutoff) if half.high == cutoff else (cutoff, cutoff + h)
        columns = np.column_stack([half.outcome, half.covariates])[inside]
        basis = legvander(_unit(score, domain), p).astype(float, copy=False)
        loads = basis * weight[:, None]
        coefficients = _solve(loads.T @ basis, loads.T @ columns)
        return cls(columns, weight, basis, coefficients, domain, cutoff, int((weight > 0).sum()))

    def left_over(self) -> Floats:
        """Products of the columns that the polynomials do not explain."""
        rest = self.columns - self.basis @ self.coefficients
        return rest.T @ (rest * self.weight[:, None])

    def curve(self, slopes: Floats, centre: float, points: int) -> Curve:
        net = self.coefficients[:, 0] - self.coefficients[:, 1:] @ slopes
        net[0] += centre
        score = np.linspace(*self.domain, points)
        # In powers of score - cut-off, which is what a reader of the coefficients expects.
        around = Legendre(net, (self.domain[0] - self.cutoff, self.domain[1] - self.cutoff))
        powers = around.convert(kind=Polynomial).coef
        padded = np.pad(powers, (0, len(net) - len(powers)))
        return Curve(
            _floats(padded.real), _floats(score), _floats(Legendre(net, self.domain)(score))
        )


def _floats(values: Floats) -> tuple[float, ...]:
    return tuple(values.tolist())


# -- The dots --------------------------------------------------------------------------------------
def _bins(half: _Half, edges: Floats, level: float) -> list[Bin]:
    """Those that hold rows. Where quantiles coincide the last of the empty-width bins has them."""
    starts = np.searchsorted(half.score, edges[:-1], side="left")
    counts = np.diff(np.append(starts, len(half)))
    held = np.flatnonzero(counts)
    n, first = counts[held], starts[held]
    mean_score, mean_outcome = (
        np.add.reduceat(column, first) / n for column in (half.score, half.outcome)
    )
    squares = np.add.reduceat((half.outcome - np.repeat(mean_outcome, n)) ** 2, first)
    se = np.sqrt(squares / np.maximum(n - 1, 1) / n)
    reach = stdtrit(np.maximum(n - 1, 1), 0.5 + level / 200) * se
    rows = zip(
        *(
            column.tolist()
            for column in (edges[held], edges[held + 1], mean_score, mean_outcome, n, se, reach)
        ),
        strict=True,
    )
    return [
        Bin(low, high, score, y, size, error, (y - far, y + far))
        if size > 1
        else Bin(low, high, score, y, size, None, None)
        for low, high, score, y, size, error, far in rows
    ]


# -- What is asked for, and what stops it ----------------------------------------------------------
def _check(
    spacing: str,
    rule: str,
    estimator: str,
    kernel: str,
    p: int,
    points: int,
    counts: list[float],
) -> None:
    one_of("spacing", spacing, get_args(Spacing))
    one_of("rule", rule, get_args(Rule))
    one_of("estimator", estimator, get_args(Estimator))
    one_of("kernel", kernel, get_args(Kernel))
    require(
        {
            "p is a whole number from 0 to 8": p in range(9),
            "points are at least 2": points >= 2,
            "bandwidths, numbers of bins and their scale are positive": all(
                value > 0 for value in counts
            ),
        }
    )


def _check_scores(halves: Halves, p: int) -> None:
    needed = max(p + 1, 2)
    for half, where in zip(halves, ("below the cut-off", "at or above it"), strict=True):
        if not half.distinct:
            raise EstimationError("one_side", f"No row has a score {where}.")
        if half.distinct < needed:
            detail = f"{half.distinct} distinct scores {where}: {needed} are needed."
            raise EstimationError("few_scores", detail, half.distinct)


def _check_finite(curves: tuple[Curve, Curve], bins: list[list[Bin]]) -> None:
    dots = [(dot.mean_score, dot.mean_outcome, dot.se or 0.0) for dot in chain(*bins)]
    lines = [curve.coefficients + curve.outcome for curve in curves]
    if not all(map(isfinite, chain(*dots, *lines))):
        raise EstimationError("not_a_number", "The numbers are too large for their powers.")
