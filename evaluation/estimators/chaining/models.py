"""Adjusted differences and trends of the outcomes over the levels of one dimension."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from evaluation.estimators.chaining.adjusted import (
    DependentVariable,
    Model,
    RegressionDesign,
    bootstrap_intervals,
    difference,
    fit_model,
    slope_test,
)
from evaluation.estimators.chaining.clusters import Codes, Floats, codes_of
from evaluation.estimators.chaining.results import (
    AdjustedDifference,
    AgeSlope,
    Comparison,
    Trend,
)
from evaluation.estimators.chaining.spec import (
    DIMENSIONS,
    OUTCOMES,
    ChainingSpec,
    DimensionName,
    OutcomeName,
)
from evaluation.estimators.chaining.tables import levels
from evaluation.estimators.results import Estimate, Interval, NotEstimable, Test

LOW, MEDIUM, HIGH = 0, 1, 2
AGAINST_LOW: tuple[tuple[Comparison, int], ...] = (("medium_vs_low", MEDIUM), ("high_vs_low", HIGH))
TREND_NULL = "the outcome does not move with the level"
AGE_NULL = "the index does not move with the age of the organisation"
NOT_BOOTSTRAPPED = NotEstimable("not_requested")


@dataclass(frozen=True)
class OutcomeComparison:
    """One outcome over the levels of one dimension, restricted to complete rows."""

    spec: ChainingSpec
    dimension: DimensionName
    outcome: OutcomeName
    department_effects: bool
    levels: Codes
    values: Floats
    controls: Floats
    clusters: Codes
    departments: Codes

    def fit(self, contrasts: Floats) -> Model | NotEstimable:
        """Model of the outcome with these contrasts, unless there are too few clusters."""
        return self.too_few() or fit_model(self._outcome(), self.design(contrasts))

    def design(self, contrasts: Floats) -> RegressionDesign:
        """Contrasts, controls, clusters and department effects."""
        departments = self.departments if self.department_effects else None
        return RegressionDesign(
            contrasts, self.controls, self.clusters, departments, self.spec.minimum_clusters
        )

    def too_few(self) -> NotEstimable | None:
        """Reason where there are too few clusters for any model."""
        groups = int(np.unique(self.clusters).size)
        return NotEstimable("few_clusters", groups) if groups < self.spec.minimum_clusters else None

    def sparse(self, chosen: Codes) -> NotEstimable | None:
        """Reason why a group of rows cannot be compared, if it cannot."""
        groups = int(np.unique(self.clusters[chosen]).size)
        if groups == 0:
            return self.too_few() or NotEstimable("empty_level")
        if groups < self.spec.minimum_clusters:
            return self.too_few() or NotEstimable("sparse_level", groups)
        return None

    def _outcome(self) -> DependentVariable:
        if self.outcome == "income_change_cop":
            return DependentVariable(self.values, "amount")
        threshold = self.spec.wellbeing_improved_from if self.outcome == "wellbeing" else 1
        return DependentVariable(self.values, "answer", threshold)


def comparisons(
    frame: pd.DataFrame, spec: ChainingSpec, dimension: DimensionName
) -> Iterator[OutcomeComparison]:
    """Each outcome without and with department effects."""
    codes = levels(frame, spec, dimension)
    controls = frame[list(spec.covariates)].to_numpy(dtype=float)
    for outcome in OUTCOMES:
        values = frame[outcome].to_numpy()
        known = np.isfinite(values) & np.isfinite(controls).all(axis=1)
        clusters, departments = (
            codes_of(frame[name].to_numpy()[known]) if known.any() else codes[known]
            for name in ("alliance", "department")
        )
        for effects in (False, True):
            yield OutcomeComparison(
                spec=spec,
                dimension=dimension,
                outcome=outcome,
                department_effects=effects,
                levels=codes[known],
                values=values[known],
                controls=controls[known],
                clusters=clusters,
                departments=departments,
            )


def differences(comparison_data: OutcomeComparison, seed: int) -> Iterator[AdjustedDifference]:
    """Medium and high against low, then high against the rest."""
    yield from _against_low(comparison_data, seed)
    high = comparison_data.levels == HIGH
    absent = comparison_data.sparse(high) or comparison_data.sparse(~high)
    model = absent or comparison_data.fit(high[:, None].astype(float))
    yield _difference(comparison_data, "high_vs_rest", model, 0, NOT_BOOTSTRAPPED)


def trend(comparison_data: OutcomeComparison) -> Trend:
    """Test with the level scored 0, 1, 2."""
    model = comparison_data.fit(comparison_data.levels[:, None].astype(float))
    test = model if isinstance(model, NotEstimable) else slope_test(model, 0, TREND_NULL)
    return Trend(comparison_data.outcome, comparison_data.department_effects, test)


def age_slope(frame: pd.DataFrame, spec: ChainingSpec, dimension: DimensionName) -> AgeSlope:
    """Least squares of the index on the age of the organisation, clustered by alliance."""
    known = frame["organisation_age_years"].notna()
    age = frame.loc[known, "organisation_age_years"].to_numpy()
    groups = int(frame.loc[known, "alliance"].nunique())
    if groups < spec.minimum_clusters:
        return AgeSlope(few := NotEstimable("few_clusters", groups), few)
    outcome = DependentVariable(frame.loc[known, dimension].to_numpy(), "amount")
    clusters = codes_of(frame.loc[known, "alliance"].to_numpy())
    model = fit_model(outcome, RegressionDesign(age[:, None], np.empty((age.size, 0)), clusters))
    if isinstance(model, NotEstimable):
        return AgeSlope(model, model)
    return AgeSlope(*difference(model, 0, alpha=spec.alpha, null=AGE_NULL))


def _against_low(comparison_data: OutcomeComparison, seed: int) -> Iterator[AdjustedDifference]:
    codes = comparison_data.levels
    present = [level for level in (MEDIUM, HIGH) if (codes == level).any()]
    contrasts = (codes[:, None] == np.array(present, dtype=np.int64)).astype(float)
    no_low = comparison_data.sparse(codes == LOW)
    model = no_low or (comparison_data.fit(contrasts) if present else NotEstimable("empty_level"))
    intervals = _bootstrap(comparison_data, model, contrasts, seed)
    for comparison, level in AGAINST_LOW:
        absent = comparison_data.sparse(codes == level)
        if absent or isinstance(model, NotEstimable):
            reason = absent if absent and not no_low else model
            yield _difference(comparison_data, comparison, reason, 0, NOT_BOOTSTRAPPED)
            continue
        column = present.index(level)
        yield _difference(comparison_data, comparison, model, column, intervals[column])


def _bootstrap(
    comparison_data: OutcomeComparison, model: Model | NotEstimable, contrasts: Floats, seed: int
) -> list[Interval | NotEstimable]:
    """Intervals from resampling whole alliances, for the models without department effects."""
    spec = comparison_data.spec
    wanted = spec.bootstrap_replicates and not comparison_data.department_effects
    if isinstance(model, NotEstimable) or not wanted:
        return [NOT_BOOTSTRAPPED] * contrasts.shape[1]
    place = DIMENSIONS.index(comparison_data.dimension), OUTCOMES.index(comparison_data.outcome)
    groups = int(comparison_data.clusters.max()) + 1
    draws = np.random.default_rng([seed, *place]).multinomial(
        groups, np.full(groups, 1 / groups), size=spec.bootstrap_replicates
    )
    return bootstrap_intervals(model, comparison_data.design(contrasts), draws, alpha=spec.alpha)


def _difference(
    comparison_data: OutcomeComparison,
    comparison: Comparison,
    model: Model | NotEstimable,
    column: int,
    bootstrap: Interval | NotEstimable,
) -> AdjustedDifference:
    estimate: Estimate | NotEstimable
    test: Test | NotEstimable
    if isinstance(model, NotEstimable):
        estimate = test = model
    else:
        estimate, test = difference(model, column, alpha=comparison_data.spec.alpha)
    return AdjustedDifference(
        outcome=comparison_data.outcome,
        comparison=comparison,
        department_effects=comparison_data.department_effects,
        estimate=estimate,
        test=test,
        bootstrap=bootstrap,
    )
