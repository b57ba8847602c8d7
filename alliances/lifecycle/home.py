"""What the transition table says a person should do, await or know about, for the home page."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Case, DurationField, F, QuerySet, Value, When
from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from alliances.lifecycle.duties import REGIMES, Dossier, Duty, Member
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
from alliances.territory.deadlines import Deadline, due
from kit.tones import Tone

LIMIT = 12


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


def nearest_deadline(
    alliances: QuerySet[Alliance], acts: Iterable[Transition]
) -> QuerySet[Alliance]:
    """The alliances whose act is due first at the head, before the list of them is cut.

    Here five working days are seven days: holidays move a deadline less than the margin that is
    read beyond what is shown, and those are then sorted by their exact day.
    """
    days = {source: act.target_days for act in reversed([*acts]) for source in act.sources}
    taken = Case(
        *(When(status=status, then=Value(timedelta(days=n * 7 / 5))) for status, n in days.items()),
        default=Value(timedelta(0)),
        output_field=DurationField(),
    )
    return alliances.order_by(F("status_since") + taken, "pk")


def deadline_of(alliance: Alliance, transition: Transition, at: datetime) -> Deadline:
    """The last day on which the change of status is still in time."""
    since = localtime(alliance.status_since).date()
    return due(since, transition.target_days, localtime(at).date())


def waiting_for(membership: Membership, at: datetime) -> list[HomeItem]:
    """Alliances whose next expected act this membership may do, most overdue first."""
    expected = [row for row in _expected() if _may_ever(membership.role, row.duty)]
    alliances = _next_due(membership, expected)
    dossier_of, member = dossiers(alliances, membership), member_of(membership)
    return by_urgency(
        _item(alliance, act, at, action=str(act.label))
        for alliance in alliances
        if (act := _first_allowed(alliance, expected, dossier_of[alliance.pk], member))
    )


def expected_by(membership: Membership, at: datetime) -> list[HomeItem]:
    """Alliances this person or organisation acted on, whose next act is somebody else's."""
    others = [row for row in _expected() if not _may_ever(membership.role, row.duty)]
    with_own_acts = Event.objects.filter(organisation=membership.organisation_id).values("alliance")
    alliances = _next_due(membership, others, pk__in=with_own_acts)
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
            tone=Status(event.to_status).tone,
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


def _first_allowed(
    alliance: Alliance, acts: list[Transition], dossier: Dossier, member: Member
) -> Transition | None:
    possible = (act for act in acts if alliance.status in act.sources)
    return next(
        (act for act in possible if judge_act(alliance, act, dossier, member).verdict), None
    )


def _may_ever(role: str, duty: Duty) -> bool:
    return any(holds_role(regime, duty, role) for regime in REGIMES.values())


def _next_due(
    membership: Membership, acts: Sequence[Transition], **filters: object
) -> list[Alliance]:
    """Alliances that wait for one of the acts, twice as many as are shown."""
    waiting = (
        alliances_visible_to(membership)
        .filter(status__in={source for act in acts for source in act.sources}, **filters)
        .select_related("call", "municipality")
    )
    return list(nearest_deadline(waiting, acts)[: LIMIT * 2])


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
