"""Writes of the field: a visit with who came, what was taught and what was already adopted."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID, uuid5

from django.core.files.uploadedfile import UploadedFile
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from alliances.documents.models import DocumentKind, DocumentVersion
from alliances.documents.services import atomic_with_files, upload_document
from alliances.field.models import Attendance, Visit
from alliances.field.rules import may_be_visited, wrong_day
from alliances.field.selectors import field_period
from alliances.lifecycle.duties import Duty
from alliances.lifecycle.models import Alliance
from alliances.lifecycle.process import lock_alliance, record
from alliances.lifecycle.selectors import may_act
from alliances.people.models import Membership, Producer
from kit.access import require
from kit.errors import Conflict, DomainError


@atomic_with_files()
def log_visit(
    *,
    alliance_id: int,
    kind: str,
    visited_on: date,
    topic: str,
    acting: Membership,
    at: datetime,
    client_key: UUID,
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
    alliance = lock_alliance(alliance_id)
    if logged := _logged_before(client_key, alliance, acting):
        return logged
    require(may_act(alliance, Duty.ACCOMPANY, acting))
    period = field_period(alliance)
    require(may_be_visited(period))
    if problem := wrong_day(period, visited_on, localtime(at).date()):
        raise DomainError(problem)
    people = _producers(alliance, attended)
    _check_adoption(set(people), set(adopted), practice_checked)
    evidence = [*documents, *_keep(photos, alliance, visited_on, acting, at, client_key)]
    visit = Visit(
        alliance=alliance,
        client_key=client_key,
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
    visit.photos.set(evidence)
    Attendance.objects.bulk_create(
        Attendance(
            visit=visit,
            producer_id=person,
            has_adopted=person in adopted if practice_checked.strip() else None,
        )
        for person in people
    )
    record(
        alliance=alliance,
        verb="log_visit",
        duty=Duty.ACCOMPANY,
        acting=acting,
        at=at,
        data={
            "visit": visit.pk,
            "kind": str(kind),
            "visited_on": visited_on.isoformat(),
            "attended": len(people),
            "adopted": len(set(adopted)) if practice_checked.strip() else None,
        },
        documents=evidence,
    )
    return visit


def _logged_before(client_key: UUID, alliance: Alliance, acting: Membership) -> Visit | None:
    """The visit already logged under this key by this organisation on this alliance."""
    visit = Visit.objects.filter(client_key=client_key).select_related("visited_by").first()
    if visit is None:
        return None
    by_them = visit.visited_by.organisation_id == acting.organisation_id
    if visit.alliance_id != alliance.pk or not by_them:
        raise Conflict(_("This form was already used for another visit: open a new one."))
    return visit


def _keep(
    photos: Sequence[UploadedFile],
    alliance: Alliance,
    visited_on: date,
    acting: Membership,
    at: datetime,
    client_key: UUID,
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
            client_key=uuid5(client_key, f"photo {number}"),
        )
        for number, photo in enumerate(photos, start=1)
    ]


def _producers(alliance: Alliance, attended: Sequence[int]) -> list[int]:
    """The ids of those who came, each one once. Raises DomainError for strangers."""
    wanted = set(attended)
    found = Producer.objects.filter(alliance=alliance, pk__in=wanted).order_by("pk")
    people = list(found.values_list("pk", flat=True))
    if len(people) != len(wanted):
        raise DomainError(_("The attendance list names people who are not in this alliance."))
    return people


def _check_adoption(attended: set[int], adopted: set[int], practice_checked: str) -> None:
    if adopted and not practice_checked.strip():
        raise DomainError(_("Say which earlier practice you looked for."))
    if not adopted <= attended:
        raise DomainError(_("Only people on the attendance list can have been looked at."))
