"""What was asked of a profile that was sent back: by whom, until when, and where each is mended.

And what was answered when it was presented again, for whoever reads it anew.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from alliances.calls.models import EligibilityRule
from alliances.calls.rules import State
from alliances.calls.selectors import Eligibility, eligibility_of
from alliances.lifecycle.home import deadline_of
from alliances.lifecycle.models import Alliance, Event
from alliances.lifecycle.reasons import ReasonCode
from alliances.lifecycle.table import BY_VERB, Status
from alliances.preparation.selectors.profiles import gaps_to_mend
from alliances.territory.deadlines import Deadline
from kit.figures import number

#: So many people are listed one by one; the page of eligibility has them all.
MOST_PEOPLE = 8
#: Where what was asked in words is mended.
PLACES = (
    (gettext_lazy("Data of the profile"), "alliances:profile-edit"),
    (gettext_lazy("Producers"), "alliances:producer-list"),
    (gettext_lazy("Documents"), "alliances:document-list"),
)


@dataclass(frozen=True)
class ToMend:
    """One thing to mend and the page where it is done."""

    text: str
    url: str
    action: str


@dataclass(frozen=True)
class ReturnNotice:
    """What whoever verifies asked, what was answered, until when, and where it is mended."""

    kind: str
    words: str
    person: str
    organisation: str
    at: datetime
    answer: str = ""
    answered_at: datetime | None = None
    deadline: Deadline | None = None
    places: tuple[ToMend, ...] = ()


def last_return(alliance: Alliance) -> ReturnNotice | None:
    """The last thing that was asked of this profile, with its answer; None if nothing ever was."""
    moves = Event.objects.filter(alliance=alliance, verb__in=("return_profile", "submit"))
    last = list(moves.select_related("actor", "organisation").order_by("-sequence")[:2])
    returned = next((event for event in last if event.verb == "return_profile"), None)
    if returned is None:
        return None
    answered = last[0] if last[0].verb == "submit" else None
    code = returned.data.get("reason_code", "")
    return ReturnNotice(
        kind=str(ReasonCode(code).label) if code in ReasonCode.values else "",
        words=returned.reason,
        person=returned.actor.display_name if returned.actor else "",
        organisation=returned.organisation.name if returned.organisation else "",
        at=returned.at,
        answer=answered.reason if answered else "",
        answered_at=answered.at if answered else None,
    )


def open_return(alliance: Alliance, at: datetime) -> ReturnNotice | None:
    """The same of a profile that waits for its people, with until when; None in another status."""
    notice = last_return(alliance) if alliance.status == Status.RETURNED else None
    if notice is None:
        return None
    return replace(
        notice,
        deadline=deadline_of(alliance, BY_VERB["submit"], at),
        places=tuple(
            ToMend("", reverse(page, args=[alliance.code]), str(label)) for label, page in PLACES
        ),
    )


def open_points(alliance: Alliance) -> list[ToMend]:
    """What the call's own limits find open: gaps, then limits of the profile, then people."""
    return list(_points(alliance))


def _points(alliance: Alliance) -> Iterator[ToMend]:
    code = alliance.code
    for gap in gaps_to_mend(alliance):
        yield ToMend(gap.text, reverse(gap.page, args=[code]), _("Mend"))
    result = eligibility_of(alliance)
    for finding in result.profile:
        # Its size is a gap already.
        if finding.state != State.MET and finding.code != EligibilityRule.Code.SIZE:
            url = reverse("alliances:profile-edit", args=[code])
            yield ToMend(finding.figure, url, _("Mend"))
    yield from _people(alliance, result)


def _people(alliance: Alliance, result: Eligibility) -> Iterator[ToMend]:
    open_of = [
        (producer, [finding for finding in findings if finding.state != State.MET])
        for producer, findings in result.producers
    ]
    people = [(producer, findings) for producer, findings in open_of if findings]
    for producer, findings in people[:MOST_PEOPLE]:
        yield ToMend(
            f"{producer}: {'; '.join(finding.figure for finding in findings)}",
            reverse("alliances:producer-edit", args=[alliance.code, producer.pk]),
            _("Mend"),
        )
    rest = len(people[MOST_PEOPLE:])
    if rest:
        text = ngettext(
            "%(count)s more producer has something open.",
            "%(count)s more producers have something open.",
            rest,
        ) % {"count": number(rest)}
        yield ToMend(text, reverse("alliances:eligibility", args=[alliance.code]), _("See them"))
