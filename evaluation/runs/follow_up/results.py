"""The frozen shapes of a follow-up result. Pure; small groups are already hidden."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from evaluation.estimators.results import Estimate, NotEstimable, from_data
from evaluation.estimators.survival.results import LogRank, SurvivalCurve

#: What is looked at, in the order of reading. PRACTICE is of producers, FUND an amount in pesos.
PRACTICE, FUND = "practice", "fund_cop"
OUTCOMES = ("alive", "ally", "any", "turning", FUND, "manager", PRACTICE)
UNKNOWN = ""


@dataclass(frozen=True)
class Look:
    """One outcome so many months after closing. ``not_yet``: alliances whose day is to come.

    ``n`` is of alliances, None where they are too few.
    """

    outcome: str
    months: int
    n: int | None
    not_yet: int | None
    estimate: Estimate | NotEstimable


@dataclass(frozen=True)
class GroupLooks:
    """Every look at one group; of all alliances ``group`` is empty."""

    group: str
    looks: tuple[Look, ...]


@dataclass(frozen=True)
class Survival:
    """How long the alliances of one group live, in months since closing."""

    group: str
    n: int | None
    curve: SurvivalCurve | NotEstimable


@dataclass(frozen=True)
class Lifetimes:
    """Curves of everybody (``group_by`` empty) or by group, and whether groups last alike."""

    group_by: str
    curves: tuple[Survival, ...]
    test: LogRank | NotEstimable | None
    adjusted: float | None


@dataclass(frozen=True)
class Funnel:
    """Alliances that closed by the reference day, of which some broke up since.

    ``not_yet``: by number of months, those whose day is to come. ``without_index``: looks at funds
    in years without a price index.
    """

    closed: int
    broke_up: int
    not_yet: dict[str, int]
    without_index: int


@dataclass(frozen=True)
class FollowUpResult:
    """What is there of a result."""

    funnel: Funnel
    looks: tuple[Look, ...]
    lifetimes: tuple[Lifetimes, ...]
    groups: dict[str, tuple[GroupLooks, ...]]


def result_of(parts: Mapping[str, Any]) -> FollowUpResult | None:
    """The result as far as its parts are there; None before the headline."""
    if "overall" not in parts:
        return None
    return FollowUpResult(
        funnel=from_data(Funnel, parts["funnel"]),
        looks=from_data(GroupLooks, parts["overall"]).looks,
        lifetimes=from_data(tuple[Lifetimes, ...], parts.get("survival", [])),
        groups={
            name.removeprefix("by_"): from_data(tuple[GroupLooks, ...], data)
            for name, data in parts.items()
            if name.startswith("by_")
        },
    )
