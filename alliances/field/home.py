"""What the field asks of the accompanying organisation today, for the home page."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.timezone import localdate, localtime, make_aware
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alliances.field.rules import DUE_AFTER_DAYS, due_on
from alliances.field.selectors import VisitDue, alliances_in_the_field, todays_visits_for
from alliances.lifecycle.desk import Desk, OwnTask, offer_task
from alliances.lifecycle.home import HomeItem, by_urgency
from alliances.people.models import Membership
from alliances.people.roles import Role
from alliances.territory.workdays import working_days_between

TASK = "visit"


def waiting_for(desk: Desk) -> list[HomeItem]:
    """Home page of the field team: alliances whose next visit is no longer in time."""
    if desk.membership.role != Role.OGA:
        return []
    today = localtime(desk.at).date()
    rows = [row for row in todays_visits_for(desk.membership, today) if row.is_overdue]
    return by_urgency(_home_item(row, today) for row in rows[: desk.rows])


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
        task=TASK,
    )


def overdue(membership: Membership) -> Q | None:
    """Alliances of this accompanying organisation whose next visit is no longer in time."""
    if membership.role != Role.OGA:
        return None
    last_in_time = localdate() - timedelta(days=DUE_AFTER_DAYS)
    in_the_field: QuerySet[Any] = alliances_in_the_field(membership)
    rows = in_the_field.filter(waiting_since__lt=last_in_time)
    return Q(pk__in=rows.order_by().values("pk"))


offer_task(
    OwnTask(
        TASK,
        gettext_lazy("Visit the alliance"),
        overdue,
        page="alliances:visit-list",
        is_pressing=False,
    )
)
