"""Alliances in the field as a list: who has waited longest for a visit, narrowed and sorted."""

from datetime import timedelta
from functools import partial
from typing import Any

import django_filters
from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.urls import reverse
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alliances.field.plans import open_plans, standing_plans
from alliances.field.selectors import VisitDue, alliances_in_the_field, visits_due
from alliances.lifecycle.models import Alliance
from alliances.lifecycle.selectors import alliances_visible_to
from alliances.lists.columns import CODE, NAME, PLACE
from alliances.lists.filters import NAMES_AND_PLACE, TaskFilter
from alliances.people.models import Membership
from alliances.people.roles import Role
from alliances.territory.filters import crop_filter, department_filter
from kit.filters import WordsFilter
from kit.lists import ListColumn, ListShape, Toned, declare
from kit.names import by_name

#: Whoever asks, and nobody, as values of ``assigned``.
ME, NOBODY = "me", "nobody"
LATE, THIS_WEEK, LATER = "late", "week", "later"
WEEK = timedelta(days=7)


class FieldFilter(TaskFilter, WordsFilter):
    """By words, department and crop; by who is to go, and by when."""

    names = NAMES_AND_PLACE
    numbers = ("organisation__nit",)

    assigned = django_filters.ChoiceFilter(label=gettext_lazy("Assigned to"), method="assigned_to")
    due = django_filters.ChoiceFilter(
        label=gettext_lazy("By when"),
        choices=[
            (LATE, gettext_lazy("Its day is over")),
            (THIS_WEEK, gettext_lazy("In the next seven days")),
            (LATER, gettext_lazy("Later")),
        ],
        method="due_within",
    )
    department = department_filter()
    crop = crop_filter()

    class Meta:
        model = Alliance
        fields = ["q", "assigned", "due", "department", "crop"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["assigned"].extra["choices"] = partial(_goers, self.request)

    def assigned_to(self, rows: QuerySet[Alliance], _name: str, who: str) -> QuerySet[Alliance]:
        """Those that one member is to visit, or that nobody is."""
        plans = standing_plans(localdate())
        if who == NOBODY:
            return rows.exclude(pk__in=plans.values("alliance"))
        member = self.request.pk if who == ME else int(who)
        return rows.filter(pk__in=plans.filter(assigned_to=member).values("alliance"))

    def due_within(self, rows: QuerySet[Alliance], _name: str, when: str) -> QuerySet[Alliance]:
        """Those that somebody is to visit in a stretch of days."""
        today = localdate()
        within = {
            LATE: Q(due_on__lt=today),
            THIS_WEEK: Q(due_on__range=(today, today + WEEK)),
            LATER: Q(due_on__gt=today + WEEK),
        }
        plans = standing_plans(today).filter(within[when])
        return rows.filter(pk__in=plans.values("alliance"))


def _goers(acting: Membership) -> list[tuple[Any, str]]:
    """Nobody, whoever asks where they could go, and who is to visit what they see."""
    plans = standing_plans(localdate()).filter(alliance__in=alliances_visible_to(acting))
    people = Membership.objects.filter(pk__in=plans.values("assigned_to")).with_names()
    names = by_name("user__first_name", "user__last_name")
    own = [(ME, _("Me"))] if acting.role == Role.OGA else []
    return [
        *own,
        (NOBODY, _("Nobody")),
        *((row.pk, row.user.display_name) for row in people.order_by(*names, "pk")),
    ]


def _rows(rows: QuerySet[Alliance], acting: Membership) -> list[VisitDue]:
    return visits_due(rows, localdate(), may_log=acting.role == Role.OGA)


def _begins(row: VisitDue) -> tuple[str, str]:
    """The visit itself, for whoever makes it."""
    code = row.alliance.code
    return _("Start visit"), reverse("alliances:visit-new", args=[code]) if row.may_log else ""


def _of_plan(field: str) -> Subquery:
    """What the open plan of an alliance says: to sort by it."""
    return Subquery(open_plans().filter(alliance=OuterRef("pk")).values(field))


def _of_alliance(column: ListColumn) -> ListColumn:
    return column.of(lambda row: row.alliance)


FIELD = declare(
    ListShape(
        name="field",
        title=gettext_lazy("Support in the field"),
        page="alliances:visit-list",
        source=alliances_in_the_field,
        columns=(
            _of_alliance(CODE),
            _of_alliance(NAME),
            _of_alliance(PLACE),
            ListColumn(
                "wait",
                gettext_lazy("Without a visit"),
                lambda row: Toned(row.short_words, row.tone),
                under=lambda row: "" if row.last_visit_on else _("Never visited"),
            ),
            ListColumn(
                "last",
                gettext_lazy("Last visit"),
                lambda row: row.last_visit_on,
                (F("waiting_since"),),
            ),
            ListColumn(
                "assigned",
                gettext_lazy("Assigned to"),
                lambda row: row.goes or None,
                (
                    _of_plan("assigned_to__user__first_name"),
                    _of_plan("assigned_to__user__last_name"),
                ),
            ),
            ListColumn(
                "due",
                gettext_lazy("By when"),
                lambda row: row.deadline and Toned(row.deadline.on, row.deadline.tone),
                (_of_plan("due_on"),),
            ),
            ListColumn(
                "organisation",
                gettext_lazy("Organisation"),
                lambda row: row.alliance.organisation.name,
                tuple(by_name("organisation__name")),
                is_shown=False,
            ),
            ListColumn(
                "days",
                gettext_lazy("Days without a visit"),
                lambda row: row.days,
                is_number=True,
                is_shown=False,
            ),
        ),
        filters=FieldFilter,
        order="last",
        opens=lambda row: reverse("alliances:alliance-visits", args=[row.alliance.code]),
        lookup="code",
        key=lambda row: row.alliance.code,
        rows=_rows,
        pick=lambda row: f"{row.alliance.pk}:{row.version}",
        begins=_begins,
    )
)
