"""What waits for the OGR and for consultants on the home page."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from alliances.lifecycle.duties import Duty, judge
from alliances.lifecycle.home import LIMIT, HomeItem, by_urgency, deadline_of
from alliances.lifecycle.models import Alliance
from alliances.lifecycle.selectors import alliances_visible_to, dossiers, member_of
from alliances.lifecycle.table import BY_VERB, EDITABLE, STUDY_OPEN, Status
from alliances.people.models import Membership
from alliances.people.roles import Role
from alliances.preparation.selectors.profiles import (
    counts_of,
    gaps_of,
    size_limits,
    with_gap_counts,
)


def waiting_for(membership: Membership, at: datetime) -> list[HomeItem]:
    """Profiles to complete or to verify, and studies to write, least time left first."""
    if membership.role == Role.OGR:
        return by_urgency([*_profiles_to_complete(membership, at), *_to_verify(membership, at)])
    if membership.role == Role.SCORER:
        return by_urgency(_to_verify(membership, at))
    if membership.role == Role.CONSULTANT:
        return by_urgency(_studies_to_write(membership, at))
    return []


def _oldest(membership: Membership, statuses: Iterable[Status]) -> QuerySet[Alliance]:
    """The alliances longest in these statuses, with their gap counts."""
    visible = alliances_visible_to(membership).filter(status__in=list(statuses))
    return with_gap_counts(visible).order_by("status_since", "pk")


def _profiles_to_complete(membership: Membership, at: datetime) -> list[HomeItem]:
    alliances = list(_oldest(membership, EDITABLE)[:LIMIT])
    sizes = size_limits(alliance.call_id for alliance in alliances)
    items = []
    for alliance in alliances:
        gaps = gaps_of(alliance, sizes.get(alliance.call_id))
        why = gaps[0] if gaps else _("It is complete: present it.")
        if len(gaps) > 1:
            why = ngettext(
                "%(gap)s And %(more)d more thing.",
                "%(gap)s And %(more)d more things.",
                len(gaps) - 1,
            ) % {"gap": gaps[0], "more": len(gaps) - 1}
        page = "alliances:producer-list" if gaps else "alliances:alliance-detail"
        title = (
            _("Correct the profile")
            if alliance.status == Status.RETURNED
            else _("Complete the profile")
        )
        items.append(_item(alliance, title, why, page, "submit", at))
    return items


def _to_verify(membership: Membership, at: datetime) -> list[HomeItem]:
    """Profiles whose eligibility this member may declare: who helped one does not."""
    items = []
    waiting = list(_oldest(membership, [Status.SUBMITTED]).select_related("call", "municipality"))
    dossier_of, member = dossiers(waiting, membership), member_of(membership)
    theirs = [row for row in waiting if judge(dossier_of[row.pk], Duty.VERIFY, member)]
    for alliance in theirs[:LIMIT]:
        count, _unsigned = counts_of(alliance)
        why = ngettext("%(count)d producer", "%(count)d producers", count) % {"count": count}
        title, page = _("Verify eligibility"), "alliances:eligibility"
        items.append(_item(alliance, title, why, page, "verify", at))
    return items


def _studies_to_write(membership: Membership, at: datetime) -> list[HomeItem]:
    return [
        _item(
            alliance,
            _("Write the study"),
            str(Status(alliance.status).label),
            "alliances:study",
            "submit_study",
            at,
        )
        for alliance in _oldest(membership, STUDY_OPEN)[:LIMIT]
    ]


def _item(alliance: Alliance, title: str, why: str, page: str, verb: str, at: datetime) -> HomeItem:
    """A row with the working days left of the verb that ends this status."""
    deadline = deadline_of(alliance, BY_VERB[verb], at)
    return HomeItem(
        title=title,
        alliance=str(alliance),
        why=why,
        tone=deadline.tone,
        url=reverse(page, args=[alliance.code]),
        action=_("Open"),
        since=alliance.status_since,
        alliance_id=alliance.pk,
        slack=deadline.days_left,
    )
