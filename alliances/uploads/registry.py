"""The kinds of table that enter row by row, as rooms register them.

Each row is an act of its own, by the very form and service of one.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.utils.functional import Promise

from alliances.people.models import Membership
from kit.access import Verdict
from kit.errors import RowError
from kit.files.columns import Column, Record


class RowState(StrEnum):
    """What would become of a row, or became of it."""

    NEW = "new"
    LEFT = "left"
    REFUSED = "refused"


@dataclass(frozen=True)
class PlannedRow:
    """A row of the file: who or what it names, and what would become of it and why."""

    number: int
    label: str
    state: RowState
    says: str = ""
    mistakes: tuple[RowError, ...] = ()
    identity: Hashable = None
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class RowOutcome:
    """What became of a row; ``link`` is shown this once, to be sent to who it is for."""

    number: int
    label: str
    state: RowState
    says: str = ""
    link: str = ""


Planner = Callable[[Record], PlannedRow]


@dataclass(frozen=True)
class TableKind:
    """One kind of table: its words, its columns, who may send it, and what a row is and does.

    ``planner`` reads once what all the rows of a table are judged by.
    """

    word: str
    title: Promise | str
    lead: Promise | str
    back: str
    back_title: Promise | str
    sheet: str
    columns: Callable[[], tuple[Column, ...]]
    can: Callable[[Membership], Verdict]
    planner: Callable[[Sequence[Record], Membership, datetime], Planner]
    perform: Callable[[PlannedRow, Membership, datetime, UUID], RowOutcome]


KINDS: dict[str, TableKind] = {}


def register(kind: TableKind) -> None:
    """Let tables of this kind come in."""
    KINDS[kind.word] = kind


def refused(record: Record, label: str, problems: Mapping[str, str]) -> PlannedRow:
    """A row with what is wrong in it, by key of column."""
    mistakes = tuple(record.mistake(key, message) for key, message in problems.items())
    return PlannedRow(record.row, label, RowState.REFUSED, mistakes=mistakes)
