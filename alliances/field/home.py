"""What the field asks of the accompanying organisation today, for the home page.

Each member has the visits assigned to them; what is no longer in time and nobody is to visit waits
for any of them to say who goes.
"""

from datetime import datetime, time, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.timezone import localdate, localtime, make_aware
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alliances.field.plans import standing_plans
from alliances.field.rules import DUE_AFTER_DAYS, due_on
from alliances.field.selectors import VisitDue, alliances_in_the_field, todays_visits_for
from alliances.field.table import ASSIGN_VISIT
from alliances.lifecycle.desk import Desk, OwnTask, offer_task
from alliances.lifecycle.home import HomeItem, by_urgency
from alliances.people.models import Membership
from alliances.people.roles import Role
from alliances.territory.workdays import working_days_between
from kit.figures import date_short

VISIT, ASSIGN = "visit", ASSIGN_VISIT.verb


def waiting_for(desk: Desk) -> list[HomeItem]:
    """Home page of the field team: their own visits by their day, and those that nobody makes."""
    if desk.membership.role != Role.OGA:
        return []
    rows = todays_visits_for(desk.membership, localtime(desk.at).date())
    own = [_own_visit(row) for row in rows if _goes_to(row, desk.membership)]
    unassigned = [_unassigned(row) for row in rows if row.is_overdue and row.plan is None]
    return by_urgency([*own, *unassigned])[: desk.rows]


def _goes_to(row: VisitDue, membership: Membership) -> bool:
    return row.plan is not None and row.plan.assigned_to_id == membership.pk


def _own_visit(row: VisitDue) -> HomeItem:
    assert row.plan
    assert row.deadline
    return HomeItem.on(
        row.alliance,
        "alliances:visit-new",
        title=_("Visit the alliance"),
        why=_("by %(day)s: %(left)s")
        % {"day": date_short(row.deadline.on), "left": row.deadline.sentence},
        tone=row.deadline.tone,
        action=_("Start visit"),
        since=row.plan.planned_at,
        slack=row.deadline.days_left,
        task=VISIT,
    )


def _unassigned(row: VisitDue) -> HomeItem:
    page = reverse("alliances:alliance-visits", args=[row.alliance.code])
    return HomeItem.on(
        row.alliance,
        title=_("Say who visits the alliance"),
        why=row.words,
        tone=row.tone,
        url=f"{page}#next-visit",
        action=str(ASSIGN_VISIT.label),
        since=make_aware(datetime.combine(row.waiting_since, time.min)),
        slack=working_days_between(row.today, due_on(row.waiting_since)),
        task=ASSIGN,
    )


def assigned(membership: Membership) -> Q | None:
    """Alliances that this member is to visit."""
    if membership.role != Role.OGA:
        return None
    plans = standing_plans(localdate()).filter(assigned_to=membership)
    return Q(pk__in=plans.values("alliance"))


def unassigned(membership: Membership) -> Q | None:
    """Alliances of this organisation whose next visit is no longer in time and nobody's."""
    if membership.role != Role.OGA:
        return None
    today = localdate()
    in_the_field: QuerySet[Any] = alliances_in_the_field(membership)
    rows = in_the_field.filter(waiting_since__lt=today - timedelta(days=DUE_AFTER_DAYS))
    rows = rows.exclude(pk__in=standing_plans(today).values("alliance"))
    return Q(pk__in=rows.order_by().values("pk"))


for _name, _label, _waits in (
    (VISIT, gettext_lazy("Visit the alliance"), assigned),
    (ASSIGN, gettext_lazy("Say who visits the alliance"), unassigned),
):
    offer_task(OwnTask(_name, _label, _waits, page="alliances:visit-list", is_pressing=False))
