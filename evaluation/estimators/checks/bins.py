"""Data of a regression discontinuity plot: binned means, and a global polynomial on each side.

Calonico, Cattaneo and Titiunik (2015), "Optimal Data-Driven Regression Discontinuity Plots",
Journal of the American Statistical Association 110(512). Nothing is drawn here.
"""

from dataclasses import dataclass
from itertools import chain
from math import isfinite
from typing import Literal, get_args

import numpy as np
from numpy.polynomial import Legendre, Polynomial
from numpy.polynomial.legendre import legvander
from scipy.special import stdtrit

from evaluation.estimators.arguments import as_pair, check_choice, require
from evaluation.estimators.checks.bin_counts import (
    ORDER,
    BinnedSide,
    BinnedSides,
    Spacing,
    has_repeated_scores,
    optimal_counts,
    scaled_counts,
    solve_normal_equations,
    split_sides,
    to_unit_interval,
)
from evaluation.estimators.discontinuity import Bin, Counts, Curve, Estimator, RDBins, Sides
from evaluation.estimators.rd.cells import Floats
from evaluation.estimators.rd.cleaning import read_columns
from evaluation.estimators.rd.fits import kernel_weights
from evaluation.estimators.rd.results import SIDES, EstimationError
from evaluation.estimators.rd.sample import Data, RDSample
from evaluation.estimators.rd.spec import Bandwidth, Kernel, RDSpec
from evaluation.estimators.results import EstimatorWarning, NotEstimable

Rule = Literal["imse", "mimicking"]


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
    """Bin the outcome by score on both sides of the cut-off, and fit a global polynomial to each.

    Parameters
    ----------
    data : pandas.DataFrame or RDSample
        One row per observation; incomplete rows are left out and counted.
    spec : RDSpec
        Columns, bandwidths and variance estimator.
    spacing : {"even", "quantile"}
        Bins of equal width, or with equally many rows.
    rule : {"imse", "mimicking"}
        Number of bins that minimises the integrated mean squared error of the binned means, or
        under which these vary as the data do.
    estimator : {"spacings", "polynomial"}
        Estimator of the conditional variance: differences of neighbouring rows, or a polynomial.
        With ``masspoints="adjust"`` and a fifth of a side's scores repeated it is the polynomial.
    number : int or (int, int), optional
        Number of bins, in the place of the rule's.
    scale : float or (float, float), default 1.0
        Factor of the rule's number.
    p : int, default 4
        Order of the curve.
    kernel : str, default "uniform"
    h : float or (float, float), optional
        Weights of the curve, within ``h`` of the cut-off; the whole side by default. Covariates
        enter the curve with common slopes; binned means are unweighted.
    points : int, default 100
        Points of each curve.

    Returns
    -------
    RDBins or NotEstimable

    Raises
    ------
    ValueError
        If a setting is not among its choices or not positive.

    Notes
    -----
    With n rows in all and J bins on a side, J_imse = ceil((2 B / V)**(1/3) n**(1/3)) and
    J_mimicking = ceil(Var(y) / V x n / log(n)**2); B and V are the constants of integrated squared
    bias and variance of Calonico, Cattaneo and Titiunik (2015).
    """
    counts = (1 if number is None else number, scale, 1.0 if h is None else h)
    _check(spacing, rule, estimator, kernel, p, points, [*chain(*map(as_pair, counts))])
    try:
        columns = read_columns(RDSample.of(data).table, spec)
        sides = split_sides(columns, spec)
        _check_scores(sides, p)
        warnings = columns.warnings
        if estimator == "spacings" and spec.masspoints == "adjust" and has_repeated_scores(sides):
            estimator = "polynomial"
            warnings += (
                EstimatorWarning(
                    "repeated_scores",
                    "scores repeat: polynomials, not neighbours, choose the number of bins",
                ),
            )
        with np.errstate(all="ignore"):  # overflow is detected below
            imse, mimicking = optimal_counts(sides, spacing, estimator)
            chosen = imse if rule == "imse" else mimicking
            chosen_number = (
                scaled_counts(chosen, as_pair(scale)) if number is None else as_pair(number)
            )
            curves, n_curve = _curves(sides, spec.cutoff, p, kernel, h, points)
            bins = [
                _bins(side, side.bin_edges(spacing, n_bins), spec.level)
                for side, n_bins in zip(sides, chosen_number, strict=True)
            ]
        _check_finite(curves, bins)
    except EstimationError as refused:
        return refused.not_estimable
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


# -- The curve -------------------------------------------------------------------------------------
def _curves(
    sides: BinnedSides, cutoff: float, p: int, kernel: Kernel, h: Bandwidth | None, points: int
) -> tuple[tuple[Curve, Curve], Counts]:
    """Global polynomials of both sides, and the rows behind them. Raises EstimationError."""
    left, right = (
        _WindowFit.of(side, cutoff, bandwidth, p, kernel)
        for side, bandwidth in zip(sides, _curve_bandwidths(sides, h), strict=True)
    )
    products = left.residual_products() + right.residual_products()
    slopes = np.linalg.lstsq(products[1:, 1:], products[1:, 0], rcond=None)[0].astype(float)
    centre = np.concatenate([side.covariates for side in sides]).mean(axis=0) @ slopes
    curves = left.curve(slopes, centre, points), right.curve(slopes, centre, points)
    return curves, (left.rows, right.rows)


def _curve_bandwidths(sides: BinnedSides, h: Bandwidth | None) -> Sides:
    return (sides[0].width, sides[1].width) if h is None else as_pair(h)


@dataclass(frozen=True, eq=False)
class _WindowFit:
    """Weighted polynomials of outcome and covariates in one window, and their residuals."""

    columns: Floats
    weight: Floats
    basis: Floats
    coefficients: Floats
    domain: Sides
    cutoff: float
    rows: int

    @classmethod
    def of(cls, side: BinnedSide, cutoff: float, h: float, p: int, kernel: Kernel) -> "_WindowFit":
        """Raises EstimationError where the window has too few distinct scores."""
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
        basis = legvander(to_unit_interval(score, domain), p).astype(float, copy=False)
        weighted_basis = basis * weight[:, None]
        coefficients = solve_normal_equations(weighted_basis.T @ basis, weighted_basis.T @ columns)
        return cls(columns, weight, basis, coefficients, domain, cutoff, int((weight > 0).sum()))

    def residual_products(self) -> Floats:
        """(columns, columns): weighted cross-products of the residuals."""
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


# -- Binned means ----------------------------------------------------------------------------------
def _bins(side: BinnedSide, bin_edges: Floats, level: float) -> list[Bin]:
    """Bins that hold rows. Of coinciding quantiles, the last of the empty bins holds them."""
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


# -- Conditions ------------------------------------------------------------------------------------
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


def _check_scores(sides: BinnedSides, p: int) -> None:
    needed = max(p + 1, 2)
    for side, where in zip(sides, SIDES, strict=True):
        if not side.distinct:
            raise EstimationError("one_side", f"No row has a score {where}.")
        if side.distinct < needed:
            detail = f"{side.distinct} distinct scores {where}: {needed} are needed."
            raise EstimationError("few_scores", detail, side.distinct)


def _check_finite(curves: tuple[Curve, Curve], bins: list[list[Bin]]) -> None:
    dots = [(dot.mean_score, dot.mean_outcome, dot.se or 0.0) for dot in chain(*bins)]
    lines = [curve.coefficients + curve.outcome for curve in curves]
    if not all(map(isfinite, chain(*dots, *lines))):
        raise EstimationError("out_of_range", "The numbers are too large for their powers.")
