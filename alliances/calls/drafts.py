"""A call before it exists: what it takes to write one, and reading it from a file of the app."""

import json
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data"
#: The calls that the domain facts know, oldest first, and one open example.
EXAMPLES = (
    "2016_phase_3.json",
    "2020_first.json",
    "2023_for_life.json",
    "2026_example.json",
)


@dataclass(frozen=True)
class RegionDraft:
    """Money and cut-off of one call region."""

    call_region: str
    budget_cop: Decimal
    cutoff: Decimal


@dataclass(frozen=True)
class OptionDraft:
    """One answer: points from 0 to 100 and what it looks like."""

    points: Decimal
    descriptor: str


@dataclass(frozen=True)
class CriterionDraft:
    """One criterion of the rubric with its options."""

    group: str
    position: int
    name: str
    guidance: str
    weight: Decimal
    is_affirmative: bool
    options: tuple[OptionDraft, ...]


@dataclass(frozen=True)
class LimitDraft:
    """One eligibility limit, where it comes from and how sure that is."""

    code: str
    unit: str
    minimum: Decimal | None
    maximum: Decimal | None
    source: str = ""
    confidence: str = ""


@dataclass(frozen=True)
class CallDraft:
    """Everything a call says, before anybody seals it."""

    code: str
    name: str
    opens_on: date
    closes_on: date
    wage_year: int
    regime: str
    regions: tuple[RegionDraft, ...] = ()
    criteria: tuple[CriterionDraft, ...] = ()
    limits: tuple[LimitDraft, ...] = ()
    source: str = ""
    rubric_source: str = ""


def read_draft(path: Path) -> CallDraft:
    """The call written in a JSON file; its rubric is a file beside it."""
    data = json.loads(path.read_text(encoding="utf-8"))
    rubric = json.loads((path.parent / data["rubric"]).read_text(encoding="utf-8"))
    return CallDraft(
        code=data["code"],
        name=data["name"],
        opens_on=date.fromisoformat(data["opens_on"]),
        closes_on=date.fromisoformat(data["closes_on"]),
        wage_year=data["wage_year"],
        regime=data["regime"],
        regions=tuple(
            RegionDraft(row["call_region"], Decimal(row["budget_cop"]), Decimal(row["cutoff"]))
            for row in data["regions"]
        ),
        criteria=tuple(_criterion(row) for row in rubric),
        limits=tuple(_limit(row) for row in data["eligibility"]),
        source=data["source"],
        rubric_source=data["rubric_source"],
    )


def _criterion(row: dict[str, Any]) -> CriterionDraft:
    options = (
        OptionDraft(Decimal(option["points"]), option["descriptor"]) for option in row["options"]
    )
    return CriterionDraft(
        **(row | {"weight": Decimal(row["weight"]), "options": tuple(options)}),
    )


def _limit(row: dict[str, Any]) -> LimitDraft:
    ends = {end: Decimal(row[end]) if row[end] else None for end in ("minimum", "maximum")}
    return LimitDraft(**(row | ends))
