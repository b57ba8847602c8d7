"""Writing the register: each change is one event of the organisation's own chain.

The database lets no row of it be other than its last event says, whoever writes it.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from alliances.lifecycle.acting import OpenAct, act_on
from alliances.people.models import Membership, Organisation, OrganisationKind, User
from alliances.people.selectors import registered_organisation
from alliances.people.services import Party, stored_nit
from alliances.register.selectors import can_change_bodies, can_end, can_grant
from alliances.register.table import (
    CHANGE_ORGANISATION,
    END_MEMBERSHIP,
    GRANT_MEMBERSHIP,
    REGISTER_ORGANISATION,
)
from alliances.territory.models import Department, Municipality
from kit.access import require
from kit.errors import Conflict, DomainError
from kit.versions import version_of

#: The kinds of organisation that are registered by being named in a profile.
NAMED_BY_PROFILES = (OrganisationKind.PRODUCER, OrganisationKind.ALLY)
#: The columns of an organisation that may change.
CHANGEABLE = ("name", "nit", "founded_on", "municipality", "legal_representative")


def register_organisation(
    organisation: Organisation,
    *,
    acting: Membership | None,
    at: datetime,
    departments: Iterable[Department] = (),
    key: UUID | None = None,
) -> Organisation:
    """Save a new organisation, with the departments it serves.

    Raises NotAllowed for a kind that no profile names unless an administrator acts,
    ValidationError.
    """
    if organisation.kind not in NAMED_BY_PROFILES:
        require(can_change_bodies(acting))
    departments = list(departments)
    content = {
        "kind": organisation.kind,
        "name": organisation.name,
        "nit": organisation.nit,
        "departments": departments,
    }
    with act_on(None, REGISTER_ORGANISATION, acting=acting, at=at, key=key, content=content) as act:
        if act.earlier:
            return Organisation.objects.get(pk=act.earlier_row("organisation"))
        organisation.full_clean()
        organisation.save(force_insert=True)
        organisation.departments.set(departments)
        _tell(act, organisation)
        return organisation


def change_organisation(
    *,
    organisation_id: int,
    acting: Membership | None,
    at: datetime,
    departments: Iterable[Department] | None = None,
    key: UUID | None = None,
    seen: str | None = None,
    **values: Any,
) -> Organisation:
    """Give an organisation other ``values`` (of ``CHANGEABLE``) or other departments.

    Its kind stays: what members may do hangs on it. Raises NotAllowed, ValidationError.
    """
    require(can_change_bodies(acting))
    if unknown := values.keys() - set(CHANGEABLE):
        raise TypeError(f"An organisation keeps its {', '.join(sorted(unknown))}.")
    content = {
        "organisation": organisation_id,
        "departments": None if departments is None else [*departments],
        **values,
    }
    with transaction.atomic():
        organisation = Organisation.objects.select_for_update().get(pk=organisation_id)
        with act_on(
            None,
            CHANGE_ORGANISATION,
            acting=acting,
            at=at,
            key=key,
            content=content,
            seen=seen,
            version=version_of_body(organisation),
        ) as act:
            _change(act, organisation, values, departments)
        return organisation


def _change(
    act: OpenAct,
    organisation: Organisation,
    values: dict[str, Any],
    departments: Iterable[Department] | None,
) -> None:
    if act.earlier:
        return
    before = standing_of(organisation)
    for name, value in values.items():
        setattr(organisation, name, value)
    organisation.full_clean()
    organisation.save()
    if departments is not None:
        organisation.departments.set(departments)
    _tell(act, organisation, before)


def grant_membership(
    *,
    user: User,
    organisation: Organisation,
    role: str,
    valid_from: date,
    acting: Membership | None,
    at: datetime,
    valid_until: date | None = None,
    invitation: int | None = None,
    key: UUID | None = None,
) -> Membership:
    """Let a person act in a role for an organisation, between two days, both included.

    ``invitation`` is the one it comes of; a role that a second person confirms comes of no other
    way. Raises NotAllowed, ValidationError.
    """
    require(can_grant(acting, organisation, role, to=user))
    membership = Membership(
        user=user,
        organisation=organisation,
        role=role,
        valid_from=valid_from,
        valid_until=valid_until,
    )
    content = {
        "user": user,
        "organisation": organisation,
        "role": role,
        "days": (valid_from, valid_until),
        "invitation": invitation,
    }
    with act_on(None, GRANT_MEMBERSHIP, acting=acting, at=at, key=key, content=content) as act:
        if act.earlier:
            return Membership.objects.with_names().get(pk=act.earlier_row("membership"))
        membership.full_clean()
        membership.save(force_insert=True)
        _tell(act, membership)
        if invitation is not None:
            act.data["invitation"] = invitation
        return membership


def end_membership(
    *,
    membership_id: int,
    valid_until: date,
    reason: str,
    reason_code: str,
    acting: Membership | None,
    at: datetime,
    key: UUID | None = None,
) -> Membership:
    """Let a membership end on a day, the last on which it counts; it may only become shorter.

    Raises NotAllowed, Conflict when it ends by then already, ValidationError, DomainError (reason).
    """
    if acting is not None:
        require(can_end(acting, Membership.objects.with_names().get(pk=membership_id)))
    with act_on(
        None,
        END_MEMBERSHIP,
        acting=acting,
        at=at,
        key=key,
        content={"membership": membership_id, "valid_until": valid_until},
        reason=reason,
        reason_code=reason_code,
    ) as act:
        memberships = Membership.objects.select_for_update(of=("self",)).with_names()
        membership = memberships.get(pk=membership_id)
        if act.earlier:
            return membership
        if membership.valid_until and membership.valid_until <= valid_until:
            raise Conflict(
                _("This membership already ends on %(day)s.")
                % {"day": date_format(membership.valid_until, "DATE_FORMAT")}
            )
        before = standing_of(membership)
        membership.valid_until = valid_until
        membership.full_clean()
        membership.save(update_fields=["valid_until"])
        _tell(act, membership, before)
        return membership


def end_at_once(at: datetime) -> date:
    """The last day of what ends now: yesterday, so that it counts no longer at the next click."""
    return localtime(at).date() - timedelta(days=1)


def end_many(
    *,
    memberships: Sequence[int],
    reason: str,
    reason_code: str,
    acting: Membership,
    at: datetime,
    key: UUID,
) -> tuple[int, list[str]]:
    """End several at once, each its own act: how many ended, and why others did not."""
    ended, problems = 0, []
    for membership_id in memberships:
        try:
            end_membership(
                membership_id=membership_id,
                valid_until=end_at_once(at),
                reason=reason,
                reason_code=reason_code,
                acting=acting,
                at=at,
                key=uuid5(key, str(membership_id)),
            )
            ended += 1
        except DomainError as refusal:
            problems.append(refusal.message)
    return ended, problems


# -- What events tell ------------------------------------------------------------------------------
Registered = Organisation | Membership


def standing_of(row: Registered) -> dict[str, Any]:
    """The row as its events tell it, from the database's own function."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT public.{row._meta.model_name}_stands(%s)", [row.pk])
        return dict(json.loads(cursor.fetchone()[0]))


