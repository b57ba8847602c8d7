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

from evaluation.estimators.arguments import as_pair, check_choice, require
from evaluation.estimators.rd.cells import Floats
from evaluation.estimators.rd.cleaning import Columns, read_columns
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
MAX_BINS = 100_000


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
    _check(spacing, rule, estimator, kernel, p, points, [*chain(*map(as_pair, counts))])
    try:
        columns = read_columns(RDSample.of(data).table, spec)
        sides = _split_sides(columns, spec)
        _check_scores(sides, p)
        warnings = columns.warnings
        if estimator == "spacings" and spec.masspoints == "adjust" and _has_repeated_scores(sides):
            estimator = "polynomial"
            warnings += ("scores repeat: polynomials, not neighbours, choose the number of bins",)
        with np.errstate(all="ignore"):  # what overflows is found below, and answered
            imse, mimicking = _bin_counts(sides, spacing, estimator)
            chosen = imse if rule == "imse" else mimicking
            chosen_number = _scaled(chosen, as_pair(scale)) if number is None else as_pair(number)
            curves, n_curve = _curves(sides, spec.cutoff, p, kernel, h, points)
            bins = [
                _bins(side, side.bin_edges(spacing, n_bins), spec.level)
                for side, n_bins in zip(sides, chosen_number, strict=True)
            ]
        _check_finite(curves, bins)
    except EstimationError as refused:
        return refused.why
    left, right = sides
    return RDBins(
        bins=tuple(chain(*bins)),
        curves=curves,
        number=chosen_number,
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
class _SideData:
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

    def bin_edges(self, spacing: Spacing, number: int) -> Floats:
        """Bounds of the bins. Quantiles reach from the first score to the last, not the cut-off."""
        if spacing == "even":
            return np.linspace(self.low, self.high, number + 1)
        return np.asarray(np.quantile(self.score, np.linspace(0, 1, number + 1)))


BothSides = tuple[_SideData, _SideData]


def _split_sides(columns: Columns, spec: RDSpec) -> BothSides:
    outcome, *others = columns.values
    covariates = np.column_stack([np.ones(len(outcome)), *others[spec.is_fuzzy :]])[:, 1:]
    order = np.argsort(columns.score, kind="stable")  # rows that share a score stay as they came
    score = columns.score[order]
    split = int(np.searchsorted(score, spec.cutoff, side="left"))

    def side_data(part: slice, low: float, high: float) -> _SideData:
        rows, scores = order[part], score[part]
        weight = None if columns.weight is None else columns.weight[rows]
        distinct = int(np.count_nonzero(scores[1:] != scores[:-1])) + min(len(scores), 1)
        return _SideData(scores, outcome[rows], weight, covariates[rows], low, high, distinct)

    return (
        side_data(slice(split), float(score[0]), spec.cutoff),
        side_data(slice(split, None), spec.cutoff, float(score[-1])),
    )


def _has_repeated_scores(sides: BothSides) -> bool:
    return any(1 - side.distinct / len(side) >= REPEATED for side in sides)


# -- How many bins ---------------------------------------------------------------------------------
def _bin_counts(sides: BothSides, spacing: Spacing, estimator: Estimator) -> tuple[Counts, Counts]:
    """(left, right) by integrated mean squared error, and mimicking the variance."""
    order = min(ORDER, *(side.distinct - 1 for side in sides))
    rows = len(sides[0]) + len(sides[1])
    (left_imse, left_mimic), (right_imse, right_mimic) = (
        _bin_counts_of_side(side, rows, order, spacing, estimator) for side in sides
    )
    return (left_imse, right_imse), (left_mimic, right_mimic)


def _bin_counts_of_side(
    side: _SideData, rows: int, order: int, spacing: Spacing, estimator: Estimator
) -> Counts:
    spread = float(side.outcome.var(ddof=1))
    if not spread > 0:
        return 1, 1
    bias, variance = _bias_and_variance(side, spread, order, spacing, estimator)
    if not variance > 0:
        return 1, 1
    return _count((2 * bias / variance) ** (1 / 3)), _count(
        spread / variance * rows / log(rows) ** 2
    )


def _bias_and_variance(
    side: _SideData, spread: float, order: int, spacing: Spacing, estimator: Estimator
) -> Sides:
    """What a bin hides of the slope, times the rows of both sides; what its mean varies by."""
    # Around its own mean, the outcome's square keeps the digits that its variance needs.
    outcome = side.outcome - side.outcome.mean()
    mean, square = _fit(side, np.column_stack([outcome, outcome**2]), order)
    gap, step = np.diff(side.score), np.diff(side.outcome)
    middle = side.score[:-1] + gap / 2

    def variance_at(score: Floats) -> Floats:
        if estimator == "spacings":
            return step**2 / 2
        variance = square(score) - mean(score) ** 2
        return np.where(variance < 0, spread, variance)

    if spacing == "even":
        slope = side.width * mean.deriv()(side.score)
        return float(slope @ slope) / 12, float(gap @ variance_at(middle)) / side.width
    slope = len(side) * gap * mean.deriv()(middle)
    return float(slope @ slope) / 24, float(variance_at(side.score).sum()) / len(side)


def _count(number: float) -> int:
    return max(1, ceil(min(number, MAX_BINS))) if number == number else 1


def _scaled(number: Counts, scale: Sides) -> Counts:
    left, right = (
        max(1, int(min(n_bins * by, MAX_BINS))) for n_bins, by in zip(number, scale, strict=True)
    )
    return left, right


def _fit(side: _SideData, columns: Floats, order: int) -> list[Legendre]:
    """The least squares polynomial of each column over the whole side."""
    domain = (side.low, side.high)
    basis = legvander(_to_unit_interval(side.score, domain), order)
    return [
        Legendre(coefficients, domain)
        for coefficients in _solve(basis.T @ basis, basis.T @ columns).T
    ]


def _to_unit_interval(score: Floats, domain: Sides) -> Floats:
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
    sides: BothSides, cutoff: float, p: int, kernel: Kernel, h: Bandwidth | None, points: int
) -> tuple[tuple[Curve, Curve], Counts]:
    """The polynomials of both sides, and the rows behind them. Raises EstimationError."""
    left, right = (
        _WindowFit.of(side, cutoff, bandwidth, p, kernel)
        for side, bandwidth in zip(sides, _curve_bandwidths(sides, h), strict=True)
    )
    products = left.residual_products() + right.residual_products()
    slopes = np.linalg.lstsq(products[1:, 1:], products[1:, 0], rcond=None)[0].astype(float)
    centre = np.concatenate([side.covariates for side in sides]).mean(axis=0) @ slopes
    curves = left.curve(slopes, centre, points), right.curve(slopes, centre, points)
    return curves, (left.rows, right.rows)


