"""What a follow-up study fixes before anything is counted. Pure."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from evaluation.estimators.stored import StoredSpec

Group = Literal["route", "chaining"]


@dataclass(frozen=True)
class FollowUpSpec(StoredSpec):
    """Every choice of a follow-up run.

    reference_on: the last day whose facts are read; what lies after it is «not enough time yet».
    months: after closing, at which alliances are looked at. selling_days, fund_days, practice_days:
    a sale, a repayment, a word on practices counts for so long. pesos_of: year in whose December
    prices the fund is told. practice: a yes-or-no variable of the wave, beside what visits checked.
    chaining_study: short name of a chaining study, already run, whose levels are read. threshold:
    fewer alliances, or people, than these are hidden. minimum_clusters: fewest alliances that an
    interval over people is given for. Raises ValueError.
    """

    reference_on: date
    pesos_of: int
    months: tuple[int, ...] = (6, 12, 24)
    groups: tuple[Group, ...] = ("route",)
    chaining_study: str = ""
    practice: str = ""
    selling_days: int = 120
    fund_days: int = 365
    practice_days: int = 365
    threshold: int = 10
    minimum_clusters: int = 10
    level: float = 95.0

    def __post_init__(self) -> None:
        if not self.months or list(self.months) != sorted({*self.months}) or self.months[0] < 1:
            raise ValueError("months rise, each once, from 1 on")
        if len({*self.groups}) < len(self.groups):
            raise ValueError("a group is named once")
        if ("chaining" in self.groups) != bool(self.chaining_study):
            raise ValueError("levels of chaining need the study that they are of")
        if min(self.selling_days, self.fund_days, self.practice_days) < 1:
            raise ValueError("a fact counts for a day or more")
        if self.threshold < 2 or self.minimum_clusters < 2:
            raise ValueError("thresholds are 2 or more")
        if not 50 < self.level < 100:
            raise ValueError("the level lies between 50 and 100")
