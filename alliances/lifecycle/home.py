"""What the transition table says a person should do, await or know about, for the home page."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from alliances.lifecycle.desk import LIMIT, Desk, expected_acts, nearest_deadline
from alliances.lifecycle.duties import Dossier, Member
from alliances.lifecycle.models import Alliance, Event
from alliances.lifecycle.selectors import ACTOR_NAMES, alliances_visible_to, judge_act
from alliances.lifecycle.table import Status, Transition
from alliances.people.models import Membership
from alliances.territory.deadlines import Deadline, due
from kit.tones import Tone


@dataclass(frozen=True)
class HomeItem:
    """One row of the home page: what, on which alliance, why now, and the one button."""

    title: str
    alliance: str
    why: str
    tone: Tone
    url: str
    action: str
    since: datetime
    alliance_id: int
    slack: int | None = None  # working days left; None sorts after every dated row


def by_urgency(items: Iterable[HomeItem]) -> list[HomeItem]:
    """Least slack first; what has no date after what has one, oldest first."""
    return sorted(items, key=lambda row: (row.slack is None, row.slack or 0, row.since))


def deadline_of(alliance: Alliance, transition: Transition, at: datetime) -> Deadline:
    """The last day on which the change of status is still in time."""
    since = localtime(alliance.status_since).date()
    return due(since, transition.target_days, localtime(at).date())


def waiting_for(desk: Desk) -> list[HomeItem]:
    """Alliances whose next expected act this membership may do, most overdue first."""
    alliances = desk.standing_in(source for act in desk.expected for source in act.sources)
    dossier_of = desk.dossiers_of(alliances)
    return by_urgency(
        _item(alliance, act, desk.at, action=str(act.label))
        for alliance in alliances[: LIMIT * 2]
        if (act := _first_allowed(alliance, desk.expected, dossier_of[alliance.pk], desk.member))
    )


def expected_by(desk: Desk) -> list[HomeItem]:
    """Alliances this person or organisation acted on, whose next act is somebody else's."""
    acts = expected_acts()
    others = [row for row in acts if row not in desk.expected]
    own_acts = Event.objects.filter(organisation=desk.membership.organisation_id)
    waiting = alliances_visible_to(desk.membership).filter(
        status__in={source for act in others for source in act.sources},
        pk__in=own_acts.values("alliance"),
    )
    return by_urgency(
        _item(alliance, row, desk.at, action=_("Open"))
        for alliance in nearest_deadline(waiting, others)[: LIMIT * 2]
        if (row := next((r for r in acts if alliance.status in r.sources), None))
    )


def changes_for(membership: Membership) -> list[HomeItem]:
    """The latest changes of status by others on the alliances this membership sees."""
    events = (
        Event.objects.filter(alliance__in=alliances_visible_to(membership))
        .exclude(to_status="")
        .exclude(actor=membership.user_id)
        .select_related("alliance", "actor")
        .only("to_status", "at", "alliance__code", "alliance__name", *ACTOR_NAMES)
        .order_by("-at", "-pk")[:LIMIT]
    )
    return [
        HomeItem(
            title=str(Status(event.to_status).label),
            alliance=str(event.alliance),
            why=event.actor.display_name if event.actor else "",
            tone=Status(event.to_status).tone,
            url=_url(event.alliance),
            action=_("Open"),
            since=event.at,
            alliance_id=event.alliance.pk,
        )
        for event in events
        if event.alliance
    ]


def _first_allowed(
    alliance: Alliance, acts: list[Transition], dossier: Dossier, member: Member
) -> Transition | None:
    possible = (act for act in acts if alliance.status in act.sources)
    return next(
        (act for act in possible if judge_act(alliance, act, dossier, member).verdict), None
    )


def _item(alliance: Alliance, row: Transition, at: datetime, action: str) -> HomeItem:
    deadline = deadline_of(alliance, row, at)
    return HomeItem(
        title=str(row.label),
        alliance=str(alliance),
        why=deadline.sentence,
        tone=deadline.tone,
        url=_url(alliance),
        action=action,
        since=alliance.status_since,
        alliance_id=alliance.pk,
        slack=deadline.days_left,
    )


def _url(alliance: Alliance) -> str:
    return reverse("alliances:alliance-detail", args=[alliance.code])
