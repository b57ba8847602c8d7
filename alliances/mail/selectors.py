"""Reads: what became of what was written."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, OuterRef, QuerySet

from alliances.mail.models import OF_THE_DAY, Notice, NoticeKind, NoticeStatus
from alliances.people.models import Membership, Notices, User


def people_to_write(on: date) -> QuerySet[User]:
    """Who wants to be written, has an e-mail, and a membership in force that day.

    First those who were not written that day: a tick that ends before its time starves nobody.
    """
    in_force = Membership.objects.valid_on(on).values("user")
    people = User.objects.filter(is_active=True, pk__in=in_force).exclude(email="")
    written = Notice.objects.filter(person=OuterRef("pk"), day=on)
    return people.exclude(notices=Notices.NONE).order_by(Exists(written), "pk")


@dataclass(frozen=True)
class EarlierNotices:
    """What a person was written of their work before: today's number, and the late tasks told."""

    has_digest: bool
    next_number: int
    tasks: frozenset[str]


def earlier_notices(person: User, on: date) -> EarlierNotices:
    """Of that day and, for the tasks, of every day that is still kept; in one query."""
    rows = list(
        Notice.objects.filter(person=person, kind__in=OF_THE_DAY).only(
            "kind", "day", "number", "tasks", "status"
        )
    )
    today = [row for row in rows if row.day == on]
    written = {NoticeStatus.SENT, NoticeStatus.REFUSED}  # what waits since yesterday never leaves
    leaves = {row.pk for row in today if row.status == NoticeStatus.WAITING}
    tasks = (row.tasks for row in rows if row.status in written or row.pk in leaves)
    return EarlierNotices(
        has_digest=any(row.kind == NoticeKind.DIGEST for row in today),
        next_number=max((row.number for row in today), default=0) + 1,
        tasks=frozenset().union(*tasks),
    )


def refusals_about(subjects: Iterable[str]) -> dict[str, str]:
    """Why the last message about each of these did not arrive, by what it was ``about``."""
    last = Notice.objects.filter(about__in=list(subjects)).order_by("about", "-pk")
    return {
        row.about: row.reason
        for row in last.distinct("about")
        if row.status == NoticeStatus.REFUSED
    }
