"""What a study of operations fixes before anything is counted. Pure.

It reads the stored rows and no survey: what happened to alliances and requests, how long it took
and who held it. ``docs/method.md`` says how each figure is reckoned.
"""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from evaluation.estimators.stored import StoredSpec

Comparison = Literal["call", "region", "regime"]
COMPARISONS: tuple[Comparison, ...] = ("call", "region", "regime")


@dataclass(frozen=True)
class OperationsSpec(StoredSpec):
    """Every choice of a run of operations.

    from_on, until_on: what began on these days or between them; it is followed until the end of the
    last one, and what was still going on then counts as not over. calls, regimes, departments:
    codes; none of them means all. compare_by: what every figure is told apart by. minimum_cell: a
    figure of fewer cases is not told. level: of the intervals, in per cent.

    Raises ValueError.
    """

    from_on: date
    until_on: date
    calls: tuple[str, ...] = ()
    regimes: tuple[str, ...] = ()
    departments: tuple[str, ...] = ()
    compare_by: tuple[Comparison, ...] = COMPARISONS
    minimum_cell: int = 10
    level: float = 95.0

    def __post_init__(self) -> None:
        rules = {
            "the period ends before it begins": self.from_on <= self.until_on,
            "nothing is compared by an unknown thing": {*self.compare_by} <= {*COMPARISONS},
            "each choice is named once": all(
                len(names) == len({*names})
                for names in (self.calls, self.regimes, self.departments, self.compare_by)
            ),
            "a cell needs 3 cases or more": self.minimum_cell >= 3,
            "the level lies between 50 and 100": 50 < self.level < 100,
        }
        if broken := [rule for rule, holds in rules.items() if not holds]:
            raise ValueError("; ".join(broken))
