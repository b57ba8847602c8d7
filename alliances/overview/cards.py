"""The acts of the table as the page's action list shows them: label, address, or why not."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse

from alliances.lifecycle.models import Alliance
from alliances.lifecycle.selectors import Action
from alliances.lifecycle.table import MAIN_PATH, Transition
from kit.tones import Emphasis

_GRAVE = {"withdraw", "reject", "decline", "declare_not_viable", "rupture"}


@dataclass(frozen=True)
class ActionCard:
    """One act: where to do it, or the reason it is not possible and where to ask who may."""

    label: str
    url: str
    emphasis: Emphasis = Emphasis.NORMAL
    reason: str = ""
    who_url: str = ""


def cards(alliance: Alliance, actions: Sequence[Action[Transition]]) -> list[ActionCard]:
    """The actions as cards, what leads on first; verbs that share a page become one card."""
    by_address: dict[str, ActionCard] = {}
    for action in sorted(actions, key=lambda row: row.act.target not in MAIN_PATH):
        card = _card(alliance, action)
        by_address.setdefault(card.url or card.label, card)
    return list(by_address.values())


def _card(alliance: Alliance, action: Action[Transition]) -> ActionCard:
    label, duty = str(action.act.label), action.act.duty
    if not action.verdict:
        who = reverse("alliances:who-may-act", args=[alliance.code, duty])
        return ActionCard(label, "", reason=action.verdict.reason, who_url=who)
    return ActionCard(label, address_of(alliance, action.act), emphasis=_emphasis(action))


def _emphasis(action: Action[Transition]) -> Emphasis:
    """What leads on stands out; what cannot be mended warns."""
    if action.verb in _GRAVE:
        return Emphasis.DANGER
    return Emphasis.PRIMARY if action.act.target in MAIN_PATH else Emphasis.NORMAL


def address_of(alliance: Alliance, transition: Transition) -> str:
    """Where a verb is done: its room's own page, or the plain form with reason and document."""
    if transition.page:
        return reverse(transition.page, args=[alliance.code])
    return reverse("alliances:alliance-act", args=[alliance.code, transition.verb])
