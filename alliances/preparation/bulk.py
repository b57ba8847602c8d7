"""Presenting, verifying and returning many profiles at once: each row its own act."""

from datetime import datetime
from functools import partial
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from alliances.lifecycle.models import Alliance
from alliances.lifecycle.registry import unmet
from alliances.lifecycle.services import advance
from alliances.lifecycle.table import BY_VERB
from alliances.lists.models import BulkAct, BulkRow
from alliances.lists.registry import (
    BulkVerb,
    Foreseen,
    foreseen,
    offer,
    with_what_is_judged,
)
from alliances.people.models import Membership
from alliances.preparation.selectors.profiles import gaps_of, size_limits, with_gap_counts
from alliances.preparation.services import verify_profile

#: The lists whose rows are profiles.
LISTS = ("profiles", "alliances")


def foresee_submit(
    alliances: QuerySet[Alliance], acting: Membership, at: datetime
) -> list[Foreseen]:
    """Which profiles can be presented, and what the others lack."""
    keys = list(alliances.values_list("pk", flat=True))
    counted = with_gap_counts(Alliance.objects.filter(pk__in=keys))
    by_key = with_what_is_judged(counted).in_bulk()
    rows = [by_key[key] for key in keys]
    sizes = size_limits(row.call_id for row in rows)
    return foreseen(
        rows,
        BY_VERB["submit"],
        acting,
        lambda row: " ".join(gaps_of(row, sizes.get(row.call_id))),
    )


def foresee_plain(
    alliances: QuerySet[Alliance], acting: Membership, at: datetime, *, verb: str
) -> list[Foreseen]:
    """Which alliances this member may move, and what keeps the others where they are."""
    act = BY_VERB[verb]
    rows = with_what_is_judged(alliances)
    return foreseen(rows, act, acting, lambda row: " ".join(unmet(row, act.requirements)))


def move(bulk: BulkAct, row: BulkRow, acting: Membership, at: datetime, key: UUID) -> object:
    """One verb of the table on one profile."""
    return advance(
        alliance_id=row.target,
        verb=bulk.verb,
        acting=acting,
        at=at,
        key=key,
        seen=row.seen,
        reason=bulk.reason,
        reason_code=bulk.reason_code,
    )


def verify(bulk: BulkAct, row: BulkRow, acting: Membership, at: datetime, key: UUID) -> object:
    """Declare one profile eligible, if its producers and figures are."""
    alliance = Alliance.objects.get(pk=row.target)
    return verify_profile(alliance=alliance, acting=acting, at=at, key=key, seen=row.seen)


offer(
    BulkVerb(
        name="submit",
        label=_("Submit profile"),
        act=BY_VERB["submit"],
        lists=LISTS,
        foresee=foresee_submit,
        perform=move,
        key="p",
    )
)
offer(
    BulkVerb(
        name="verify",
        label=_("Declare eligible"),
        act=BY_VERB["verify"],
        lists=LISTS,
        foresee=partial(foresee_plain, verb="verify"),
        perform=verify,
        key="v",
        caution=_(
            "Each profile is read against the limits of its call at that moment: who does not meet "
            "them stays as it is, and is named with what is not met."
        ),
    )
)
offer(
    BulkVerb(
        name="return_profile",
        label=_("Return profile"),
        act=BY_VERB["return_profile"],
        lists=LISTS,
        foresee=partial(foresee_plain, verb="return_profile"),
        perform=move,
        key="r",
    )
)
