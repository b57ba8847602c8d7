"""The audit chain told in sentences: who did what, for whom, and why."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from alliances.lifecycle.duties import Dossier, coincidences
from alliances.lifecycle.models import Event
from alliances.lifecycle.registry import act_named
from alliances.lifecycle.table import Status
from kit.tones import Tone


@dataclass(frozen=True)
class Sentence:
    """One event as the timeline component shows it."""

    sentence: str
    at: datetime
    organisation: str
    reason: str
    tone: Tone


def tell(events: Iterable[Event]) -> list[Sentence]:
    """Each event in one sentence; ``actor`` and ``organisation`` must be loaded."""
    return [
        Sentence(
            sentence=_sentence(event),
            at=event.at,
            organisation=event.organisation.name if event.organisation else "",
            reason=event.reason,
            tone=Status(event.to_status).tone if event.to_status else Tone.NONE,
        )
        for event in events
    ]


def _sentence(event: Event) -> str:
    person = event.actor.display_name if event.actor else _("Loaded history")
    act = act_named(event.verb).label
    detail = event.data.get("name") if isinstance(event.data, dict) else None
    words = {"person": person, "act": act, "detail": detail}
    if event.to_status:
        words["status"] = Status(event.to_status).label
        return _("%(person)s · %(act)s → %(status)s") % words
    if detail:
        return _("%(person)s · %(act)s: %(detail)s") % words
    return _("%(person)s · %(act)s") % words


def conflicts_of(dossier: Dossier) -> list[str]:
    """Each coincidence of duties that the recommended regime would have refused."""
    return [
        _("%(earlier)s and %(later)s by %(organisation)s: %(reason)s.")
        % {
            "earlier": earlier.duty.label,
            "later": later.duty.label,
            "organisation": later.organisation or later.person,
            "reason": _(pair.reason),
        }
        for earlier, later, pair in coincidences(dossier)
    ]
