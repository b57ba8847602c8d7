"""Acts that this room does itself: changes of status, appointments and declared interests."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.core.exceptions import ValidationError
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from alliances.lifecycle.acting import act_on
from alliances.lifecycle.duties import Duty, Member, is_compatible
from alliances.lifecycle.models import APPOINTABLE, Alliance, Appointment, Interest
from alliances.lifecycle.refusals import Attempt
from alliances.lifecycle.selectors import can_advise, dossier_of
from alliances.lifecycle.table import (
    APPOINT,
    BY_VERB,
    DECLARE_INTEREST,
    END_APPOINTMENT,
    REFUSED_ATTEMPT,
    Transition,
)
from alliances.people.models import Consultant, Membership, Organisation, User
from kit.access import require
from kit.errors import Conflict, DomainError, NotAllowed

if TYPE_CHECKING:
    from alliances.documents.models import DocumentVersion


def transition_named(verb: str) -> Transition:
    """The row of the table for ``verb``. Raises DomainError when there is none."""
    if verb not in BY_VERB:
        raise DomainError(_("There is no act called «%(verb)s».") % {"verb": verb})
    return BY_VERB[verb]


def advance(
    *,
    alliance_id: int,
    verb: str,
    acting: Membership,
    at: datetime,
    reason: str = "",
    reason_code: str = "",
    documents: "Sequence[DocumentVersion]" = (),
    key: UUID | None = None,
    seen: str | None = None,
) -> Alliance:
    """Apply one verb of the transition table and write its event.

    The same ``key`` twice is one act. Raises what ``act_on`` raises.
    """
    with act_on(
        alliance_id,
        transition_named(verb),
        acting=acting,
        at=at,
        key=key,
        seen=seen,
        reason=reason,
        reason_code=reason_code,
        documents=documents,
    ) as act:
        return act.alliance


def appoint(
    *,
    alliance_id: int,
    duty: Duty,
    organisation: Organisation,
    acting: Membership,
    at: datetime,
    person: User | None = None,
    key: UUID | None = None,
) -> Appointment:
    """Give a duty on the alliance to an organisation, or to one person of it.

    Raises NotAllowed when the appointer may not direct, when the organisation already did
    something that the regime keeps apart from this duty, or for somebody who may not advise;
    ValidationError for a kind of organisation that does not do that.
    """
    content = {"duty": str(duty), "organisation": organisation, "person": person}
    with act_on(alliance_id, APPOINT, acting=acting, at=at, key=key, content=content) as act:
        if act.earlier:
            return Appointment.objects.get(pk=act.earlier_row("appointment"))
        candidate = Member(
            person_id=person.pk if person else 0,
            person=person.display_name if person else organisation.name,
            organisation_id=organisation.pk,
            organisation=organisation.name,
            role="",
        )
        require(is_compatible(dossier_of(act.alliance), duty, candidate))
        if organisation.kind not in APPOINTABLE.get(duty, ()):
            raise ValidationError(
                {"organisation": _("This kind of organisation does not do that.")}
            )
        if duty == Duty.ADVISE:
            _require_adviser(person, at)
        appointment = Appointment(
            alliance=act.alliance,
            duty=duty,
            organisation=organisation,
            person=person,
            since=localtime(at).date(),
        )
        _refuse_twice(appointment)
        appointment.save()
        act.data |= {
            "appointment": appointment.pk,
            "duty": str(duty),
            "organisation": organisation.pk,
            "name": organisation.name,
        }
        return appointment


def _require_adviser(person: User | None, at: datetime) -> None:
    """One registered consultant with a verified credential, and room for one alliance more."""
    entry = Consultant.objects.select_for_update().filter(user=person).first() if person else None
    if entry is None:
        raise NotAllowed(
            _("Whoever advises an alliance is one person of the consultants' register.")
        )
    require(can_advise(entry, at))  # under the lock: two appointments at once come one by one


def end_appointment(
    *,
    appointment_id: int,
    acting: Membership,
    at: datetime,
    reason: str,
    reason_code: str,
    key: UUID | None = None,
) -> Appointment:
    """End a standing appointment today, with its reason.

    Raises NotAllowed for who may not direct, Conflict when it has ended already.
    """
    alliance_id = Appointment.objects.get(pk=appointment_id).alliance_id
    content = {"appointment": appointment_id}
    with act_on(
        alliance_id,
        END_APPOINTMENT,
        acting=acting,
        at=at,
        key=key,
        content=content,
        reason=reason,
        reason_code=reason_code,
    ) as act:
        appointment = Appointment.objects.select_related("organisation").get(pk=appointment_id)
        if act.earlier:
            return appointment
        if appointment.until:
            raise Conflict(
                _("This appointment already ended on %(day)s.")
                % {"day": date_format(appointment.until, "DATE_FORMAT")}
            )
        appointment.until = localtime(at).date()
        appointment.save(update_fields=["until"])
        act.data |= {"duty": appointment.duty, "name": appointment.organisation.name}
        return appointment


def declare_interest(
    *,
    alliance: Alliance,
    kind: str,
    detail: str,
    acting: Membership,
    at: datetime,
    key: UUID | None = None,
) -> Interest:
    """Record a tie that bars this person from judging the alliance; it cannot be withdrawn."""
    content = {"kind": kind, "detail": detail}
    with act_on(
        alliance.pk, DECLARE_INTEREST, acting=acting, at=at, key=key, content=content
    ) as act:
        if act.earlier:
            return Interest.objects.get(pk=act.earlier_row("interest"))
        interest = Interest(
            alliance=act.alliance, person=acting.user, kind=kind, detail=detail, declared_at=at
        )
        _refuse_twice(interest)
        interest.save()
        act.data |= {"kind": kind, "interest": interest.pk}
        return interest


def record_refusal(attempt: Attempt) -> None:
    """Write that somebody tried what they may not, and what they were told; once a day."""
    with act_on(
        attempt.alliance_id,
        REFUSED_ATTEMPT,
        acting=attempt.acting,
        at=attempt.at,
        key=attempt.key,
        data={"attempted": attempt.act.verb, "why": attempt.reason},
    ):
        pass


def _refuse_twice(row: Appointment | Interest) -> None:
    """The constraints of the row, as a sentence. Raises Conflict."""
    try:
        row.full_clean()
    except ValidationError as error:
        raise Conflict(" ".join(error.messages)) from error
