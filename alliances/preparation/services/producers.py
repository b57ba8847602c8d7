"""Writing the producers of a profile. Events say how many and which row, never who."""

from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from alliances.lifecycle.duties import Duty
from alliances.lifecycle.models import Alliance, Event
from alliances.lifecycle.process import lock_alliance, record
from alliances.lifecycle.selectors import alliances_visible_to
from alliances.people.models import Membership, Producer
from alliances.preparation.models import RemovalReason
from alliances.preparation.rules import ProducerData, producer_problems
from alliances.preparation.selectors import can_see_documents, same_person_elsewhere
from alliances.preparation.services.profiles import require_editable
from kit.access import require
from kit.errors import Conflict, DomainError, NotAllowed


@transaction.atomic
def add_producer(
    *, alliance: Alliance, data: ProducerData, acting: Membership, at: datetime, client_key: UUID
) -> Producer:
    """Write one more producer into a profile; the same ``client_key`` twice is one producer.

    Raises NotAllowed (state, duty), ValidationError when a field makes no sense or the person is
    in another profile of the call, Conflict when the key was used for something else.
    """
    locked = lock_alliance(alliance.pk)
    if earlier := _added_before(locked, client_key):
        return earlier
    require_editable(locked)
    producer = Producer(alliance=locked)
    _save(producer, data, at)
    record(
        alliance=locked,
        verb="add_producer",
        duty=Duty.PROMOTE,
        acting=acting,
        at=at,
        data=_counted(producer),
        key=client_key,
    )
    return producer


@transaction.atomic
def update_producer(
    *, producer: Producer, data: ProducerData, acting: Membership, at: datetime
) -> Producer:
    """Correct what is written of a producer; the event names the fields, not their values.

    Raises NotAllowed, Conflict and ValidationError as ``add_producer`` does.
    """
    locked = lock_alliance(producer.alliance_id)
    require_editable(locked)
    current = locked.producers.filter(pk=producer.pk).first()
    if current is None:
        raise Conflict(_("This producer was taken out of the profile meanwhile."))
    changed = sorted(
        name for name, value in asdict(data).items() if value != getattr(current, name)
    )
    if not changed:
        return current
    _save(current, data, at)
    record(
        alliance=locked,
        verb="update_producer",
        duty=Duty.PROMOTE,
        acting=acting,
        at=at,
        data={"producer": current.pk, "fields": changed},
    )
    return current


@transaction.atomic
def remove_producer(*, producer: Producer, reason: str, acting: Membership, at: datetime) -> None:
    """Take a producer out of a draft or returned profile, and their personal data with them.

    The same person twice is one removal. ``reason`` is one of ``RemovalReason``. Raises NotAllowed
    (state, duty), DomainError for another reason.
    """
    if reason not in RemovalReason.values:
        raise DomainError(_("Say why this person leaves the profile."))
    locked = lock_alliance(producer.alliance_id)
    current = locked.producers.filter(pk=producer.pk).first()
    if current is None:
        return  # the second click of the same person, or a colleague's: the outcome is the same
    require_editable(locked)
    current.delete()
    record(
        alliance=locked,
        verb="remove_producer",
        duty=Duty.PROMOTE,
        acting=acting,
        at=at,
        data={
            "producer": producer.pk,
            "producers": locked.producers.count(),
            "removal_reason": str(reason),
        },
    )


@transaction.atomic
def reveal_document(*, producer: Producer, acting: Membership, at: datetime) -> str:
    """The whole document number, for those who need it; that it was read is recorded.

    Raises NotAllowed for who works with the masked number, or not with this alliance.
    """
    require(can_see_documents(acting))
    if not alliances_visible_to(acting).filter(pk=producer.alliance_id).exists():
        raise NotAllowed(_("Your organisation does not work with this alliance."))
    record(
        alliance=producer.alliance,
        verb="reveal_document",
        duty=None,
        acting=acting,
        at=at,
        data={"producer": producer.pk},
    )
    return producer.document_number


def _added_before(alliance: Alliance, client_key: UUID) -> Producer | None:
    event = Event.objects.filter(client_key=client_key).first()
    if event is None:
        return None
    added = Producer.objects.filter(pk=event.data.get("producer"), alliance=alliance).first()
    if event.alliance_id != alliance.pk or added is None:
        raise Conflict(_("This form was already sent for something else: open it again."))
    return added


def _save(producer: Producer, data: ProducerData, at: datetime) -> None:
    problems = producer_problems(data, localtime(at).date())
    if problems:
        raise ValidationError(problems)
    for name, value in asdict(data).items():
        setattr(producer, name, value)
    producer.full_clean()
    if elsewhere := same_person_elsewhere(producer.alliance, [data.identity]):
        taken = _("This person is already in profile %(code)s of this call.")
        raise ValidationError({"document_number": taken % {"code": elsewhere[data.identity]}})
    producer.save()


def _counted(producer: Producer) -> dict[str, int]:
    return {"producer": producer.pk, "producers": producer.alliance.producers.count()}