def version_of_body(organisation: Organisation) -> str:
    """What a form of this organisation showed, its departments included."""
    return version_of(standing_of(organisation))


def _tell(act: OpenAct, row: Registered, before: dict[str, Any] | None = None) -> None:
    """What the event says: which row, how it stands now and, of a change, what was otherwise."""
    stands = standing_of(row)
    if stands == before:
        act.skip()
        return
    act.body = row if isinstance(row, Organisation) else row.organisation
    act.data |= {str(row._meta.model_name): row.pk, "stands": stands}
    if before is not None:
        act.data["changed"] = {
            name: [before.get(name), value]
            for name, value in stands.items()
            if before.get(name) != value
        }


def tell_new(
    model: type[Registered],
    rows: Sequence[int],
    *,
    acting: Membership | None,
    at: datetime,
) -> None:
    """The founding events of many rows, in one statement; those that have events are left alone."""
    subject = model._meta.model_name
    body, verb = (
        ("id", REGISTER_ORGANISATION.verb)
        if model is Organisation
        else ("organisation_id", GRANT_MEMBERSHIP.verb)
    )
    statement = f"""
        INSERT INTO alliances_event (
            chain, sequence, verb, duty, actor_id, organisation_id, at, from_status, to_status,
            reason, data, previous_hash, hash)
        SELECT -{body}, 0, %(verb)s, '', %(actor)s, %(for)s, %(at)s, '', '', '',
               jsonb_build_object('{subject}', id, 'stands', public.{subject}_stands(id)), '', ''
          FROM {model._meta.db_table}
         WHERE id = ANY(%(rows)s) AND public.register_tells(-{body}, '{subject}', id) IS NULL
         ORDER BY id
    """
    values = {
        "verb": verb,
        "actor": acting.user_id if acting else None,
        "for": acting.organisation_id if acting else None,
        "at": at,
        "rows": list(rows),
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


# -- Parties that forms and files name -------------------------------------------------------------
@transaction.atomic
def find_or_register(
    *,
    kind: str,
    party: Party,
    acting: Membership | None,
    at: datetime,
    municipality: Municipality | None = None,
) -> Organisation:
    """The registered organisation, or a new one; what is already registered is not overwritten.

    With a NIT it is known by it; a group without one by its name and municipality. Two people
    who register the same at once get the same row. Raises InvalidNit, ValidationError.
    """
    nit = stored_nit(party.nit)

    def registered() -> Organisation | None:
        return registered_organisation(
            kind=kind, nit=nit, name=party.name, municipality=municipality
        )

    if organisation := registered():
        return organisation
    organisation = _organisation(kind, replace(party, nit=nit), municipality)
    try:
        return register_organisation(organisation, acting=acting, at=at)
    except (ValidationError, IntegrityError):
        # Somebody else may have registered it between our look and our write, or our check.
        if organisation := registered():
            return organisation
        raise


def _organisation(kind: str, party: Party, municipality: Municipality | None) -> Organisation:
    return Organisation(
        kind=kind,
        name=" ".join(party.name.split()),
        nit=party.nit,
        founded_on=party.founded_on,
        municipality=municipality,
    )


Place = Municipality | None


def find_or_register_many(
    *,
    kind: str,
    parties: Sequence[tuple[Party, Place]],
    acting: Membership | None,
    at: datetime,
) -> dict[tuple[Party, Place], Organisation]:
    """``find_or_register`` for a file: three reads and two writes, whatever its length.

    NITs come in their stored form. Parties with one NIT are one organisation; so are groups
    without one that share name and municipality.
    """
    known = _by_identity(_registered(kind, parties))
    new: dict[Identity, Organisation] = {}
    for party, place in parties:
        identity = _identity(party.nit, party.name, place)
        if identity not in known:
            new.setdefault(identity, _organisation(kind, party, place))
    # What somebody else registers meanwhile is left as it is, and read.
    Organisation.objects.bulk_create(new.values(), ignore_conflicts=True)
    registered = _registered(kind, parties)
    tell_new(Organisation, [row.pk for row in registered], acting=acting, at=at)
    known = _by_identity(registered)
    return {
        (party, place): known[_identity(party.nit, party.name, place)] for party, place in parties
    }


Identity = tuple[str, str, str | None]


def _identity(nit: str, name: str, place: Place) -> Identity:
    """What tells one organisation of a kind from another."""
    if nit:
        return nit, "", None
    return "", " ".join(name.split()).casefold(), place.pk if place else None


def _registered(kind: str, parties: Sequence[tuple[Party, Place]]) -> list[Organisation]:
    """Those that have a NIT or a name of the list, the newest first."""
    nits = {party.nit for party, _place in parties if party.nit}
    names = {" ".join(party.name.split()) for party, _place in parties if not party.nit}
    rows = (
        Organisation.objects.of_kind(kind)
        .annotate(folded=Lower("name"))
        .filter(Q(nit__in=nits) | Q(nit="", folded__in=[name.lower() for name in names]))
        .select_related("municipality")
        .order_by("-pk")
    )
    return list(rows)


def _by_identity(rows: Iterable[Organisation]) -> dict[Identity, Organisation]:
    """The oldest of several namesakes wins."""
    return {_identity(row.nit, row.name, row.municipality): row for row in rows}
