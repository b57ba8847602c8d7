"""The only way to act on an alliance: lock it, ask the judge, check the table, write the event."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from alliances.lifecycle.duties import Duty, Member, is_compatible
from alliances.lifecycle.keys import is_repeated
from alliances.lifecycle.models import APPOINTABLE, Alliance, Appointment, Event, Interest
from alliances.lifecycle.requirements import unmet
from alliances.lifecycle.selectors import dossier_of, judge_move, last_move, may_act, member_of
from alliances.lifecycle.table import BY_VERB, Status, Transition
from alliances.lifecycle.verbs import label_of
from alliances.people.models import Membership, Organisation, User
from kit.access import require
from kit.errors import Conflict, DomainError, NotAllowed

if TYPE_CHECKING:
    from alliances.documents.models import DocumentVersion


def lock_alliance(alliance_id: int) -> Alliance:
    """The alliance, locked until the transaction ends: acts on it come one by one."""
    return (
        Alliance.objects.select_for_update(of=("self",))
        .select_related("call", "municipality__department", "organisation", "crop")
        .get(pk=alliance_id)
    )


def transition_named(verb: str) -> Transition:
    """The row of the table for ``verb``. Raises DomainError when there is none."""
    if verb not in BY_VERB:
        raise DomainError(_("There is no act called «%(verb)s».") % {"verb": verb})
    return BY_VERB[verb]


def transition_for(alliance: Alliance, verb: str) -> Transition:
    """The row of the table for ``verb``, when it leaves the alliance's present status.

    Raises NotAllowed when it does not, and Conflict when somebody moved the alliance first.
    """
    transition = transition_named(verb)
    if alliance.status in transition.sources:
        return transition
    move = last_move(alliance)
    if move and move.from_status in transition.sources:
        raise Conflict(
            _("%(person)s already moved this alliance to «%(status)s» on %(when)s.")
            % {
                "person": move.actor.display_name if move.actor else _("Somebody"),
                "status": Status(move.to_status).label,
                "when": date_format(localtime(move.at), "SHORT_DATETIME_FORMAT"),
            }
        )
    raise NotAllowed(
        _("«%(verb)s» is not possible while the alliance is «%(status)s».")
        % {"verb": transition.label, "status": Status(alliance.status).label}
    )


@transaction.atomic
def advance(
    *,
    alliance_id: int,
    verb: str,
    acting: Membership,
    at: datetime,
    reason: str = "",
    data: dict[str, Any] | None = None,
    documents: "Sequence[DocumentVersion]" = (),
    key: UUID | None = None,
) -> Alliance:
    """Apply one verb of the transition table and write its event.

    The same ``key`` twice is one act. Raises NotAllowed when the person, the state, a requirement
    or missing evidence forbids it, and Conflict when somebody else moved the alliance first or
    the key belongs to another act.
    """
    alliance = lock_alliance(alliance_id)
    if is_repeated(alliance, verb, key):
        return alliance
    transition = transition_for(alliance, verb)
    require(judge_move(alliance, transition, dossier_of(alliance, acting), member_of(acting)))
    _check_evidence(transition, reason, documents)
    reasons = unmet(alliance, transition.requirements)
    if reasons:
        raise NotAllowed(" ".join(reasons))
    _write(
        alliance,
        verb=verb,
        duty=transition.duty,
        acting=acting,
        at=at,
        reason=reason,
        data=_with_documents(data, documents),
        key=key,
        from_status=alliance.status,
        to_status=transition.target,
    )
    alliance.refresh_from_db(fields=["status", "status_since"])
    return alliance


@transaction.atomic
def record(
    *,
    alliance: Alliance,
    verb: str,
    duty: Duty | None,
    acting: Membership,
    at: datetime,
    reason: str = "",
    data: dict[str, Any] | None = None,
    documents: "Sequence[DocumentVersion]" = (),
    key: UUID | None = None,
) -> Event:
    """Write one act that changes no status, after asking the judge when it exercises a duty.

    Raises NotAllowed, naming the earlier act, when the person or the organisation may not.
    """
    locked = lock_alliance(alliance.pk)
    if duty is not None:
        require(may_act(locked, duty, acting))
    return _write(
        locked,
        verb=verb,
        duty=duty or "",
        acting=acting,
        at=at,
        reason=reason,
        data=_with_documents(data, documents),
        key=key,
    )


@transaction.atomic
def record_apart(
    *,
    verb: str,
    acting: Membership | None,
    at: datetime,
    reason: str = "",
    data: dict[str, Any] | None = None,
    key: UUID | None = None,
) -> Event:
    """Write one act that belongs to no alliance (a call sealed); history loaded has no actor."""
    return _write(
        None, verb=verb, duty="", acting=acting, at=at, reason=reason, data=data or {}, key=key
    )


@transaction.atomic
def appoint(
    *,
    alliance_id: int,
    duty: Duty,
    organisation: Organisation,
    acting: Membership,
    at: datetime,
    person: User | None = None,
) -> Appointment:
    """Give a duty on the alliance to an organisation, or to one person of it.

    Raises NotAllowed when the appointer may not direct, or when the organisation already did
    something that the regime keeps apart from this duty; ValidationError for a kind of
    organisation that does not do that.
    """
    alliance = lock_alliance(alliance_id)
    candidate = Member(
        person_id=person.pk if person else 0,
        person=person.display_name if person else organisation.name,
        organisation_id=organisation.pk,
        organisation=organisation.name,
        role="",
    )
    require(may_act(alliance, Duty.DIRECT, acting))
    require(is_compatible(dossier_of(alliance), duty, candidate))
    if organisation.kind not in APPOINTABLE.get(duty, ()):
        raise ValidationError({"organisation": _("This kind of organisation does not do that.")})
    appointment = Appointment(
        alliance=alliance,
        duty=duty,
        organisation=organisation,
        person=person,
        since=localtime(at).date(),
    )
    _refuse_twice(appointment)
    record(
        alliance=alliance,
        verb="appoint",
        duty=Duty.DIRECT,
        acting=acting,
        at=at,
        data={"duty": str(duty), "organisation": organisation.pk, "name": organisation.name},
    )
    appointment.save()
    return appointment


@transaction.atomic
def end_appointment(
    *, appointment_id: int, acting: Membership, at: datetime, reason: str
) -> Appointment:
    """End a standing appointment today, with its reason.

    Raises NotAllowed for who may not direct, Conflict when it has ended already.
    """
    if not reason.strip():
        raise DomainError(_("Say why the appointment ends."))
    alliance = lock_alliance(Appointment.objects.get(pk=appointment_id).alliance_id)
    require(may_act(alliance, Duty.DIRECT, acting))
    appointment = Appointment.objects.select_related("organisation").get(pk=appointment_id)
    if appointment.until:
        raise Conflict(
            _("This appointment already ended on %(day)s.")
            % {"day": date_format(appointment.until, "DATE_FORMAT")}
        )
    record(
        alliance=alliance,
        verb="end_appointment",
        duty=Duty.DIRECT,
        acting=acting,
        at=at,
        reason=reason,
        data={"duty": appointment.duty, "name": appointment.organisation.name},
    )
    appointment.until = localtime(at).date()
    appointment.save(update_fields=["until"])
    return appointment


@transaction.atomic
def declare_interest(
    *, alliance: Alliance, kind: str, detail: str, acting: Membership, at: datetime
) -> Interest:
    """Record a tie that bars this person from judging the alliance; it cannot be withdrawn."""
    interest = Interest(
        alliance=alliance, person=acting.user, kind=kind, detail=detail, declared_at=at
    )
    _refuse_twice(interest)
    record(
        alliance=alliance,
        verb="declare_interest",
        duty=None,
        acting=acting,
        at=at,
        data={"kind": kind},
    )
    interest.save()
    return interest


def _check_evidence(
    transition: Transition, reason: str, documents: "Sequence[DocumentVersion]"
) -> None:
    if transition.needs_reason and not reason.strip():
        raise DomainError(_("«%(verb)s» needs a reason.") % {"verb": transition.label})
    if transition.needs_evidence and not documents:
        raise DomainError(_("«%(verb)s» needs a document.") % {"verb": transition.label})


def _with_documents(
    data: dict[str, Any] | None, documents: "Sequence[DocumentVersion]"
) -> dict[str, Any]:
    """The act's data with the identity and hash of each document it rests on."""
    evidence = [{"version": version.pk, "sha256": version.sha256} for version in documents]
    return (data or {}) | ({"documents": evidence} if evidence else {})


def _refuse_twice(row: Appointment | Interest) -> None:
    """The constraints of the row, as a sentence. Raises Conflict."""
    try:
        row.full_clean()
    except ValidationError as error:
        raise Conflict(" ".join(error.messages)) from error


def _write(
    alliance: Alliance | None,
    *,
    verb: str,
    duty: str,
    acting: Membership | None,
    at: datetime,
    reason: str,
    data: dict[str, Any],
    key: UUID | None,
    from_status: str = "",
    to_status: str = "",
) -> Event:
    label_of(verb)  # an act without a name could not be told afterwards
    if acting and not acting.is_valid_on(localtime(at).date()):
        raise NotAllowed(_("%(member)s: this role is not in force today.") % {"member": acting})
    event = Event.objects.create(
        alliance=alliance,
        verb=verb,
        duty=duty,
        actor=acting.user if acting else None,
        organisation=acting.organisation if acting else None,
        at=at,
        reason=reason.strip(),
        data=data,
        client_key=key,
        from_status=from_status,
        to_status=to_status,
    )
    event.refresh_from_db(fields=["chain", "sequence", "previous_hash", "hash"])
    return event
