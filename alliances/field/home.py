"""What the field asks of the accompanying organisation today, for the home page."""

from datetime import date, datetime, time

from django.urls import reverse
from django.utils.timezone import localtime, make_aware
from django.utils.translation import gettext as _

from alliances.field.rules import due_on
from alliances.field.selectors import VisitDue, todays_visits_for
from alliances.lifecycle.desk import Desk
from alliances.lifecycle.home import LIMIT, HomeItem, by_urgency
from alliances.people.roles import Role
from alliances.territory.workdays import working_days_between
from kit.tones import Tone


def waiting_for(desk: Desk) -> list[HomeItem]:
    """Home page of the field team: alliances whose next visit is no longer in time."""
    if desk.membership.role != Role.OGA:
        return []
    today = localtime(desk.at).date()
    rows = [row for row in todays_visits_for(desk.membership, today) if row.tone != Tone.GOOD]
    return by_urgency(_home_item(row, today) for row in rows[:LIMIT])


def _home_item(row: VisitDue, today: date) -> HomeItem:
    return HomeItem(
        title=_("Visit the alliance"),
        alliance=str(row.alliance),
        why=row.words,
        tone=row.tone,
        url=reverse("alliances:visit-new", args=[row.alliance.code]),
        action=_("Start visit"),
        since=make_aware(datetime.combine(row.waiting_since, time.min)),
        alliance_id=row.alliance.pk,
        slack=working_days_between(today, due_on(row.waiting_since)),
    )
