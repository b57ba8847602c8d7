"""What the transition table says a person should do, await or know about, for the home page."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Self
from urllib.parse import urlencode

from django.db.models import Count
from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from alliances.lifecycle.desk import (
    APPOINTING_OGA,
    APPOINTING_TRUSTEE,
    LIMIT,
    NAMING_ALLY,
    Desk,
    expected_acts,
    lacks_of,
    task_label,
)
from alliances.lifecycle.duties import Dossier, Duty, Member, judge
from alliances.lifecycle.models import Alliance
from alliances.lifecycle.owing import Owed, debts_to, names_of
from alliances.lifecycle.selectors import ACTOR_NAMES, changes_by_others, judge_act
from alliances.lifecycle.table import Status, Transition
from alliances.people.models import Membership
from alliances.territory.calendar import Occurrence, never_closes, occurrence_at_or_after
from alliances.territory.deadlines import Deadline, due
from alliances.territory.models import Operation
from alliances.territory.selectors import CalendarBook
from alliances.territory.workdays import add_working_days, working_days_between
from kit.figures import date_short, number
from kit.tones import Tone


@dataclass(frozen=True)
class HomeItem:
    """One row of the home page: what, on which alliance, why now, and the one button.

    ``task``: the kind of task that it is of, as ``desk.tasks_of`` names those that have a list;
    empty for news and aggregates.
    """

    title: str
    alliance: str
    why: str
    tone: Tone
    url: str
    action: str
    since: datetime
    alliance_id: int
    slack: int | None = None  # working days left; None sorts after every dated row
    is_new: bool = False  # it happened since this person came last
    task: str = ""

    @classmethod
    def on(
        cls,
        alliance: Alliance,
        page: str = "alliances:alliance-detail",
        *,
        title: str,
        why: str,
        tone: Tone,
        action: str,
        since: datetime | None = None,
        url: str = "",
        slack: int | None = None,
        is_new: bool = False,
        task: str = "",
    ) -> Self:
        """A row about one alliance that leads to its ``page``, since it stands where it stands."""
        url, since = url or reverse(page, args=[alliance.code]), since or alliance.status_since
        name, pk = str(alliance), alliance.pk
        return cls(title, name, why, tone, url, action, since, pk, slack, is_new, task)


@dataclass(frozen=True)
class Awaited:
    """What one body or role owes me of one kind: on how many, how long, and the list of these."""

    title: str
    who: str
    count: int
    since: datetime
    wait: str
    url: str


@dataclass(frozen=True)
class Debtor:
    """A body or a role with all that it owes me, the longest first."""

    whom: str
    rows: tuple[Awaited, ...]


def debtors(rows: Iterable[Awaited]) -> list[Debtor]:
    """The rows by who owes them, whoever owes longest first; all names are read at once."""
    by_who: dict[str, list[Awaited]] = {}
    for row in sorted(rows, key=lambda row: row.since):
        by_who.setdefault(row.who, []).append(row)
    names = names_of(by_who)
    return [Debtor(names[who], tuple(owed)) for who, owed in by_who.items()]


def awaited(debt: Owed, title: str, page: str, today: date, **narrowing: str) -> Awaited:
    """The debt as a row that leads to the list ``page`` of exactly its rows."""
    since = localtime(debt.since).date()
    days = max(working_days_between(since, today), 0)
    wait = ngettext(
        "since %(day)s, %(days)s working day", "since %(day)s, %(days)s working days", days
    ) % {"day": date_short(since), "days": number(days)}
    query = urlencode({**narrowing, "waits_on": debt.who, "owes": debt.verb})
    return Awaited(title, debt.who, debt.count, debt.since, wait, f"{reverse(page)}?{query}")


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
    alliances = alliances[: desk.rows * 2]
    dossier_of, today = desk.dossiers_of(alliances), localtime(desk.at).date()
    acts = {
        alliance: act
        for alliance in alliances
        if (act := _first_allowed(alliance, desk.expected, dossier_of[alliance.pk], desk.member))
    }
    season_of = seasons_of((row for row in acts if row.status in BEFORE_SOWING), today)
    return by_urgency(
        _item(alliance, act, desk.at, season_of.get(alliance.pk)) for alliance, act in acts.items()
    )


#: Steps that stand between the approved plan and the money for the first sowing.
BEFORE_SOWING = (Status.APPROVED, Status.CLOSING, Status.TRUST_CONSTITUTED)


def seasons_of(alliances: Iterable[Alliance], today: date) -> dict[int, Occurrence]:
    """The sowing season that is open, else the next, of each alliance that could miss one.

    Needs ``municipality__department`` loaded; one query, none without alliances.
    """
    rows = list(alliances)
    if not rows:
        return {}
    book = CalendarBook.load(
        crop_ids={row.crop_id for row in rows}, municipalities=[row.municipality for row in rows]
    )
    seasons: dict[int, Occurrence] = {}
    for row in rows:
        windows = book.lookup(
            crop_id=row.crop_id,
            municipality_id=row.municipality_id,
            operation=Operation.SOWING,
            on=today,
        ).windows
        season = occurrence_at_or_after(windows, today)
        if season and not never_closes(windows, today):
            seasons[row.pk] = season
    return seasons


def closes_first(season: Occurrence, deadline: Deadline, target_days: int) -> bool:
    """Whether the season ends before the step does; a late one takes its days from today on."""
    if not deadline.is_past:
        return season.end < deadline.on
    return season.end < add_working_days(deadline.today, target_days)


#: What is missing until whoever directs gives it, and where it is given.
_LACKING = {
    APPOINTING_OGA: (
        gettext_lazy("Nobody accompanies it."),
        "alliances:appoint",
        f"?duty={Duty.ACCOMPANY}",
    ),
    APPOINTING_TRUSTEE: (
        gettext_lazy("It has no trustee."),
        "alliances:appoint",
        f"?duty={Duty.PAY}",
    ),
    NAMING_ALLY: (
        gettext_lazy("It has no commercial ally."),
        "alliances:ally-replace",
        "",
    ),
}


def unblocking(desk: Desk) -> list[HomeItem]:
    """What others cannot go on without and this member owes: an appointment, an ally."""
    dossier_of = desk.dossiers_of(desk.lacking) if desk.lacking else {}
    return [
        _lacking_item(alliance, lacks, desk.at)
        for alliance in desk.lacking
        if judge(dossier_of[alliance.pk], Duty.DIRECT, desk.member)
        and (lacks := lacks_of(alliance, dossier_of[alliance.pk]))  # somebody may just have acted
    ]


def _lacking_item(alliance: Alliance, names: list[str], at: datetime) -> HomeItem:
    """One row for all that the alliance lacks; its button gives the first."""
    act = next((row for row in expected_acts() if alliance.status in row.sources), None)
    deadline = deadline_of(alliance, act, at) if act else None
    why = [*(str(_LACKING[name][0]) for name in names), _("Its money waits for that.")]
    _why, page, query = _LACKING[names[0]]
    return HomeItem.on(
        alliance,
        title=" · ".join(task_label(name) for name in names),
        why=" ".join([*why, deadline.sentence] if deadline else why),
        tone=deadline.tone_of_lack if deadline else Tone.ATTENTION,
        url=reverse(page, args=[alliance.code]) + query,
        action=task_label(names[0]),
        slack=deadline.days_left if deadline else None,
        task=names[0],
    )


def expected_by(desk: Desk) -> list[Awaited]:
    """Whose act this member waits for on alliances, by who owes it and kind, the longest first."""
    today = localtime(desk.at).date()
    return [
        awaited(debt, task_label(debt.verb), "alliances:alliance-list", today)
        for debt in debts_to(desk.membership)
    ]


@dataclass(frozen=True)
class Changes:
    """What others changed: the latest, and on how many alliances since this person came last."""

    latest: list[HomeItem]
    count: int = 0
    url: str = ""


def changes_for(membership: Membership, since: datetime | None) -> Changes:
    """The latest changes of status by others, those after ``since`` marked and counted."""
    latest = _latest_changes(membership, since)
    count = len({row.alliance_id for row in latest if row.is_new})
    if since and len(latest) == LIMIT and all(row.is_new for row in latest):  # there may be more
        others = changes_by_others(membership, since)
        count = others.aggregate(count=Count("alliance", distinct=True))["count"]
    query = urlencode({"changed_since": since.isoformat()}) if since else ""
    return Changes(latest, count, f"{reverse('alliances:alliance-list')}?{query}")


def _latest_changes(membership: Membership, since: datetime | None) -> list[HomeItem]:
    events = (
        changes_by_others(membership)
        .select_related("alliance", "actor")
        .only("to_status", "at", "alliance__code", "alliance__name", *ACTOR_NAMES)
        .order_by("-at", "-pk")[:LIMIT]
    )
    return [
        HomeItem.on(
            event.alliance,
            title=str(Status(event.to_status).label),
            why=event.actor.display_name if event.actor else "",
            tone=Status(event.to_status).tone,
            action=_("Open"),
            since=event.at,
            is_new=since is not None and event.at > since,
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


def _item(alliance: Alliance, row: Transition, at: datetime, season: Occurrence | None) -> HomeItem:
    """A row by its deadline; by the end of the season, where that comes first."""
    deadline = deadline_of(alliance, row, at)
    why, tone, slack = deadline.sentence, deadline.tone, deadline.days_left
    if season and closes_first(season, deadline, row.target_days):
        why = _("%(deadline)s · the sowing of %(crop)s closes before, on %(day)s") % {
            "deadline": why,
            "crop": alliance.crop,
            "day": date_short(season.end),
        }
        tone, slack = (
            deadline.tone_of_lack,
            min(slack, Deadline(season.end, deadline.today).days_left),
        )
    return HomeItem.on(
        alliance,
        title=str(row.label),
        why=why,
        tone=tone,
        action=str(row.label),
        slack=slack,
        task=row.verb,
    )
