"""Appointing who verifies and scores, for many profiles at once, balanced by load.

Of the bodies that nothing bars from a profile, the one with the fewest open profiles takes it; who
is barred is left out and named, with the reason.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Count, QuerySet
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alliances.lifecycle.desk import JUDGED
from alliances.lifecycle.duties import RECOMMENDED, Dossier, Duty, Member, is_compatible
from alliances.lifecycle.models import Alliance, Appointment
from alliances.lifecycle.selectors import dossiers, holds_role
from alliances.lifecycle.services import appoint
from alliances.lifecycle.table import APPOINT
from alliances.lists.models import BulkAct, BulkRow
from alliances.lists.registry import (
    BulkVerb,
    Foreseen,
    foreseen,
    foreseen_row,
    offer,
    with_what_is_judged,
)
from alliances.people.models import Membership, Organisation, OrganisationKind
from alliances.people.roles import Role
from kit.access import Verdict
from kit.names import by_name


def bodies_that_score(at: datetime) -> list[Organisation]:
    """Independent bodies with somebody in office that day."""
    in_office = Membership.objects.valid_on(localtime(at).date()).filter(role=Role.SCORER)
    bodies = Organisation.objects.of_kind(OrganisationKind.SCORER)
    return list(
        bodies.filter(pk__in=in_office.values("organisation")).order_by(*by_name("name"), "pk")
    )


def open_profiles() -> Counter[int]:
    """How many profiles each body has still to verify or score."""
    held = Appointment.objects.filter(
        duty=Duty.SCORE, until__isnull=True, alliance__status__in=JUDGED
    )
    return Counter(dict(held.values_list("organisation").annotate(count=Count("alliance"))))


def foresee(alliances: QuerySet[Alliance], acting: Membership, at: datetime) -> list[Foreseen]:
    """For each profile the body that would take it, or why none does."""
    rows = list(with_what_is_judged(alliances))
    whole, bodies, load = dossiers(rows), bodies_that_score(at), open_profiles()
    judged = foreseen(rows, APPOINT, acting, lambda row: _needs_none(row, whole[row.pk]))
    lines = {line.target: line for line in judged}
    verdicts = {
        row.pk: [
            (body, is_compatible(whole[row.pk], Duty.SCORE, _as_member(body))) for body in bodies
        ]
        for row in rows
        if not lines[row.pk].problem
    }
    # Those that few may take come first, so that the others can make up for it.
    by_choice = sorted(verdicts, key=lambda pk: sum(map(bool, dict(verdicts[pk]).values())))
    by_key = {row.pk: row for row in rows}
    lines |= {pk: _give(by_key[pk], verdicts[pk], load) for pk in by_choice}
    return [lines[row.pk] for row in rows]


def _needs_none(alliance: Alliance, dossier: Dossier) -> str:
    """Why nobody is appointed to score it now; empty when somebody should be."""
    held = next((held for held in dossier.appointed if held.duty == Duty.SCORE), None)
    if held:
        return _("%(organisation)s already verifies and scores it.") % {
            "organisation": held.organisation
        }
    if alliance.status not in JUDGED:
        return _("It is «%(status)s»: nobody has to verify or score it now.") % {
            "status": alliance.get_status_display()
        }
    if not holds_role(dossier.regime, Duty.SCORE, Role.SCORER):
        return _("The rules of its call ask for no independent body.")
    return ""


def _give(
    alliance: Alliance, verdicts: Sequence[tuple[Organisation, Verdict]], load: Counter[int]
) -> Foreseen:
    """The line of a profile, which counts from now on among those of its body."""
    barred = [[body.name, verdict.reason] for body, verdict in verdicts if not verdict]
    free = [body for body, verdict in verdicts if verdict]
    if not free:
        why = " ".join(reason for _name, reason in barred)
        return foreseen_row(alliance, _("No body may score it. %(why)s") % {"why": why})
    body = min(free, key=lambda one: load[one.pk])
    load[body.pk] += 1
    return foreseen_row(alliance, "", plan=body.name, organisation=body.pk, barred=barred)


def _as_member(body: Organisation) -> Member:
    return Member(0, body.name, body.pk, body.name, role="")


def perform(bulk: BulkAct, row: BulkRow, acting: Membership, at: datetime, key: UUID) -> object:
    """The appointment that was shown."""
    return appoint(
        alliance_id=row.target,
        duty=Duty.SCORE,
        organisation=Organisation.objects.get(pk=row.options["organisation"]),
        acting=acting,
        at=at,
        key=key,
    )


offer(
    BulkVerb(
        name="appoint_scorers",
        label=gettext_lazy("Appoint who verifies and scores"),
        act=APPOINT,
        lists=("alliances", "profiles"),
        foresee=foresee,
        perform=perform,
        key="d",
        roles=tuple(holder.role for holder in RECOMMENDED.holders[Duty.DIRECT]),
        caution=gettext_lazy(
            "The body with the fewest open profiles takes the next one. Who helped a profile, or "
            "is barred otherwise, is left out."
        ),
    )
)
