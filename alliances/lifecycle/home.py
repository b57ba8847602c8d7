"""What the transition table says a person should do, await or know about, for the home page."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from alliances.lifecycle.duties import REGIMES, Duty
from alliances.lifecycle.models import Alliance, Event
from alliances.lifecycle.selectors import (
    alliances_visible_to,
    dossiers,
    holds_role,
    judge_act,
    member_of,
)
from alliances.lifecycle.table import MAIN_PATH, TRANSITIONS, Status, Transition
from alliances.people.models import Membership
from alliances.territory.workdays import add_working_days, working_days_between

LIMIT = 12


@dataclass(frozen=True)
class HomeItem:
    """One row of the home page: what, on which alliance, why now, and the one button."""

    title: str
    alliance: str
    why: str
    tone: str  # good, attention, late or none
    url: str
    action: str
    since: datetime
    alliance_id: int
    slack: int | None = None  # working days left; None sorts after every dated row


def by_urgency(items: Iterable[HomeItem]) -> list[HomeItem]:
    """Least slack first; what has no date after what has one, oldest first."""
    return sorted(items, key=lambda row: (row.slack is None, row.slack or 0, row.since))


def waiting_for(membership: Membership, at: datetime) -> list[HomeItem]:
    """Alliances whose next expected act this membership may do, most overdue first."""
    expected = [row for row in _expected() if _may_ever(membership.role, row.duty)]
    alliances = _in_statuses(membership, {s for row in expected for s in row.sources})
    files, member = dossiers(alliances, membership), member_of(membership)
    items = []
    for alliance in alliances:
        rows = [row for row in expected if alliance.status in row.sources]
        file = files[alliance.pk]
        mine = next((row for row in rows if judge_act(alliance, row, file, member).verdict), None)
        if mine:
            items.append(_item(alliance, mine, at, action=str(mine.label)))
    return by_urgency(items)


def expected_by(membership: Membership, at: datetime) -> list[HomeItem]:
    """Alliances this person or organisation acted on, whose next act is somebody else's."""
    statuses = {
        source
        for row in _expected()
        if not _may_ever(membership.role, row.duty)
        for source in row.sources
    }
    acted = Event.objects.filter(organisation=membership.organisation_id).values("alliance")
    alliances = _in_statuses(membership, statuses, pk__in=acted)
    return by_urgency(
        _item(alliance, row, at, action=_("Open"))
        for alliance in alliances
        if (row := next((r for r in _expected() if alliance.status in r.sources), None))
    )


def changes_for(membership: Membership, at: datetime) -> list[HomeItem]:
    """The latest changes of status by others on the alliances this membership sees."""
    events = (
        Event.objects.filter(alliance__in=alliances_visible_to(membership))
        .exclude(to_status="")
        .exclude(actor=membership.user_id)
        .select_related("alliance", "actor")
        .order_by("-at", "-pk")[:LIMIT]
    )
    return [
        HomeItem(
            title=str(Status(event.to_status).label),
            alliance=str(event.alliance),
            why=event.actor.display_name if event.actor else "",
            tone="none",
            url=_url(event.alliance),
            action=_("Open"),
            since=event.at,
            alliance_id=event.alliance.pk,
        )
        for event in events
        if event.alliance
    ]


def _expected() -> list[Transition]:
    """The acts somebody is expected to do, those that lead on before those that send back."""
    timed = [row for row in TRANSITIONS if row.target_days]
    return sorted(timed, key=lambda row: row.target not in MAIN_PATH)


def _may_ever(role: str, duty: Duty) -> bool:
    return any(holds_role(regime, duty, role) for regime in REGIMES.values())


def _in_statuses(
    membership: Membership, statuses: set[Status], **filters: object
) -> list[Alliance]:
    return list(
        alliances_visible_to(membership)
        .filter(status__in=statuses, **filters)
        .select_related("call", "municipality")
        .order_by("status_since", "pk")[: LIMIT * 2]
    )


def _item(alliance: Alliance, row: Transition, at: datetime, action: str) -> HomeItem:
    today = localtime(at).date()
    due_on = add_working_days(localtime(alliance.status_since).date(), row.target_days)
    left = working_days_between(today, due_on)
    return HomeItem(
        title=str(row.label),
        alliance=str(alliance),
        why=_due_in_words(left),
        tone="late" if left < 0 else "attention" if left <= 3 else "good",
        url=_url(alliance),
        action=action,
        since=alliance.status_since,
        alliance_id=alliance.pk,
        slack=left,
    )


def _due_in_words(left: int) -> str:
    if left < 0:
        return ngettext("%(days)d working day late", "%(days)d working days late", -left) % {
            "days": -left
        }
    return ngettext("%(days)d working day left", "%(days)d working days left", left) % {
        "days": left
    }


def _url(alliance: Alliance) -> str:
    return reverse("alliances:alliance-detail", args=[alliance.code])
