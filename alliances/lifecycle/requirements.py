"""What must be true before a transition: names in the table, answers from the rooms that know.

A requirement may need data that lives above this room (an agreement, a trust). The table names
it, the room that knows registers the answer, and nothing here imports upwards.
"""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from django.core.checks import CheckMessage, Error, register

from alliances.lifecycle.table import TRANSITIONS
from kit.access import Verdict

if TYPE_CHECKING:
    from alliances.lifecycle.models import Alliance

Requirement = Callable[["Alliance"], Verdict]
_answers: dict[str, Requirement] = {}


def requirement(name: str) -> Callable[[Requirement], Requirement]:
    """Register the function that answers ``name``; one answer per name."""

    def keep(function: Requirement) -> Requirement:
        if name in _answers:
            raise ValueError(f"The requirement {name!r} already has an answer.")
        _answers[name] = function
        return function

    return keep


def unmet(alliance: "Alliance", names: Iterable[str]) -> list[str]:
    """The reasons of every named requirement that does not hold for this alliance."""
    verdicts = (_answers[name](alliance) for name in names)
    return [verdict.reason for verdict in verdicts if not verdict.allowed]


@register()
def every_requirement_is_answered(**_options: Any) -> list[CheckMessage]:
    """A system check: a name in the table that no room answers stops the start-up."""
    named = {name for row in TRANSITIONS for name in row.requirements}
    return [
        Error(f"No room answers the requirement {name!r} of the transition table.")
        for name in sorted(named - _answers.keys())
    ]
