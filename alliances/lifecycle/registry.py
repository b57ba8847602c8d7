"""Every act by its name: rooms and the apps above give theirs when the program starts.

An act that nobody named can neither be done nor be told afterwards.
"""

from collections.abc import Iterable

from alliances.lifecycle.table import ACTS, Act

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
    """Every act that is done to an alliance."""
    return tuple(act for act in _acts.values() if not act.is_apart)


def act_named(verb: str) -> Act:
    """The act of that name. Raises KeyError for one nobody named."""
    return _acts[verb]


register(ACTS)
