"""Local randomisation inference: near the cut-off, sides are taken as assigned by lot.

Cattaneo, Frandsen and Titiunik (2015), "Randomization Inference in the Regression Discontinuity
Design", Journal of Causal Inference 3(1). Assignment is by scored unit: whole alliances change
sides, never their members. The test is exact with any number of units.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import isfinite

import numpy as np

from evaluation.estimators.arguments import as_pair, require
from evaluation.estimators.checks.assignments import ROUNDING, randomise
from evaluation.estimators.discontinuity import Counts, Sides
from evaluation.estimators.rd.cells import Bools, Floats
from evaluation.estimators.rd.cleaning import Columns, read_columns
from evaluation.estimators.rd.results import EstimationError
from evaluation.estimators.rd.sample import Data, RDSample
from evaluation.estimators.rd.spec import Bandwidth, RDSpec
from evaluation.estimators.results import NotEstimable, ReasonCode

#: Covariate p-value under which a window is unbalanced (Cattaneo, Frandsen and Titiunik 2015).
BALANCED = 0.15
#: Windows tried at most, and units that each adds on either side.
WINDOWS, STEP = 20, 2
#: Share of the range by which a unit's mean score may miss the edge of a window.
EDGE_TOLERANCE = 1e-10


@dataclass(frozen=True)
class SearchWindow:
    """One window of the search.

    Parameters
    ----------
    width : float
        Distance from the cut-off, in units of the score.
    units : (int, int)
    pv_balance : float or None
        Smallest p-value of the covariates; None without covariates.
    """

    width: float
    units: Counts
    pv_balance: float | None


@dataclass(frozen=True)
class LocalRandomisation:
    """Randomisation test of no effect within a window.

    Pairs are (left, right), intervals (low, high).

    Parameters
    ----------
    effect : float
        Mean above less mean below, over rows in the window: an intention-to-treat effect.
    pv : float
        Exact p-value of the sharp null that assignment affects nobody.
    ci : (float, float) or None
        Constant effects that are not rejected; None where the draws cannot reject any.
    means : (float, float)
    first_stage, pv_first_stage : float or None
        The same of the treatment.
    wald : float, NotEstimable or None
        Effect over first stage.
    window : (float, float)
        Distances from the cut-off.
    tried : tuple of SearchWindow
        Windows of the search; empty when the window was given.
    units, rows : (int, int)
        Clusters (rows, without clusters), and rows.
    draws : int
        Assignments compared.
    exact : bool
        Whether these are all there are.
    smallest_pv : float
        Lower bound of the attainable p-values.
    warnings, dropped : tuple
        As in ``RDEstimate``.
    """

    effect: float
    pv: float
    ci: Sides | None
    means: Sides
    first_stage: float | None
    pv_first_stage: float | None
    wald: float | NotEstimable | None
    window: Sides
    tried: tuple[SearchWindow, ...]
    units: Counts
    rows: Counts
    draws: int
    exact: bool
    smallest_pv: float
    warnings: tuple[str, ...] = ()
    dropped: tuple[tuple[str, str], ...] = ()


def local_randomisation(
    data: Data,
    spec: RDSpec,
    *,
    window: Bandwidth | None = None,
    units_a_side: int = 10,
    draws: int = 9999,
    seed: int = 0,
    order: int = 0,
) -> LocalRandomisation | NotEstimable:
    """Randomisation test and estimate of the difference of means near the cut-off.

    Parameters
    ----------
    data : pandas.DataFrame or RDSample
        One row per observation; incomplete rows are left out and counted.
    spec : RDSpec
        Columns, bandwidths and variance estimator. ``cluster`` names the units of assignment; those
        with rows on both sides are left out and counted.
    window : float or (float, float), optional
        Distances from the cut-off, edges included. Selected unless given.
    units_a_side : int, default 10
        Least units a side of a selected window.
    draws : int, default 9999
        All assignments are compared if there are at most so many, else as many random ones.
    seed : int
    order : int, default 0
        If positive, outcome and treatment are first detrended by a polynomial of the score of that
        order, fitted on each side.

    Returns
    -------
    LocalRandomisation or NotEstimable

    Raises
    ------
    ValueError
        If a setting has no meaning.

    Notes
    -----
    The statistic is the difference of means, units weighted by their rows, with the number of units
    above held fixed. A window is selected as the widest of nested ones, in steps of two units a
    side, such that in none up to it any covariate has p < 0.15 (Cattaneo, Frandsen and Titiunik
    2015); without covariates, as the narrowest with ``units_a_side`` units a side. The interval
    inverts the test over constant effects.
    """
    _check(spec, window, units_a_side, draws, order)
    try:
        columns = read_columns(RDSample.of(data).table, spec)
        units, split = _units(columns, spec)
        with np.errstate(all="ignore"):  # overflow is detected below
            tried: tuple[SearchWindow, ...] = ()
            if window is None:
                width, tried = _choose_window(units, units_a_side, draws, seed)
                window = width, width
            inside_units = units.within(as_pair(window))
            result = _test_within(inside_units, as_pair(window), spec, draws, seed, order)
    except EstimationError as refused:
        return refused.not_estimable
    return replace(
        result,
        tried=tried,
        warnings=(
            *columns.warnings,
            *_warnings(units, inside_units, result, split, spec, units_a_side),
        ),
        dropped=columns.dropped + ((("clusters", f"{split} on both sides"),) if split else ()),
    )


# -- Units -----------------------------------------------------------------------------------------
@dataclass(frozen=True, eq=False)
class _Units:
    """Units with their signed distance from the cut-off, weight, rows and means of the columns.

    Columns are outcome, treatment in fuzzy designs (the ``leading`` ones), covariates. few: the
    reason when there are too few units.
    """

    distance: Floats
    above: Bools
    weight: Floats
    rows: Floats
    means: Floats
    leading: int
    tolerance: float
    few: ReasonCode

    def select(self, mask: Bools) -> "_Units":
        return replace(
            self,
            distance=self.distance[mask],
            above=self.above[mask],
            weight=self.weight[mask],
            rows=self.rows[mask],
            means=self.means[mask],
        )

    def within(self, window: Sides) -> "_Units":
        left, right = window
        reach = np.where(self.above, right, left) + self.tolerance
        return self.select(np.abs(self.distance) <= reach)

    @property
    def by_side(self) -> Counts:
        above = int(self.above.sum())
        return len(self.above) - above, above

    @property
    def rows_by_side(self) -> Counts:
        return int(self.rows[~self.above].sum()), int(self.rows[self.above].sum())

    def detrended(self, order: int) -> "_Units":
        """Outcome and treatment net of their slopes. Raises EstimationError."""
        if not order:
            return self
        means = self.means.copy()
        for side in (self.above, ~self.above):
            means[side, : self.leading] -= self.select(side)._slopes(order)
        return replace(self, means=means)

    def _slopes(self, order: int) -> Floats:
        """Fitted polynomial of the score without its constant, for the leading columns."""
        distinct = len(np.unique(self.distance))
        if distinct < order + 2:
            detail = f"{distinct} distinct scores on a side: a slope of order {order} needs more."
            raise EstimationError("few_scores", detail, distinct)
        powers = np.vander(self.distance / np.abs(self.distance).max(), order + 1, increasing=True)
        root = np.sqrt(self.weight)[:, None]
        coefficients = np.linalg.lstsq(
            powers * root, self.means[:, : self.leading] * root, rcond=None
        )[0]
        return np.asarray(powers[:, 1:] @ coefficients[1:], np.float64)


def _units(columns: Columns, spec: RDSpec) -> tuple[_Units, int]:
    """Units that lie on one side, and how many lie on both. Raises EstimationError."""
    score, codes = columns.score, columns.cluster
    codes = np.arange(len(score)) if codes is None else np.unique(codes, return_inverse=True)[1]
    weight = np.ones(len(score)) if columns.weight is None else columns.weight
    rows = np.bincount(codes).astype(float)
    total = np.bincount(codes, weight).astype(float)
    share = np.bincount(codes, score >= spec.cutoff) / rows
    units = _Units(
        distance=np.bincount(codes, score - spec.cutoff) / rows,
        above=share == 1,
        weight=total,
        rows=rows,
        means=np.stack(
            [np.bincount(codes, weight * column) / total for column in columns.values], 1
        ),
        leading=2 if spec.is_fuzzy else 1,
        tolerance=EDGE_TOLERANCE * float(np.ptp(score)),
        few=spec.few_units,
    )
    whole = (share == 0) | (share == 1)
    units, split = units.select(whole), int((~whole).sum())
    if not all(units.by_side):
        where = "at or above the cut-off" if units.by_side[0] else "below the cut-off"
        also = f"; {split} clusters have rows on both sides" if split else ""
        raise EstimationError("one_side", f"No unit lies {where}{also}.")
    return units, split


def _choose_window(
    units: _Units, minimum: int, draws: int, seed: int
) -> tuple[float, tuple[SearchWindow, ...]]:
    """Selected window, and those of the search. Raises EstimationError."""
    distance = np.abs(units.distance)
    inside_units = [np.sort(distance[side]) for side in (~units.above, units.above)]
    available = min(map(len, inside_units))
    if available < minimum:
        detail = (
            f"{available} units on a side where a window is chosen from {minimum}: give the window."
        )
        raise EstimationError(units.few, detail, available)
    if units.means.shape[1] == units.leading:
        width = float(max(side[minimum - 1] for side in inside_units))
        return width, (SearchWindow(width, units.within((width, width)).by_side, None),)
    selected, tried = None, []
    for n_units in range(minimum, min(available, minimum + STEP * (WINDOWS - 1)) + 1, STEP):
        width = float(max(side[n_units - 1] for side in inside_units))
        inside = units.within((width, width))
        pv = _smallest_balance_pv(inside, draws, seed)
        tried.append(SearchWindow(width, inside.by_side, pv))
        if pv < BALANCED:
            break
        selected = width
    if selected is None:
        detail = f"Even with {minimum} units a side a covariate differs, p = {pv:.3f}."
        raise EstimationError("unbalanced", detail)
    return selected, tuple(tried)


def _smallest_balance_pv(units: _Units, draws: int, seed: int) -> float:
    reference = randomise(units.above, units.weight, units.means[:, units.leading :], draws, seed)
    return min(reference.pv(i) for i in range(len(reference.observed)))


# -- The test --------------------------------------------------------------------------------------
def _test_within(
    inside_units: _Units, window: Sides, spec: RDSpec, draws: int, seed: int, order: int
) -> LocalRandomisation:
    """Test within a window. Raises EstimationError."""
    _check_units(inside_units)
    detrended = inside_units.detrended(order)
    leading = detrended.means[:, : detrended.leading]
    reference = randomise(
        detrended.above,
        detrended.weight,
        np.column_stack([leading, detrended.above]),
        draws,
        seed,
    )
    means = [_weighted_mean(detrended, side) for side in (~detrended.above, detrended.above)]
    effect, first_stage, wald = float(reference.observed[0]), None, None
    if spec.is_fuzzy:
        first_stage = float(reference.observed[1])
        wald = _wald(effect, first_stage, float(reference.tolerance[1]))
    below, above = inside_units.by_side
    swapped = 2 if reference.exact and below == above else 1
    result = LocalRandomisation(
        effect=effect,
        pv=reference.pv(0),
        ci=reference.interval(0, detrended.leading, (100 - spec.level) / 100),
        means=(means[0], means[1]),
        first_stage=first_stage,
        pv_first_stage=reference.pv(1) if spec.is_fuzzy else None,
        wald=wald,
        window=window,
        tried=(),
        units=inside_units.by_side,
        rows=inside_units.rows_by_side,
        draws=len(reference.draws),
        exact=reference.exact,
        smallest_pv=swapped / (len(reference.draws) + reference.n_added),
    )
    numbers = (effect, *means, *(result.ci or ()), first_stage or 0.0)
    if not all(map(isfinite, numbers)):
        raise EstimationError("out_of_range", "The numbers are too large to be added up.")
    return result


def _weighted_mean(units: _Units, side: Bools) -> float:
    return float(np.average(units.means[side, 0], weights=units.weight[side]))


def _wald(effect: float, first_stage: float, tolerance: float) -> float | NotEstimable:
    if abs(first_stage) <= tolerance:
        return NotEstimable("no_first_stage", 0, "The treatment is alike on both sides.")
    return effect / first_stage


# -- Conditions and warnings -----------------------------------------------------------------------
def _check(
    spec: RDSpec, window: Bandwidth | None, units_a_side: int, draws: int, order: int
) -> None:
    require(
        {
            "units are drawn for jumps, not kinks": spec.deriv == 0,
            "the window is positive": window is None or all(side > 0 for side in as_pair(window)),
            "units_a_side is at least 2": units_a_side >= 2,
            "draws are at least 1": draws >= 1,
            "order is a whole number from 0 to 4": order in range(5),
        }
    )


def _check_units(inside_units: _Units) -> None:
    below, above = inside_units.by_side
    if not below or not above:
        raise EstimationError(
            "one_side", f"Within the window {below} units lie below and {above} above."
        )
    if min(below, above) < 2:
        detail = f"{below} units below and {above} above: one alone cannot be drawn again."
        raise EstimationError(inside_units.few, detail, min(below, above))
    if not np.isfinite(inside_units.means).all():
        raise EstimationError("out_of_range", "The numbers are too large to be added up.")
    outcome = inside_units.means[:, 0]
    if np.ptp(outcome) <= ROUNDING * np.abs(outcome).max():
        raise EstimationError(
            "constant_nearby", "Within the window the outcome does not vary by unit."
        )


def _warnings(
    units: _Units,
    inside_units: _Units,
    result: LocalRandomisation,
    split: int,
    spec: RDSpec,
    units_a_side: int,
) -> Iterator[str]:
    if split:
        yield f"{split} clusters have rows on both sides of the cut-off and are left out"
    if min(inside_units.by_side) < units_a_side:
        yield f"fewer than {units_a_side} units on a side of the window"
    if result.smallest_pv > (100 - spec.level) / 100:
        yield "too few units for any difference to be significant"
    if spec.cluster is None and len(np.unique(units.distance)) < len(units.distance) / 2:
        yield "rows share scores: without a cluster each is drawn alone, and p is too small"
