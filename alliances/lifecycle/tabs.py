"""The tabs of an alliance's page: each room says what it holds of one, and what may be begun there.

A tab with nothing for this reader, who has nothing to begin there either, stays away. What it holds
is asked with the alliance itself, in the same query; its page answers as before, and says so.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import cast

from django.db.models import Q, QuerySet
from django.utils.functional import SimpleLazyObject

from alliances.lifecycle.desk import may_ever
from alliances.lifecycle.models import Alliance
from alliances.lifecycle.selectors import PARTY_READERS
from alliances.lifecycle.table import Act
from alliances.people.models import Membership
from alliances.people.roles import Role

_HOLDS = "tab_{}"


@dataclass(frozen=True)
class Tab:
    """One tab by its name; ``holds``: whether an alliance (``OuterRef("pk")``) has something there.

    ``begins``: acts by which somebody puts the first thing there; ``may_bring``: who may put
    something there without a duty.
    """

    name: str
    holds: Callable[[Membership], Q]
    begins: tuple[Act, ...] = ()
    may_bring: Callable[[Membership], bool] | None = None

    def is_begun_by(self, alliance: Alliance, membership: Membership) -> bool:
        """Whether this role may have something to begin there, as the alliance stands."""
        if self.may_bring and self.may_bring(membership):
            return True
        return any(
            act.is_possible(alliance.status)
            and not (act.is_owners and membership.role == Role.ALLY)
            and not (act.is_no_partys and membership.role in PARTY_READERS)
            and any(may_ever(membership.role, duty) for duty in act.duties)
            for act in self.begins
        )


_tabs: dict[str, Tab] = {}


def offer_tab(tab: Tab) -> Tab:
    """Make a room's tab known. A name that is taken is refused."""
    if _tabs.setdefault(tab.name, tab) is not tab:
        raise ValueError(f"The tab {tab.name!r} is offered already.")
    return tab


def with_tabs(alliances: QuerySet[Alliance], membership: Membership) -> QuerySet[Alliance]:
    """Each alliance with what its tabs hold for this member."""
    return alliances.annotate(
        **{_HOLDS.format(name): tab.holds(membership) for name, tab in _tabs.items()}
    )


def show_tabs(alliance: Alliance, membership: Membership) -> Alliance:
    """Tell an alliance which of its tabs to show this member."""
    alliance.shown_tabs = _shown(alliance, membership)
    return alliance


def show_tabs_later(alliance: Alliance, membership: Membership) -> Alliance:
    """The same, asked only if its page is shown: an act that is done leads to another one."""
    later = SimpleLazyObject(partial(_shown, alliance, membership))
    alliance.shown_tabs = cast(frozenset[str], later)
    return alliance


def _shown(alliance: Alliance, membership: Membership) -> frozenset[str]:
    """One that came with another row, and so without ``with_tabs``, is asked by itself."""
    held = [_HOLDS.format(name) for name in _tabs]
    if not vars(alliance).keys() >= {*held}:
        annotated = with_tabs(Alliance.objects.filter(pk=alliance.pk), membership)
        vars(alliance).update(annotated.values(*held).get())
    return frozenset(
        name
        for name, tab in _tabs.items()
        if getattr(alliance, _HOLDS.format(name)) or tab.is_begun_by(alliance, membership)
    )