def _curve_bandwidths(sides: BothSides, h: Bandwidth | None) -> Sides:
    return (sides[0].width, sides[1].width) if h is None else as_pair(h)


@dataclass(frozen=True, eq=False)
class _WindowFit:
    """Outcome and covariates in one window: their polynomials and what these leave over."""

    columns: Floats
    weight: Floats
    basis: Floats
    coefficients: Floats
    domain: Sides
    cutoff: float
    rows: int

    @classmethod
    def of(cls, side: _SideData, cutoff: float, h: float, p: int, kernel: Kernel) -> "_WindowFit":
        """Raises EstimationError where the window has too few scores."""
        distance = np.abs(side.score - cutoff) / h
        inside = distance <= 1
        weight = kernel_weights(distance[inside], kernel) / h
        if side.weight is not None:
            weight = weight * side.weight[inside]
        score = side.score[inside]
        distinct = len(np.unique(score[weight > 0]))
        if distinct < p + 1:
            detail = (
                f"{distinct} distinct scores within {h:.4g}: a curve of order {p} needs {p + 1}."
            )
            raise EstimationError("few_scores", detail, distinct)
        domain = (cutoff - h, cutoff) if side.high == cutoff else (cutoff, cutoff + h)
        columns = np.column_stack([side.outcome, side.covariates])[inside]
        basis = legvander(_to_unit_interval(score, domain), p).astype(float, copy=False)
        weighted_basis = basis * weight[:, None]
        coefficients = _solve(weighted_basis.T @ basis, weighted_basis.T @ columns)
        return cls(columns, weight, basis, coefficients, domain, cutoff, int((weight > 0).sum()))

    def residual_products(self) -> Floats:
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
def _bins(side: _SideData, bin_edges: Floats, level: float) -> list[Bin]:
    """Those that hold rows. Where quantiles coincide the last of the empty-width bins has them."""
    starts = np.searchsorted(side.score, bin_edges[:-1], side="left")
    counts = np.diff(np.append(starts, len(side)))
    occupied = np.flatnonzero(counts)
    n, first = counts[occupied], starts[occupied]
    mean_score, mean_outcome = (
        np.add.reduceat(column, first) / n for column in (side.score, side.outcome)
    )
    squares = np.add.reduceat((side.outcome - np.repeat(mean_outcome, n)) ** 2, first)
    se = np.sqrt(squares / np.maximum(n - 1, 1) / n)
    margins = stdtrit(np.maximum(n - 1, 1), 0.5 + level / 200) * se
    rows = zip(
        *(
            column.tolist()
            for column in (
                bin_edges[occupied],
                bin_edges[occupied + 1],
                mean_score,
                mean_outcome,
                n,
                se,
                margins,
            )
        ),
        strict=True,
    )
    return [
        Bin(low, high, score, y, size, error, (y - margin, y + margin))
        if size > 1
        else Bin(low, high, score, y, size, None, None)
        for low, high, score, y, size, error, margin in rows
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
    check_choice("spacing", spacing, get_args(Spacing))
    check_choice("rule", rule, get_args(Rule))
    check_choice("estimator", estimator, get_args(Estimator))
    check_choice("kernel", kernel, get_args(Kernel))
    require(
        {
            "p is a whole number from 0 to 8": p in range(9),
            "points are at least 2": points >= 2,
            "bandwidths, numbers of bins and their scale are positive": all(
                value > 0 for value in counts
            ),
        }
    )


def _check_scores(sides: BothSides, p: int) -> None:
    needed = max(p + 1, 2)
    for side, where in zip(sides, ("below the cut-off", "at or above it"), strict=True):
        if not side.distinct:
            raise EstimationError("one_side", f"No row has a score {where}.")
        if side.distinct < needed:
            detail = f"{side.distinct} distinct scores {where}: {needed} are needed."
            raise EstimationError("few_scores", detail, side.distinct)


def _check_finite(curves: tuple[Curve, Curve], bins: list[list[Bin]]) -> None:
    dots = [(dot.mean_score, dot.mean_outcome, dot.se or 0.0) for dot in chain(*bins)]
    lines = [curve.coefficients + curve.outcome for curve in curves]
    if not all(map(isfinite, chain(*dots, *lines))):
        raise EstimationError("not_a_number", "The numbers are too large for their powers.")
