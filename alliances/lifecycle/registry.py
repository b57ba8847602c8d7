"""What rooms and the apps above give the lifecycle when the program starts: acts and answers.

An act that nobody named can neither be done nor be told afterwards. A requirement of the table may
need what lives above this room (an agreement, a trust): the table names it, the room that knows
registers the answer, and nothing here imports upwards.
"""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from django.core.checks import CheckMessage, Error
from django.core.checks import register as register_check

from alliances.lifecycle.table import ACTS, TRANSITIONS, Act
from kit.access import Verdict

if TYPE_CHECKING:
    from alliances.lifecycle.models import Alliance

_acts: dict[str, Act] = {}


def register(acts: Iterable[Act]) -> None:
    """Give the audit chain the acts of a room. A name that is taken is refused."""
    for act in acts:
        if _acts.setdefault(act.verb, act) is not act:
            raise ValueError(f"The act {act.verb!r} already has a name.")


def registered() -> tuple[Act, ...]:
    """Every act of the program, in the order in which rooms gave them."""
    return tuple(_acts.values())


def acts_on_alliances() -> tuple[Act, ...]:
    """Every act that somebody does to an alliance."""
    return tuple(act for act in _acts.values() if not (act.is_apart or act.is_systems))


def act_named(verb: str) -> Act:
    """The act of that name. Raises KeyError for one nobody named."""
    return _acts[verb]


register(ACTS)


# -- Requirements ---------------------------------------------------------------------------------
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


@register_check()
def every_requirement_is_answered(**_options: Any) -> list[CheckMessage]:
    """A system check: a name in the table that no room answers stops the start-up."""
    named = {name for move in TRANSITIONS for name in move.requirements}
    return [
        Error(f"No room answers the requirement {name!r} of the transition table.")
        for name in sorted(named - _answers.keys())
    ]
