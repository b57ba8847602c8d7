"""What a perception study fixes before any answer is read. Pure."""

from dataclasses import dataclass
from typing import Literal

from evaluation.estimators.stored import StoredSpec

Group = Literal["selected", "sex", "chaining", "crop", "department"]


@dataclass(frozen=True)
class PerceptionSpec(StoredSpec):
    """Every choice of a perception run.

    questions: yes-or-no and list variables of the wave. groups: what answers are told apart by.
    weight: a numeric variable of the wave, or none. chaining_study: short name of a chaining study
    of the wave, already run, whose levels are read. threshold: fewer people than these are hidden.
    minimum_clusters: fewest alliances that an interval is given for. Raises ValueError.
    """

    questions: tuple[str, ...]
    groups: tuple[Group, ...] = ("selected", "sex")
    weight: str = ""
    chaining_study: str = ""
    threshold: int = 10
    minimum_clusters: int = 10
    level: float = 95.0

    def __post_init__(self) -> None:
        if not self.questions or len({*self.questions}) < len(self.questions):
            raise ValueError("name at least one question, each once")
        if len({*self.groups}) < len(self.groups):
            raise ValueError("a group is named once")
        if ("chaining" in self.groups) != bool(self.chaining_study):
            raise ValueError("levels of chaining need the study that they are of")
        if self.threshold < 2 or self.minimum_clusters < 2:
            raise ValueError("thresholds are 2 or more")
        if not 50 < self.level < 100:
            raise ValueError("the level lies between 50 and 100")
