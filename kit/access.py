"""A permission is an answer with its reason, so that pages, API and errors say the same thing."""

from dataclasses import dataclass

from kit.errors import NotAllowed


@dataclass(frozen=True)
class Verdict:
    """Whether something may be done and, when it may not, the reason to show."""

    allowed: bool
    reason: str = ""

    def __bool__(self) -> bool:
        return self.allowed


ALLOWED = Verdict(allowed=True)


def refused(reason: str) -> Verdict:
    """A verdict that says no, and why."""
    return Verdict(allowed=False, reason=reason)


def require(verdict: Verdict) -> None:
    """Raise NotAllowed with the verdict's reason unless it allows."""
    if not verdict.allowed:
        raise NotAllowed(verdict.reason)
