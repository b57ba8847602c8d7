"""Reads: the views that a person keeps of a list, and how far an act on many rows is."""

from collections import defaultdict
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from alliances.lists.models import BulkAct, BulkRow, SavedView
from alliances.people.models import Membership, User
from kit.names import by_name

#: Rows with one reason that a page names; the rest are counted.
NAMED = 200


def views_of(person: User, list_name: str) -> QuerySet[SavedView]:
    """The views that a person keeps of a list, by name."""
    return SavedView.objects.filter(person=person, list_name=list_name).order_by(*by_name("name"))


def bulk_of(membership: Membership, key: UUID) -> BulkAct | None:
    """The member's own act on many of that key."""
    return BulkAct.objects.filter(membership=membership, key=key).first()


@dataclass(frozen=True)
class BulkCounts:
    """Rows of an act on many by what became of them."""

    total: int
    done: int
    left: int

    @property
    def waiting(self) -> int:
        return self.total - self.done - self.left

    @property
    def percent(self) -> int:
        return 100 * (self.done + self.left) // self.total if self.total else 100


def counts_of_bulk(bulk: BulkAct) -> BulkCounts:
    """How far it is."""
    return BulkCounts(
        **bulk.rows.aggregate(
            total=Count("pk"),
            done=Count("pk", filter=Q(state=BulkRow.State.DONE)),
            left=Count("pk", filter=Q(state=BulkRow.State.LEFT)),
        )
    )


@dataclass(frozen=True)
class RowsAlike:
    """Rows that were left for the same reason, or that have none."""

    problem: str
    rows: tuple[BulkRow, ...]

    @property
    def named(self) -> tuple[BulkRow, ...]:
        return self.rows[:NAMED]

    @property
    def unnamed(self) -> int:
        """How many more there are than a page names."""
        return len(self.rows) - len(self.named)


def rows_alike(bulk: BulkAct, state: BulkRow.State) -> list[RowsAlike]:
    """The rows of that state by what is said of them, the most frequent first."""
    by_problem: dict[str, list[BulkRow]] = defaultdict(list)
    for row in bulk.rows.filter(state=state).order_by("pk"):
        by_problem[row.problem].append(row)
    alike = [RowsAlike(problem, tuple(rows)) for problem, rows in by_problem.items()]
    return sorted(alike, key=lambda group: -len(group.rows))
