"""Errors that a person can act on. Services raise them; views, API and commands translate them."""

from collections.abc import Sequence
from dataclasses import dataclass


class DomainError(Exception):
    """Something the person can understand and mend; ``str(error)`` is shown to them as it is.

    ``status`` is what pages and API answer over HTTP. ``field`` is the name of what is wrong, if
    it is one thing: a form that has it says it there.
    """

    status = 400

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class NotAllowed(DomainError):
    """The act exists but this person may not do it now; the message says why."""

    status = 403


class Conflict(DomainError):
    """Somebody or something else got there first; the message says what happened."""

    status = 409


class Overtaken(Conflict):
    """Somebody changed what was read before this was sent; nothing was done with it."""


class Unconfirmed(DomainError):
    """What the system knows speaks against it: whoever is sure says why and goes on.

    A service that asks takes ``despite``: empty, it asks; a sentence answers; None, there is
    nobody to ask, as when history is loaded. ``known`` is what speaks against it, for the event.
    """

    def __init__(self, message: str, **known: str) -> None:
        super().__init__(message)
        self.known = known


@dataclass(frozen=True)
class RowError:
    """One mistake in a file: sheet, 1-based row as the spreadsheet numbers it, column heading."""

    sheet: str
    row: int
    column: str
    message: str


class InvalidFile(DomainError):
    """A file that was refused whole, with every mistake found in it."""

    def __init__(self, message: str, errors: Sequence[RowError] = ()) -> None:
        super().__init__(message)
        self.errors = tuple(errors)
