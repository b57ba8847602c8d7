"""The mail of the day: what waits for each person, and what became late since.

Context: home tells all that waits, to whoever opens it. Decision: each working day the same reads
(``paap.home.waiting_at``) are written to each person once; a task that becomes late afterwards is
told the same day, once. A row is first (``Notice``), unique for a person, day and number, so that
a tick that comes twice, or two workers, tell nothing twice. Consequence: the mail never says what
home does not; it names alliances, kinds of task and days, and no word that people wrote of
producers.
"""

import hashlib
import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from celery.exceptions import SoftTimeLimitExceeded
from django.urls import reverse
from django.utils import translation
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from alliances.lifecycle.home import HomeItem
from alliances.mail.models import NoticeKind
from alliances.mail.selectors import EarlierNotices, earlier_notices, people_to_write
from alliances.mail.services import write_of_the_day
from alliances.people.models import Membership, Notices, User
from alliances.people.selectors import memberships_of
from kit.figures import date_short, number
from kit.tones import Tone
from kit.web import absolute
from paap.home import TaskKind, Waiting, desk_of, waiting_at

logger = logging.getLogger(__name__)

#: Rows of each room that are looked at: all that one person has, save for a few.
ROWS = 200
#: Rows of one kind that the message names.
NAMED = 3


