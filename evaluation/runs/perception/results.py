"""The frozen shapes of a perception result. Pure; counts of too few people are already hidden."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from evaluation.estimators.results import Estimate, NotEstimable, from_data
from evaluation.estimators.survey.results import Association

#: The group of those of whom it is not known.
UNKNOWN = ""
#: Of the programme's dictionary: the rating of one kind of support that one person gave.
SUPPORT = re.compile(r"support_(?P<kind>[a-z]+)_(?P<person>[a-z]+)")
NOT_RECEIVED, GOOD = "0", frozenset({"4", "5"})


@dataclass(frozen=True)
class Cell:
    """One answer: how many gave it (None: hidden) and their share."""

    code: str
    n: int | None
    share: Estimate | NotEstimable


@dataclass(frozen=True)
class GroupRow:
    """Everybody, or one group, by answer; None where there are too few."""

    group: str
    n: int | None
    alliances: int | None
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Question:
    """A question by group; of everybody it has one row."""

    name: str
    rows: tuple[GroupRow, ...]


@dataclass(frozen=True)
class Rating:
    """A kind of support by the person who gave it: who received it, and who of them rates it well.

    Well is «good» or «very good».
    """

    kind: str
    person: str
    received: Estimate | NotEstimable
    good: Estimate | NotEstimable


@dataclass(frozen=True)
class GroupComparison:
    """Do ``groups`` groups answer a question alike? ``adjusted`` by Holm over all of the run."""

    question: str
    group: str
    groups: int
    test: Association | NotEstimable
    adjusted: float | None


@dataclass(frozen=True)
class Sample:
    """Who answered in the wave, and how many of them have no usable weight."""

    responses: int
    without_weight: int
    alliances: int
    departments: int


@dataclass(frozen=True)
class PerceptionResult:
    """What is there of a result."""

    sample: Sample
    questions: tuple[Question, ...]
    support: tuple[Rating, ...]
    groups: dict[str, tuple[Question, ...]]
    comparisons: tuple[GroupComparison, ...]


def result_of(parts: Mapping[str, Any]) -> PerceptionResult | None:
    """The result as far as its parts are there; None before the headline."""
    if "overall" not in parts:
        return None
    by_group = {name.removeprefix("by_"): data for name, data in parts.items() if name[:3] == "by_"}
    return PerceptionResult(
        sample=from_data(Sample, parts["sample"]),
        questions=from_data(tuple[Question, ...], parts["overall"]),
        support=from_data(tuple[Rating, ...], parts.get("support", [])),
        groups={name: from_data(tuple[Question, ...], data) for name, data in by_group.items()},
        comparisons=from_data(tuple[GroupComparison, ...], parts.get("comparisons", [])),
    )
