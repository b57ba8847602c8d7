"""Refused attempts at money, score and decision stay in the history.

A refusal rolls its transaction back, so it is noted while it happens and written when the request
is over: once a day for each person, act and alliance.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from django.utils.timezone import localtime

from alliances.lifecycle.table import Act
from alliances.people.models import Membership
from kit.errors import NotAllowed

#: Any UUID of our own: names of attempts are made under it.
_NAMES = UUID("6f1d1c0e-5d5e-4b0a-9c57-0f7f6d6f2a11")


@dataclass(frozen=True)
class Attempt:
    """An act that somebody may not do and tried, and what they were told."""

    act: Act
    alliance_id: int
    acting: Membership
    at: datetime
    reason: str

    @property
    def key(self) -> UUID:
        """The same attempt of the same day is one."""
        day = localtime(self.at).date()
        return uuid5(_NAMES, f"{self.act.verb}:{self.alliance_id}:{self.acting.pk}:{day}")


_noted: ContextVar[list[Attempt] | None] = ContextVar("refused attempts", default=None)


def note(attempt: Attempt) -> None:
    """Remember it until the request is over; outside of requests there is nobody to watch."""
    attempts = _noted.get()
    if attempts is not None and attempt.act.is_watched:
        attempts.append(attempt)


@contextmanager
def noting() -> Iterator[list[Attempt]]:
    """The attempts that are refused inside, to be written afterwards."""
    attempts: list[Attempt] = []
    token = _noted.set(attempts)
    try:
        yield attempts
    finally:
        _noted.reset(token)


@contextmanager
def watched(
    act: Act, alliance_id: int | None, acting: Membership | None, at: datetime
) -> Iterator[None]:
    """Note the act if it is refused inside, unless the role has ended: nothing is signed by it."""
    try:
        yield
    except NotAllowed as refusal:
        if alliance_id and acting and acting.is_valid_on(localtime(at).date()):
            note(Attempt(act, alliance_id, acting, at, refusal.message))
        raise
