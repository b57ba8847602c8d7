"""What waits on the home page for who promotes, verifies or studies profiles."""

from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from alliances.lifecycle.desk import Desk, waiting_for_task
from alliances.lifecycle.duties import Duty, judge
from alliances.lifecycle.home import HomeItem, by_urgency, deadline_of
from alliances.lifecycle.models import Alliance
from alliances.lifecycle.table import BY_VERB, Status
from alliances.people.roles import Role
from alliances.preparation.selectors.profiles import (
    counts_of,
    gaps_of,
    size_limits,
    with_gap_counts,
)
from kit.figures import number


def waiting_for(desk: Desk) -> list[HomeItem]:
    """Profiles to complete or to verify, and studies to write, least time left first."""
    role = desk.membership.role
    if role == Role.OGR:
        return by_urgency([*_profiles_to_complete(desk), *_to_verify(desk)])
    if role == Role.ORGANISATION:
        return by_urgency(_profiles_to_complete(desk))
    if role == Role.SCORER:
        return by_urgency(_to_verify(desk))
    if role == Role.CONSULTANT:
        return by_urgency(_studies_to_write(desk))
    return []


def _oldest(desk: Desk, task: str) -> QuerySet[Alliance]:
    """The alliances that wait longest for a task of this member."""
    waiting = waiting_for_task(desk.membership, task)
    return waiting.order_by("status_since", "pk")[: desk.rows]


def _profiles_to_complete(desk: Desk) -> list[HomeItem]:
    oldest = Alliance.objects.filter(pk__in=_oldest(desk, "submit").values("pk"))
    alliances = list(with_gap_counts(oldest).order_by("status_since", "pk"))
    sizes = size_limits(alliance.call_id for alliance in alliances)
    items = []
    for alliance in alliances:
        gaps = gaps_of(alliance, sizes.get(alliance.call_id))
        why = gaps[0] if gaps else _("It is complete: present it.")
        is_returned = alliance.status == Status.RETURNED  # its page begins with what was asked
        if is_returned and not gaps:
            why = _("It was sent back: read what is asked.")
        if len(gaps) > 1:
            why = ngettext(
                "%(gap)s And %(more)s more thing.",
                "%(gap)s And %(more)s more things.",
                len(gaps) - 1,
            ) % {"gap": gaps[0], "more": number(len(gaps) - 1)}
        page = (
            "alliances:producer-list" if gaps and not is_returned else "alliances:alliance-detail"
        )
        title = _("Correct the profile") if is_returned else _("Complete the profile")
        lacks = is_returned or bool(gaps)
        items.append(_item(alliance, title, why, page, "submit", desk.at, lacks=lacks))
    return items


def _to_verify(desk: Desk) -> list[HomeItem]:
    """Profiles whose eligibility this member may declare: who helped one does not."""
    waiting = desk.standing_in([Status.SUBMITTED])
    dossier_of = desk.dossiers_of(waiting)
    theirs = [row for row in waiting if judge(dossier_of[row.pk], Duty.VERIFY, desk.member)]
    counted = with_gap_counts(
        Alliance.objects.filter(pk__in=[row.pk for row in theirs[: desk.rows]])
    )
    items = []
    for alliance in counted.order_by("status_since", "pk"):
        count, _unsigned = counts_of(alliance)
        why = ngettext("%(count)s producer", "%(count)s producers", count) % {
            "count": number(count)
        }
        title, page = _("Verify eligibility"), "alliances:eligibility"
        items.append(_item(alliance, title, why, page, "verify", desk.at))
    return items


def _studies_to_write(desk: Desk) -> list[HomeItem]:
    return [
        _item(
            alliance,
            _("Write the study"),
            str(Status(alliance.status).label),
            "alliances:study",
            "submit_study",
            desk.at,
            lacks=alliance.status == Status.STUDY_RETURNED,
        )
        for alliance in _oldest(desk, "submit_study")
    ]


def _item(
    alliance: Alliance,
    title: str,
    why: str,
    page: str,
    verb: str,
    at: datetime,
    *,
    lacks: bool = False,
) -> HomeItem:
    """A row with the working days left of the verb that ends this status; never good if it lacks.

    ``why`` says what there is or what is missing; by when is said after it.
    """
    deadline = deadline_of(alliance, BY_VERB[verb], at)
    return HomeItem.on(
        alliance,
        page,
        title=title,
        why=f"{why.removesuffix('.')} · {deadline.sentence}",
        tone=deadline.tone_of_lack if lacks else deadline.tone,
        action=_("Open"),
        slack=deadline.days_left,
        task=verb,
    )
