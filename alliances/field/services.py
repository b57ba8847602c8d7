"""Writes of the field: a visit with who came, what was taught and what was already adopted."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID, uuid5

from django.core.files.uploadedfile import UploadedFile
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from alliances.documents.models import DocumentKind, DocumentVersion
from alliances.documents.services import atomic_with_files, digests, upload_document
from alliances.field.models import Attendance, Visit
from alliances.field.rules import may_be_visited, wrong_day
from alliances.field.selectors import field_period
from alliances.field.table import LOG_VISIT
from alliances.lifecycle.acting import act_on, lock_alliance
from alliances.lifecycle.models import Alliance
from alliances.people.models import Membership, Producer
from kit.access import require
from kit.errors import DomainError


@atomic_with_files()
def log_visit(
    *,
    alliance_id: int,
    kind: str,
    visited_on: date,
    topic: str,
    acting: Membership,
    at: datetime,
    key: UUID,
    notes: str = "",
    practice_taught: str = "",
    attended: Sequence[int] = (),
    practice_checked: str = "",
    adopted: Sequence[int] = (),
    documents: Sequence[DocumentVersion] = (),
    photos: Sequence[UploadedFile] = (),
) -> Visit:
    """Log a visit, who came (ids of producers) and its photographs; the same key is one visit.

    ``adopted`` are those of ``attended`` who do ``practice_checked``, a practice taught earlier;
    the others were looked at and do not. The day of the visit decides whether it was possible, so
    a phone may send it late. Raises NotAllowed for the wrong person or before execution,
    DomainError for an impossible day, somebody else's producers or a file that is no picture,
    Conflict when the key was used for another visit.
    """
    with act_on(
        lock_alliance(pk=alliance_id),
        LOG_VISIT,
        acting=acting,
        at=at,
        key=key,
        content={
            "kind": kind,
            "visited_on": visited_on,
            "topic": topic,
            "notes": notes,
            "practice_taught": practice_taught,
            "practice_checked": practice_checked,
            "attended": frozenset(attended),
            "adopted": frozenset(adopted),
            "photos": digests(photos),
        },
        documents=documents,
    ) as act:
        alliance = act.alliance
        if act.earlier:
            return Visit.objects.get(pk=act.earlier_row("visit"))
        period = field_period(alliance)
        require(may_be_visited(period))
        if problem := wrong_day(period, visited_on, localtime(at).date()):
            raise DomainError(problem, field="visited_on")
        people = _producers(alliance, attended)
        _check_adoption(set(people), set(adopted), practice_checked)
        pictures = _keep(photos, alliance, visited_on, acting, at, key)
        visit = Visit(
            alliance=alliance,
            key=key,
            kind=kind,
            visited_on=visited_on,
            topic=topic.strip(),
            notes=notes.strip(),
            practice_taught=practice_taught.strip(),
            practice_checked=practice_checked.strip(),
            visited_by=acting,
            logged_at=at,
        )
        visit.full_clean()
        visit.save()
        visit.photos.set([*documents, *pictures])
        Attendance.objects.bulk_create(
            Attendance(
                visit=visit,
                producer_id=person,
                has_adopted=person in adopted if visit.practice_checked else None,
            )
            for person in people
        )
        act.documents += pictures
        act.data |= {
            "visit": visit.pk,
            "kind": str(kind),
            "visited_on": visited_on.isoformat(),
            "attended": len(people),
            "adopted": len(set(adopted)) if visit.practice_checked else None,
        }
        return visit


def _keep(
    photos: Sequence[UploadedFile],
    alliance: Alliance,
    visited_on: date,
    acting: Membership,
    at: datetime,
    key: UUID,
) -> list[DocumentVersion]:
    """The photographs, each kept once however often the phone sends them."""
    title = _("Visit of %(day)s") % {"day": date_format(visited_on, "DATE_FORMAT")}
    return [
        upload_document(
            alliance=alliance,
            kind=DocumentKind.VISIT_PHOTO,
            title=f"{title} · {number}",
            upload=photo,
            acting=acting,
            at=at,
            key=uuid5(key, f"photo {number}"),
        )
        for number, photo in enumerate(photos, start=1)
    ]


def _producers(alliance: Alliance, attended: Sequence[int]) -> list[int]:
    """The ids of those who came, each one once. Raises DomainError for strangers."""
    wanted = set(attended)
    producers = Producer.objects.filter(alliance=alliance, pk__in=wanted).order_by("pk")
    people = list(producers.values_list("pk", flat=True))
    if len(people) != len(wanted):
        raise DomainError(_("The attendance list names people who are not in this alliance."))
    return people


def _check_adoption(attended: set[int], adopted: set[int], practice_checked: str) -> None:
    if adopted and not practice_checked.strip():
        raise DomainError(_("Say which earlier practice you looked for."))
    if not adopted <= attended:
        raise DomainError(_("Only people on the attendance list can have been looked at."))
