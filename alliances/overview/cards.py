"""The acts of the table as the page's action list shows them: label, address, or why not."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse

from alliances.lifecycle.duties import Dossier, Duty
from alliances.lifecycle.models import Alliance
from alliances.lifecycle.selectors import Action
from alliances.lifecycle.table import MAIN_PATH, Transition
from alliances.people.roles import Role
from kit.tones import Emphasis

#: Where what an act lacks is put right, when it is not the page of the act.
_MENDED_AT = {
    "submit": "alliances:producer-list",
    "open_fund": "fiduciary:alliance-fund",
    "graduate": "fiduciary:alliance-fund",
    "close": "fiduciary:alliance-money",
}
_GRAVE = {"withdraw", "reject", "decline", "declare_not_viable", "rupture"}


@dataclass(frozen=True)
class ActionCard:
    """One act: where to do it, or the reason it is not possible and where to ask who may."""

    label: str
    url: str
    emphasis: Emphasis = Emphasis.NORMAL
    reason: str = ""
    who: str = ""
    who_url: str = ""
    mend_url: str = ""  # it is one's own act, and here is what it still lacks


def cards(
    alliance: Alliance, actions: Sequence[Action[Transition]], dossier: Dossier
) -> list[ActionCard]:
    """The actions as cards, what leads on first; verbs that share a page become one card.

    Of two acts with one end only what its people do of a draft is shown: it is discarded.
    """
    verbs = {action.verb for action in actions if action.verdict}
    twin = {"withdraw"} if "discard_profile" in verbs else set()
    by_address: dict[str, ActionCard] = {}
    for action in sorted(actions, key=lambda row: row.act.target not in MAIN_PATH):
        if action.verb in twin:
            continue
        card = _card(alliance, action, dossier)
        by_address.setdefault(card.url or card.label, card)
    return list(by_address.values())


def _card(alliance: Alliance, action: Action[Transition], dossier: Dossier) -> ActionCard:
    label, duty = str(action.act.label), action.act.duty
    if action.lacks:
        page = _MENDED_AT.get(action.verb, action.act.page)
        mend_url = reverse(page, args=[alliance.code]) if page else ""
        return ActionCard(label, "", reason=action.verdict.reason, mend_url=mend_url)
    if not action.verdict:
        who_url = reverse("alliances:who-may-act", args=[alliance.code, duty])
        who = holder_in_words(dossier, duty)
        return ActionCard(label, "", reason=action.verdict.reason, who=who, who_url=who_url)
    return ActionCard(label, address_of(alliance, action.act), emphasis=_emphasis(action))


def holder_in_words(dossier: Dossier, duty: Duty) -> str:
    """Whose turn a duty is: the body appointed to it, or the roles that hold it."""
    holders = dossier.regime.holders.get(duty, ())
    wanted = {holder.via for holder in holders if holder.via}
    bodies = [held.organisation for held in dossier.appointed if held.duty in wanted]
    roles = [str(Role(holder.role).label) for holder in holders]
    return ", ".join(dict.fromkeys(bodies or roles))


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
