"""The audit chain told in sentences: who did what, for whom, and why."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from alliances.lifecycle.duties import Dossier, coincidences
from alliances.lifecycle.models import Event, Route
from alliances.lifecycle.reasons import ReasonCode
from alliances.lifecycle.registry import act_named
from alliances.lifecycle.table import Status
from alliances.lifecycle.words import name_of
from alliances.referrals.rules import ProgrammeAnswer
from kit.figures import cop
from kit.tones import Tone


@dataclass(frozen=True)
class Sentence:
    """One event as the timeline component shows it."""

    sentence: str
    at: datetime
    organisation: str
    reason: str
    tone: Tone
    changes: tuple[str, ...] = ()
    departs: bool = False


def tell(events: Iterable[Event]) -> list[Sentence]:
    """Each event in one sentence; ``actor`` and ``organisation`` must be loaded."""
    return [
        Sentence(
            sentence=_sentence(event),
            at=event.at,
            organisation=event.organisation.name if event.organisation else "",
            reason=reason_of(event),
            changes=tuple(_changes(event)),
            departs=bool(event.data.get("departs_from_ranking")),
            tone=Status(event.to_status).tone if event.to_status else Tone.NONE,
        )
        for event in events
    ]


def _sentence(event: Event) -> str:
    person = event.actor.display_name if event.actor else _("Loaded history")
    act = act_named(event.verb).label
    detail = _detail(event.data)
    if attempted := event.data.get("attempted"):
        detail = str(act_named(attempted).label)
    words = {"person": person, "act": act, "detail": detail}
    if event.to_status:
        words["status"] = Status(event.to_status).label
        return _("%(person)s · %(act)s → %(status)s") % words
    if detail:
        return _("%(person)s · %(act)s: %(detail)s") % words
    return _("%(person)s · %(act)s") % words


def _detail(data: dict[str, Any]) -> str:
    """What the act was about and how much, the amount as the reader's language writes it."""
    if (answer := data.get("answer")) in ProgrammeAnswer.values:
        return f"{data['name']} · {ProgrammeAnswer(answer).label}"
    name, amount = str(data.get("name") or ""), data.get("amount_cop") or data.get("value_cop")
    if not isinstance(amount, str) or "$" in name:  # events of before hold it in their name
        return name
    return " · ".join(part for part in (name, cop(Decimal(amount))) if part)


def reason_of(event: Event) -> str:
    """Its code in words, then its sentence."""
    if "attempted" in event.data:
        return str(event.data["why"])
    code = event.data.get("reason_code")
    if code not in ReasonCode.values:
        return event.reason
    return f"{ReasonCode(code).label}: {event.reason}"


def _changes(event: Event) -> Iterator[str]:
    """What an edit changed, old and new; rows that have no name told, by the field alone."""
    names = event.data.get("names") or {}
    for name, change in (event.data.get("changed") or {}).items():
        before, after = names.get(name, change)
        if isinstance(before, str) and isinstance(after, str):
            values = [_value_of(name, value) for value in (before, after)]
            words = {"name": name_of(name), "before": values[0], "after": values[1]}
            yield _("%(name)s: «%(before)s» → «%(after)s»") % words
        else:
            yield _("%(name)s: another one") % {"name": name_of(name)}


def _value_of(field: str, value: str) -> str:
    """A stored value as people read it."""
    if field.endswith("_cop"):
        return cop(Decimal(value))
    return str(Route(value).label) if field == "route" and value in Route.values else value


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
