"""Writes of the field: who is to visit by when, and a visit with who came and what was taught."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID, uuid5

from django.core.files.uploadedfile import UploadedFile
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from alliances.documents.models import DocumentKind, DocumentVersion
from alliances.documents.services import atomic_with_files, digests, upload_document
from alliances.field.models import Attendance, PlannedVisit, Visit
from alliances.field.plans import may_go, open_plans, present_version
from alliances.field.rules import fulfils, may_be_visited, wrong_day, wrong_due_day
from alliances.field.selectors import field_period
from alliances.field.table import ASSIGN_VISIT, LOG_VISIT, WITHDRAW_PLANNED_VISIT
from alliances.lifecycle.acting import act_on, lock_alliance
from alliances.lifecycle.models import Alliance
from alliances.lifecycle.selectors import dossier_of
from alliances.people.models import Membership, Producer
from kit.access import require
from kit.errors import Conflict, DomainError


# -- Who is to visit ------------------------------------------------------------------------------
def assign_visit(
    *,
    alliance_id: int,
    to: int,
    due_on: date,
    acting: Membership,
    at: datetime,
    key: UUID,
    seen: str | None = None,
) -> PlannedVisit:
    """Plan that a member (its id) visits the alliance by a day, in place of what was planned.

    ``seen`` is the ``plans.plan_version`` that was read. The same plan once more changes nothing.
    Raises NotAllowed for who does not accompany it and for an alliance that nobody visits,
    DomainError for somebody who may not be sent or an impossible day, Conflict when somebody else
    planned it first or visited meanwhile.
    """
    with act_on(
        alliance_id,
        ASSIGN_VISIT,
        acting=acting,
        at=at,
        key=key,
        content={"to": to, "due_on": due_on},
        seen=seen,
        version=lambda: present_version(alliance_id),
    ) as act:
        if act.earlier:
            return PlannedVisit.objects.get(pk=act.earlier_row("plan"))
        today = localtime(at).date()
        if problem := wrong_due_day(due_on, today):
            raise DomainError(problem, field="due_on")
        member = _who_goes(act.alliance, to, today)
        earlier = open_plans().filter(alliance=alliance_id).first()
        if earlier and (earlier.assigned_to_id, earlier.due_on) == (member.pk, due_on):
            act.skip()
            return earlier
        if earlier:
            _close(earlier, at)
        plan = PlannedVisit(
            alliance=act.alliance,
            key=key,
            assigned_to=member,
            due_on=due_on,
            planned_by=acting,
            planned_at=at,
        )
        plan.full_clean()
        plan.save()
        act.data |= {
            "plan": plan.pk,
            "to": member.pk,
            "due_on": due_on.isoformat(),
            "replaces": earlier.pk if earlier else None,
        }
        return plan


def withdraw_planned_visit(
    *, alliance_id: int, acting: Membership, at: datetime, key: UUID, seen: str | None = None
) -> PlannedVisit:
    """Leave the next visit of an alliance without anybody who is to go.

    Raises NotAllowed for who does not accompany it, Conflict when there is no such plan any more.
    """
    with act_on(
        alliance_id,
        WITHDRAW_PLANNED_VISIT,
        acting=acting,
        at=at,
        key=key,
        seen=seen,
        version=lambda: present_version(alliance_id),
    ) as act:
        if act.earlier:
            return PlannedVisit.objects.get(pk=act.earlier_row("plan"))
        plan = open_plans().filter(alliance=alliance_id).first()
        if plan is None:
            raise Conflict(_("No visit to this alliance is assigned: it was made or withdrawn."))
        act.data["plan"] = plan.pk
        return _close(plan, at)


def _who_goes(alliance: Alliance, to: int, today: date) -> Membership:
    """The member of that id. Raises DomainError for who may not be sent there."""
    member = Membership.objects.with_names().filter(pk=to).first()
    if member is None:
        raise DomainError(_("Choose who is to go."), field="to")
    if not (verdict := may_go(dossier_of(alliance, member), member, today)):
        raise DomainError(verdict.reason, field="to")
    return member


# -- Visits ---------------------------------------------------------------------------------------
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
    a phone may send it late. It fulfils the visit assigned here, whoever was to go, unless it was
    made before that was planned. Raises NotAllowed for the wrong person or before execution,
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
        if plan := _fulfilled_by(visit, at):
            act.data["plan"] = plan.pk
        act.data |= {
            "visit": visit.pk,
            "kind": str(kind),
            "visited_on": visited_on.isoformat(),
            "attended": len(people),
            "adopted": len(set(adopted)) if visit.practice_checked else None,
        }
        return visit


def _fulfilled_by(visit: Visit, at: datetime) -> PlannedVisit | None:
    """The plan that this visit closes. A phone may send late a visit that came before the plan."""
    plan = open_plans().filter(alliance=visit.alliance_id).first()
    if plan is None or not fulfils(visit.visited_on, localtime(plan.planned_at).date()):
        return None
    plan.visit = visit
    return _close(plan, at)


def _close(plan: PlannedVisit, at: datetime) -> PlannedVisit:
    plan.closed_at = at
    plan.save(update_fields=["visit", "closed_at"])
    return plan


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
