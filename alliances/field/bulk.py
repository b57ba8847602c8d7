"""Assigning the next visit of many alliances at once, balanced by load.

Whoever visited an alliance last keeps it while they are in office; the others go to whoever has the
fewest visits to make. What somebody is to visit already is left out and named.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from django.db.models import QuerySet
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alliances.field.plans import colleagues_of, last_visitors, loads_of, may_go, who_goes
from alliances.field.selectors import VisitDue, visits_due
from alliances.field.services import assign_visit
from alliances.field.table import ASSIGN_VISIT
from alliances.lifecycle.models import Alliance
from alliances.lifecycle.selectors import dossiers
from alliances.lists.models import BulkAct, BulkRow
from alliances.lists.registry import BulkVerb, Foreseen, foreseen, offer, with_what_is_judged
from alliances.people.models import Membership
from kit.access import Verdict
from kit.figures import date_short

Judged = Sequence[tuple[Membership, Verdict]]


def foresee(alliances: QuerySet[Alliance], acting: Membership, at: datetime) -> list[Foreseen]:
    """For each alliance who would visit it and by when, or why nobody is sent."""
    today = localtime(at).date()
    dues = {row.alliance.pk: row for row in visits_due(with_what_is_judged(alliances), today)}
    rows = [due.alliance for due in dues.values()]
    judged = foreseen(rows, ASSIGN_VISIT, acting, lambda row: _goes_already(dues[row.pk]))
    lines = {line.target: replace(line, seen=dues[line.target].version) for line in judged}
    team, body = colleagues_of(acting.organisation_id, today), acting.organisation_id
    load, last, whole = loads_of(team, today), last_visitors(rows, body), dossiers(rows)
    verdicts: dict[int, Judged] = {
        pk: [(member, may_go(whole[pk], member, today)) for member in team]
        for pk, line in lines.items()
        if not line.problem
    }

    def choice(pk: int) -> tuple[bool, int]:
        """First what somebody keeps, then what few may take: the others make up for it."""
        free = [member for member, verdict in verdicts[pk] if verdict]
        return all(member.user_id != last.get(pk) for member in free), len(free)

    for pk in sorted(verdicts, key=choice):
        lines[pk] = _give(lines[pk], dues[pk], verdicts[pk], last.get(pk), load)
    return sorted(lines.values(), key=lambda line: line.plan)  # what one person is given, together


def _goes_already(due: VisitDue) -> str:
    """Who is to visit it already; empty where nobody is."""
    if due.plan is None:
        return ""
    words = {"person": due.goes, "day": date_short(due.plan.due_on)}
    return _("%(person)s is to visit it already, by %(day)s.") % words


def _give(
    line: Foreseen, due: VisitDue, judged: Judged, last: int | None, load: Counter[int]
) -> Foreseen:
    """The line of an alliance, which counts from now on among those of whoever goes."""
    barred = [
        [member.user.display_name, verdict.reason] for member, verdict in judged if not verdict
    ]
    free = [member for member, verdict in judged if verdict]
    if not free:
        why = " ".join(reason for _name, reason in barred)
        return replace(line, problem=_("Nobody may visit it. %(why)s") % {"why": why})
    member = who_goes(free, last, load)
    load[member.pk] += 1
    words = {"person": member.user.display_name, "day": date_short(due.usual_day)}
    plan = _("%(person)s, who went last, by %(day)s") if member.user_id == last else ""
    options = {"to": member.pk, "due_on": due.usual_day.isoformat(), "barred": barred}
    return replace(line, plan=(plan or _("%(person)s, by %(day)s")) % words, options=options)


def perform(bulk: BulkAct, row: BulkRow, acting: Membership, at: datetime, key: UUID) -> object:
    """The visit that was shown."""
    return assign_visit(
        alliance_id=row.target,
        to=row.options["to"],
        due_on=date.fromisoformat(row.options["due_on"]),
        acting=acting,
        at=at,
        key=key,
        seen=row.seen,
    )


offer(
    BulkVerb(
        name="assign_visits",
        label=gettext_lazy("Assign visits"),
        act=ASSIGN_VISIT,
        lists=("field",),
        foresee=foresee,
        perform=perform,
        key="v",
        caution=gettext_lazy(
            "Whoever visited an alliance last keeps it; the others go to whoever has the fewest "
            "visits to make. On the page of each alliance somebody else can be sent."
        ),
    )
)
