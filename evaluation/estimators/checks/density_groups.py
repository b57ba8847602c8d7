"""The density test within each group: in which departments were scores bent?"""

from dataclasses import dataclass
from typing import Any

from evaluation.estimators.checks.density import DensitySpec, DensityTest, density_test
from evaluation.estimators.multiplicity import holm
from evaluation.estimators.rd.results import EstimationError
from evaluation.estimators.rd.sample import Data, RDSample
from evaluation.estimators.results import NotEstimable


@dataclass(frozen=True)
class GroupDensity:
    """The test in one group. p_adjusted: by Holm, over the groups that could be tested."""

    at: Any
    found: DensityTest | NotEstimable
    p_adjusted: float | None


@dataclass(frozen=True)
class DensityByGroup:
    """The groups in order, and the rows that name none."""

    groups: tuple[GroupDensity, ...]
    dropped: tuple[tuple[str, str], ...]


def density_by(data: Data, spec: DensitySpec, by: str | int) -> DensityByGroup | NotEstimable:
    """The test on the rows of each value of column ``by``; rows without are left out and counted.

    Of 33 departments at 5 %, three or more are flagged by chance in one survey of four: read
    ``p_adjusted``. A group of a few units has hardly any power, or too few scores for a test; its
    reason is then its answer, and no sign that its scores are sound.
    """
    table = RDSample.of(data).table
    named = [name for name in (spec.score, spec.unit) if name is not None]
    try:
        table.require([*named, by])
        codes, labels = table.codes(by), table.labels(by)
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