@dataclass(frozen=True)
class Part:
    """What waits for one membership of the person."""

    membership: Membership
    waiting: Waiting

    @property
    def late(self) -> dict[str, HomeItem]:
        """Tasks whose slack is red, by a key that stays the same until they are done."""
        items = (row for row in self.waiting.items if row.slack is not None)
        return {self._key(row): row for row in items if row.tone is Tone.LATE}

    def _key(self, item: HomeItem) -> str:
        words = (self.membership.pk, item.task, item.url, item.since.isoformat())
        return hashlib.sha256("\n".join(map(str, words)).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Group:
    """One kind of task in the message: its heading, its list, and the most urgent of its rows."""

    heading: str
    url: str
    items: tuple[HomeItem, ...]
    count: int


# -- Writing ---------------------------------------------------------------------------------------
def write_notices(*, at: datetime) -> None:
    """Write to everybody what waits for them, if they were not yet today, else what became late.

    One person whose work cannot be told keeps nobody else from their message.
    """
    for person in people_to_write(localtime(at).date()):  # first who has nothing of today yet
        try:
            _write_to(person, at)
        except SoftTimeLimitExceeded:
            raise
        except Exception:
            logger.exception("what waits for the person %s cannot be told", person.pk)


def _write_to(person: User, at: datetime) -> None:
    today = localtime(at).date()
    earlier = earlier_notices(person, today)
    with translation.override(person.language):
        memberships = memberships_of(person, today)
        parts = [Part(row, waiting_at(desk_of(row, at, rows=ROWS))) for row in memberships]
        if person.notices == Notices.DAILY and not earlier.has_digest:
            _write_digest(person, parts, at)
        else:
            _write_late(person, parts, earlier, at)


def _write_digest(person: User, parts: list[Part], at: datetime) -> None:
    count = sum(part.waiting.count for part in parts)
    late = {key for part in parts for key in part.late}
    subject = ngettext(
        "Alianzas: %(count)s task waits for you", "Alianzas: %(count)s tasks wait for you", count
    ) % {"count": number(count)}
    write_of_the_day(
        person=person,
        kind=NoticeKind.DIGEST,
        number=0,
        tasks=late,
        subject=subject,
        text=digest_text(person, parts, at) if count else "",
        at=at,
    )


def _write_late(person: User, parts: list[Part], earlier: EarlierNotices, at: datetime) -> None:
    """What is late and was never told; of more than is looked at, once a day at most."""
    late = {key: row for part in parts for key, row in part.late.items()}
    new = late.keys() - earlier.tasks
    is_cut = any(len(part.waiting.items) >= ROWS for part in parts)
    if not new or (is_cut and (earlier.has_digest or earlier.next_number > 1)):
        return
    subject = ngettext(
        "Alianzas: %(count)s task of yours is late",
        "Alianzas: %(count)s tasks of yours are late",
        len(new),
    ) % {"count": number(len(new))}
    write_of_the_day(
        person=person,
        kind=NoticeKind.URGENT,
        number=earlier.next_number,
        tasks=new,
        subject=subject,
        text=late_text(person, parts, new),
        at=at,
    )


# -- Words -----------------------------------------------------------------------------------------
def digest_text(person: User, parts: Iterable[Part], at: datetime) -> str:
    """What waits, by kind with its count and its list, and how urgent: in the active language."""
    parts = [part for part in parts if part.waiting.count]
    count = sum(part.waiting.count for part in parts)
    late = sum(len(part.late) for part in parts)
    day = date_short(localtime(at).date())
    words = {"count": number(count), "late": number(late), "day": day}
    opening = ngettext(
        "%(count)s task waits for you today, %(day)s.",
        "%(count)s tasks wait for you today, %(day)s.",
        count,
    )
    if late:
        opening += " " + ngettext("%(late)s is late.", "%(late)s are late.", late)
    sections = ((part.membership, _groups(part.waiting)) for part in parts)
    footer = _("You get this message on working days on which something waits for you.")
    return _letter(person, opening % words, sections, footer)


def late_text(person: User, parts: Iterable[Part], keys: Iterable[str]) -> str:
    """What became late, in the active language."""
    wanted = set(keys)
    sections = [
        (part.membership, [_alone(row, part.waiting) for key, row in late.items() if key in wanted])
        for part in parts
        if wanted & (late := part.late).keys()
    ]
    opening = ngettext(
        "%(count)s task of yours is late since the last message.",
        "%(count)s tasks of yours are late since the last message.",
        len(wanted),
    ) % {"count": number(len(wanted))}
    return _letter(person, opening, sections, _("You get this message once for each late task."))


def _letter(
    person: User,
    opening: str,
    sections: Iterable[tuple[Membership, Iterable[Group]]],
    footer: str,
) -> str:
    """The whole message: whom it greets, what it says, and where its reader chooses another."""
    lines = [f"{person.display_name}:", "", opening, ""]
    for membership, groups in sections:
        role, body = membership.get_role_display(), membership.organisation.name
        lines += [f"{role} · {body}", ""]
        lines += [line for group in groups for line in _lines(group)]
    choose = absolute(reverse("alliances:messages"))
    lines += ["--", footer, _("Choose otherwise: %(link)s") % {"link": choose}]
    return "\n".join(lines) + "\n"


def _lines(group: Group) -> Iterator[str]:
    yield group.heading
    yield group.url
    for item in group.items[:NAMED]:
        yield f"- {item.alliance}"
        yield f"  {item.why}"
    if group.items and (more := group.count - len(group.items[:NAMED])) > 0:
        words = ngettext("and %(more)s more", "and %(more)s more", more)
        yield "- " + words % {"more": number(more)}
    yield ""


def _groups(waiting: Waiting) -> list[Group]:
    """Kinds that have a list, the most urgent first; then what stands in none, each by itself."""
    by_task: dict[str, list[HomeItem]] = {}
    for item in waiting.items:  # the most urgent first
        by_task.setdefault(item.task, []).append(item)
    names = [kind.name for kind in waiting.kinds]
    order = {name: place for place, name in enumerate(by_task)}
    kinds = sorted(waiting.kinds, key=lambda kind: order.get(kind.name, len(order)))
    alone = [row for row in waiting.items if row.task not in names]
    return [
        *(_group_of(kind, by_task.get(kind.name, [])) for kind in kinds),
        *(_alone(row, waiting) for row in alone),
    ]


def _group_of(kind: TaskKind, items: list[HomeItem]) -> Group:
    heading = f"{kind.label}: {number(kind.count)}"
    return Group(heading, absolute(kind.url), tuple(items), kind.count)


def _alone(item: HomeItem, waiting: Waiting) -> Group:
    """One task with the page where it is done, under the name of its kind, else of its button.

    What is of no kind of task has a title that nobody wrote.
    """
    labels = {kind.name: kind.label for kind in waiting.kinds}
    heading = labels.get(item.task, item.action) if item.task else item.title
    return Group(heading, absolute(item.url), (item,), 1)
