"""The life of a thing that has a status: its moves, and all that follows from them.

A room writes its moves once. What may happen next, where an act leads, the diagram, the pairs that
the database lets through and the test that walks every cell are read from here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from kit.errors import NotAllowed


class AnyMove(Protocol):
    """What a process needs to know of a move."""

    @property
    def verb(self) -> str: ...
    @property
    def label(self) -> Promise | str: ...
    @property
    def sources(self) -> tuple[Any, ...]: ...
    @property
    def target(self) -> Any: ...


S = TypeVar("S", bound=TextChoices)
M = TypeVar("M", bound=AnyMove)


@dataclass(frozen=True)
class Move(Generic[S]):
    """A verb that takes a thing from some statuses to another, or leaves it where it is."""

    verb: str
    label: Promise | str
    sources: tuple[S, ...]
    target: S


@dataclass(frozen=True)
class Process(Generic[S, M]):
    """``noun`` begins the sentences of the database: "A request does not go from …"."""

    noun: str
    statuses: type[S]
    initial: S
    moves: tuple[M, ...]

    def leaving(self, status: str) -> tuple[M, ...]:
        """The moves that are possible in ``status``, in the order of the table."""
        return tuple(move for move in self.moves if status in move.sources)

    def move(self, verb: str, status: str) -> M | None:
        """The move of that verb from that status; None when there is none."""
        return next((move for move in self.leaving(status) if move.verb == verb), None)

    def target(self, verb: str, status: str) -> S:
        """Where the verb leads from there. Raises NotAllowed when it leads nowhere."""
        move = self.move(verb, status)
        if move is None:
            raise NotAllowed(
                _("«%(verb)s» is not possible in the status «%(status)s».")
                % {
                    "verb": next((row.label for row in self.moves if row.verb == verb), verb),
                    "status": self.statuses(status).label,
                }
            )
        target: S = move.target
        return target

    def changes(self) -> Iterator[tuple[str, str]]:
        """Every (from, to) that the database lets through, each once."""
        pairs = {
            (source.value, move.target.value): None
            for move in self.moves
            for source in move.sources
            if source != move.target
        }
        return iter(pairs)

    @property
    def final(self) -> frozenset[S]:
        """Statuses that nothing leaves."""
        return frozenset(self.statuses) - {source for row in self.moves for source in row.sources}

    def diagram(self) -> list[str]:
        """The lines of a Mermaid state diagram, without its frame."""
        return [
            f"    [*] --> {self.initial}",
            *(
                f"    {source} --> {move.target}: {move.verb}"
                for move in self.moves
                for source in move.sources
            ),
        ]
