"""Writing the producers of a profile. Events say how many and which row, never who."""

from dataclasses import asdict
from datetime import datetime
from functools import partial
from uuid import UUID

from django.core.exceptions import ValidationError
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from alliances.calls.models import Call
from alliances.lifecycle.acting import act_on
from alliances.lifecycle.models import Alliance
from alliances.lifecycle.selectors import PARTY_READERS, alliances_visible_to
from alliances.people.models import Membership, Producer
from alliances.preparation.models import RemovalReason
from alliances.preparation.rules import ProducerData, producer_problems
from alliances.preparation.selectors import (
    can_see_documents,
    same_name_elsewhere,
    same_person_elsewhere,
)
from alliances.preparation.services.profiles import lock_call
from alliances.preparation.table import (
    ADD_PRODUCER,
    REMOVE_PRODUCER,
    REVEAL_DOCUMENT,
    UPDATE_PRODUCER,
)
from kit.access import require
from kit.errors import Conflict, DomainError, NotAllowed, Unconfirmed
from kit.files.headings import plain


def add_producer(
    *,
    alliance: Alliance,
    data: ProducerData,
    acting: Membership,
    at: datetime,
    key: UUID,
    despite: str | None = None,
) -> Producer:
    """Write one more producer into a profile; the same ``key`` twice is one producer.

    Raises NotAllowed (state, duty), ValidationError when a field makes no sense or the person is
    in another profile of the call, Conflict when the key was used for something else, Unconfirmed
    when somebody of that name and date of birth, with another document, is in this call.
    """
    content = {**asdict(data), "despite": despite}
    with act_on(alliance.pk, ADD_PRODUCER, acting=acting, at=at, key=key, content=content) as act:
        if act.earlier:
            return _present(act.alliance, act.earlier_row("producer"))
        act.go_on(despite, partial(_ask_of_namesake, act.alliance.call, data, acting))
        producer = Producer(alliance=act.alliance)
        _save(producer, data, acting, at)
        act.data |= {"producer": producer.pk, "producers": act.alliance.producers.count()}
        return producer


def update_producer(
    *,
    producer: Producer,
    data: ProducerData,
    acting: Membership,
    at: datetime,
    key: UUID | None = None,
    seen: str | None = None,
) -> Producer:
    """Correct what is written of a producer; the event names the fields, not their values.

    Raises Overtaken when it is not the one that was ``seen``; NotAllowed, Conflict and
    ValidationError as ``add_producer`` does.
    """
    with act_on(
        producer.alliance_id,
        UPDATE_PRODUCER,
        acting=acting,
        at=at,
        key=key,
        content={"producer": producer.pk, **asdict(data)},
        seen=seen,
        version=partial(_version_now, producer),
    ) as act:
        current = _present(act.alliance, producer.pk)
        if act.earlier:
            return current
        changed = sorted(
            name for name, value in asdict(data).items() if value != getattr(current, name)
        )
        if not changed:
            act.skip()
            return current
        _save(current, data, acting, at)
        act.data |= {"producer": current.pk, "fields": changed}
        return current


def remove_producer(
    *,
    producer: Producer,
    reason: str,
    acting: Membership,
    at: datetime,
    key: UUID | None = None,
    seen: str | None = None,
) -> None:
    """Take a producer out of a draft or returned profile, and their personal data with them.

    The same person twice is one removal. ``reason`` is one of ``RemovalReason``. Raises NotAllowed
    (state, duty), Overtaken when it is not the one that was ``seen``, DomainError for another
    reason.
    """
    if reason not in RemovalReason.values:
        raise DomainError(_("Say why this person leaves the profile."))
    with act_on(
        producer.alliance_id,
        REMOVE_PRODUCER,
        acting=acting,
        at=at,
        key=key,
        content={"producer": producer.pk, "reason": str(reason)},
        seen=seen,
        version=partial(_version_now, producer, gone=seen or ""),
    ) as act:
        if act.earlier:
            return
        current = act.alliance.producers.filter(pk=producer.pk).first()
        if current is None:
            act.skip()  # the second click of the same person, or a colleague's: it is done
            return
        current.delete()
        act.data |= {
            "producer": producer.pk,
            "producers": act.alliance.producers.count(),
            "removal_reason": str(reason),
        }


def reveal_document(*, producer: Producer, acting: Membership, at: datetime) -> str:
    """The whole document number, for those who need it; that it was read is recorded.

    Raises NotAllowed for who works with the masked number, or not with this alliance.
    """
    require(can_see_documents(acting))
    if not alliances_visible_to(acting).filter(pk=producer.alliance_id).exists():
        raise NotAllowed(_("Your organisation does not work with this alliance."))
    data = {"producer": producer.pk}
    with act_on(producer.alliance_id, REVEAL_DOCUMENT, acting=acting, at=at, data=data):
        return producer.document_number


def _version_now(producer: Producer, gone: str = "") -> str:
    """The version of the stored row, read under the lock; ``gone`` when there is none."""
    current = Producer.objects.filter(pk=producer.pk).first()
    return current.version if current else gone


def _present(alliance: Alliance, producer_id: int) -> Producer:
    producer = alliance.producers.filter(pk=producer_id).first()
    if producer is None:
        raise Conflict(_("This producer was taken out of the profile meanwhile."))
    return producer


def _profile(code: str, acting: Membership) -> str:
    """Another profile in words: a party reads its own alliances, and no code of others'."""
    if acting.role in PARTY_READERS:
        return _("another profile")
    return _("profile %(code)s") % {"code": code}


def _ask_of_namesake(call: Call, data: ProducerData, acting: Membership) -> None:
    """Two documents may be two people of one name, or one with a slip. Raises Unconfirmed."""
    likeness = (plain(f"{data.given_names} {data.surnames}"), data.born_on)
    for _likeness, identity, code in same_name_elsewhere(call, {likeness}):
        if identity != data.identity:
            message = _(
                "The same name and date of birth as somebody of %(profile)s of this call, "
                "with another document: is it the same person?"
            )
            raise Unconfirmed(message % {"profile": _profile(code, acting)}, namesake_in=code)


def _save(producer: Producer, data: ProducerData, acting: Membership, at: datetime) -> None:
    problems = producer_problems(data, localtime(at).date())
    if problems:
        raise ValidationError(problems)
    for name, value in asdict(data).items():
        setattr(producer, name, value)
    producer.full_clean()
    lock_call(producer.alliance.call)  # two profiles may want the same person at once
    if elsewhere := same_person_elsewhere(producer.alliance, [data.identity]):
        profile = _profile(elsewhere[data.identity], acting)
        taken = _("This person is already in %(profile)s of this call.") % {"profile": profile}
        raise ValidationError({"document_number": taken})
    producer.save()
