"""Manipulation test within each group, adjusted for multiple testing."""

from dataclasses import dataclass, replace
from typing import Any

from evaluation.estimators.checks.density import DensitySpec, density_test
from evaluation.estimators.discontinuity import DensityTest
from evaluation.estimators.multiplicity import holm
from evaluation.estimators.rd.results import EstimationError
from evaluation.estimators.rd.sample import Data, RDSample
from evaluation.estimators.rd.scores import once_read
from evaluation.estimators.results import NotEstimable


@dataclass(frozen=True)
class GroupDensity:
    """Manipulation test of one group.

    Parameters
    ----------
    at : Any
        Value of the grouping column.
    found : DensityTest or NotEstimable
    p_adjusted : float or None
        Holm-adjusted p-value over the groups that could be tested.
    """

    at: Any
    found: DensityTest | NotEstimable
    p_adjusted: float | None


@dataclass(frozen=True)
class DensityByGroup:
    """Manipulation tests by group.

    Parameters
    ----------
    groups : tuple of GroupDensity
        In order of their names.
    dropped : tuple of (str, str)
        Rows without a group.
    """

    groups: tuple[GroupDensity, ...]
    dropped: tuple[tuple[str, str], ...]


def density_by(data: Data, spec: DensitySpec, by: str | int) -> DensityByGroup | NotEstimable:
    """Test the continuity of the density of the score within each group.

    Parameters
    ----------
    data : pandas.DataFrame or RDSample
    spec : DensitySpec
    by : str or int
        Grouping column; rows without a value are left out and counted.

    Returns
    -------
    DensityByGroup or NotEstimable

    Notes
    -----
    p-values are adjusted by Holm (1979): of 33 departments tested at 5 %, three or more reject by
    chance in one survey of four. A group of a few units has little power or too few scores for a
    test; its reason is then no evidence of continuity.
    """
    table = RDSample.of(data).table
    named = [name for name in (spec.score, spec.unit) if name is not None]
    try:
        table.require([*named, by])
        codes, labels = table.codes(by), table.labels(by)
        spec = replace(spec, decimals=once_read(table.scores(spec.score, spec.decimals)))
    except EstimationError as refused:
        return refused.not_estimable
    columns = table.data[[*dict.fromkeys(named)]]
    order = sorted(range(len(labels)), key=lambda code: str(labels[code]))
    tests = [density_test(columns[codes == code], spec) for code in order]
    tested = [test.pv for test in tests if isinstance(test, DensityTest)]
    adjusted = iter(holm(tested))
    groups = tuple(
        GroupDensity(label, test, next(adjusted) if isinstance(test, DensityTest) else None)
        for label, test in zip(map(labels.__getitem__, order), tests, strict=True)
    )
    without = int((codes < 0).sum())
    return DensityByGroup(groups, (("rows", f"{without} without {by}"),) if without else ())
