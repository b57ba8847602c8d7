"""What a chaining study fixes before any outcome is read, and the names of the items it reads."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Literal

from evaluation.estimators.stored import StoredSpec

MILESTONES = ("presentation", "approval", "preinvestment", "execution", "manager")
ASPECTS = ("participation", "information")
MILESTONE_ITEMS = tuple(f"{milestone}_{aspect}" for milestone in MILESTONES for aspect in ASPECTS)
ALLY_ITEMS = ("ally_buys", "ally_rules", "ally_communication", "ally_continuity")
BEHAVIOUR = ("deliveries_honoured", "price_in_range", "paid_on_time", "agreement_in_force")
SCALE_TOP = 4.0  # survey items run from 0 (nothing) to 4 (fully); shares are put on that scale

DimensionName = Literal["producers_organisation", "organisation_ally", "both"]
LevelName = Literal["low", "medium", "high"]
OutcomeName = Literal["income_improved", "income_change_cop", "wellbeing"]
DIMENSIONS: tuple[DimensionName, ...] = ("producers_organisation", "organisation_ally", "both")
LEVELS: tuple[LevelName, ...] = ("low", "medium", "high")
OUTCOMES: tuple[OutcomeName, ...] = ("income_improved", "income_change_cop", "wellbeing")


@dataclass(frozen=True)
class Thresholds:
    """An index below ``low`` is low, at or above ``high`` is high, on the 0-4 scale."""

    low: float = 1.5
    high: float = 2.5

    def __post_init__(self) -> None:
        if not 0 < self.low < self.high <= SCALE_TOP:
            raise ValueError("thresholds must satisfy 0 < low < high <= 4")


@dataclass(frozen=True)
class ChainingSpec(StoredSpec):
    """Every choice of a chaining run. The index is our own: the published one gives no weights.

    ``reference_on`` is the day at which stored behaviour and the organisation's age are read.
    ``behaviour_weight`` is the part of the ally index that comes from stored behaviour.
    ``minimum_clusters``: fewer alliances carry no interval, of all producers, of a level or of a
    difference. ``wellbeing_improved_from`` is the first answer (1-5) that counts as better off.
    Counts of fewer producers or alliances than ``threshold`` do not leave the evaluators' room.
    """

    retired: ClassVar[frozenset[str]] = frozenset({"minimum_clusters_per_level"})

    reference_on: date
    producers_organisation: Thresholds = Thresholds()
    organisation_ally: Thresholds = Thresholds()
    both: Thresholds = Thresholds()
    behaviour_weight: float = 0.5
    minimum_milestones: int = 4
    minimum_ally_items: int = 2
    minimum_behaviour: int = 2
    wellbeing_improved_from: int = 4
    covariates: tuple[str, ...] = ()
    alpha: float = 0.05
    minimum_clusters: int = 10
    bootstrap_replicates: int = 999
    threshold: int = 10

    def __post_init__(self) -> None:
        if not 0 <= self.behaviour_weight <= 1:
            raise ValueError("behaviour_weight must lie between 0 and 1")
        if not 0 < self.alpha < 1:
            raise ValueError("alpha must lie between 0 and 1")
        if not 0 <= self.bootstrap_replicates <= 9999:
            raise ValueError("bootstrap_replicates must lie between 0 and 9999")
        if self.minimum_clusters < 2:
            raise ValueError("clusters: at least two are needed")
        if self.threshold < 2:
            raise ValueError("the threshold is 2 or more")

    def thresholds(self, dimension: DimensionName) -> Thresholds:
        """The cut points of one dimension."""
        chosen: Thresholds = getattr(self, dimension)
        return chosen
