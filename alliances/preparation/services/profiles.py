"""Writing profiles: presenting one, correcting it while it may be, declaring it eligible."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import IntegerField, Max
from django.db.models.functions import Cast, Substr
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from alliances.calls.models import Call
from alliances.calls.selectors import eligibility_of
from alliances.lifecycle.acting import LockedAlliance, act_on
from alliances.lifecycle.models import Alliance
from alliances.lifecycle.table import BY_VERB
from alliances.people.identifiers import other_name
from alliances.people.models import Membership, Organisation, OrganisationKind
from alliances.people.services import Party
from alliances.preparation.eligibility import summary_of
from alliances.preparation.rules import ALREADY_PRESENTED, NOT_OFFERED, profile_problems
from alliances.preparation.selectors import own_organisation, presented_in
from alliances.preparation.table import CHECK_PROFILE, CREATE_PROFILE, UPDATE_PROFILE
from alliances.register.services import find_or_register
from alliances.territory.models import Crop, Municipality
from alliances.territory.selectors import crops_for_profiles
from kit.errors import NotAllowed


@dataclass(frozen=True)
class ProfileFields:
    """What can be changed of a profile while it is a draft or returned."""

    name: str
    organisation: Organisation
    municipality: Municipality
    crop: Crop
    ally: Organisation | None
    route: str
    total_value_cop: Decimal
    incentive_cop: Decimal


@dataclass(frozen=True)
class WrittenProfile:
    """The same as somebody writes it: its parties by name and NIT, perhaps not registered yet."""

    name: str
    organisation: Party | Organisation
    municipality: Municipality
    crop: Crop
    ally: Party | None
    route: str
    total_value_cop: Decimal
    incentive_cop: Decimal


@transaction.atomic
def create_profile(
    *, call: Call, fields: ProfileFields, acting: Membership, at: datetime, key: UUID
) -> Alliance:
    """A new profile, as a draft, with the next code of its call and department.

    The same ``key`` twice is one profile. Raises NotAllowed when the call does not receive
    profiles or the person may not promote there, ValidationError when a field makes no sense.
    """
    call = lock_call(call)
    content = {"call": call, **vars(fields)}
    alliance = Alliance.objects.filter(key=key).first()
    if alliance is None:
        require_open(call, at)
        alliance = Alliance(
            code=next_codes(call, [fields.municipality.department_id])[0],
            status_since=at,
            created_at=at,
            key=key,
            **content,
        )
        _check(alliance, acting, at)
        _check_offered(fields.crop, at)
        _check_presented_once(alliance)
        alliance.save()
    new = LockedAlliance(alliance)  # nobody else can see it before it is committed
    with act_on(new, CREATE_PROFILE, acting=acting, at=at, key=key, content=content):
        return alliance


@transaction.atomic
def present_profile(
    *, call: Call, written: WrittenProfile, acting: Membership, at: datetime, key: UUID
) -> Alliance:
    """``create_profile`` for parties that may not be registered yet: they are, by their NIT."""
    fields = _registered(written, acting, at)
    return create_profile(call=call, fields=fields, acting=acting, at=at, key=key)


def update_profile(
    *,
    alliance: Alliance,
    fields: ProfileFields,
    acting: Membership,
    at: datetime,
    key: UUID | None = None,
    seen: str | None = None,
) -> Alliance:
    """Correct a profile that is a draft or was returned; the event says what changed.

    Raises NotAllowed (state, duty), ValidationError (also for another department).
    """
    with act_on(
        alliance.pk,
        UPDATE_PROFILE,
        acting=acting,
        at=at,
        key=key,
        seen=seen,
        content=vars(fields),
    ) as act:
        locked = act.alliance
        if act.earlier:
            return locked
        if fields.municipality.department_id != locked.municipality.department_id:
            elsewhere = _(
                "The code %(code)s belongs to %(department)s: withdraw it and create another one."
            ) % {"code": locked.code, "department": locked.municipality.department}
            raise ValidationError({"municipality": elsewhere})
        names_before = _names_of_rows(locked)
        changed = _apply(locked, fields)
        if not changed:
            act.skip()
            return locked
        _check(locked, acting, at)
        if "crop" in changed:
            _check_offered(locked.crop, at)
        if changed.keys() & {"organisation", "crop"}:
            lock_call(locked.call)  # two profiles may become the same one at once
            _check_presented_once(locked)
        locked.save(update_fields=list(changed))
        act.data["changed"] = changed
        names = _names_of_rows(locked)
        if renamed := {n: [names_before[n], names[n]] for n in names if n in changed}:
            act.data["names"] = renamed
        return locked


@transaction.atomic
def revise_profile(
    *,
    alliance: Alliance,
    written: WrittenProfile,
    acting: Membership,
    at: datetime,
    key: UUID | None = None,
    seen: str | None = None,
) -> Alliance:
    """``update_profile`` for parties that may not be registered yet."""
    fields = _registered(written, acting, at)
    return update_profile(
        alliance=alliance, fields=fields, acting=acting, at=at, key=key, seen=seen
    )


def verify_profile(
    *,
    alliance: Alliance,
    acting: Membership,
    at: datetime,
    key: UUID | None = None,
    seen: str | None = None,
) -> Alliance:
    """Declare the profile eligible; the event keeps how many producers meet each limit.

    Raises NotAllowed with the limits that are not met, Conflict when somebody moved it first.
    """
    with act_on(alliance.pk, BY_VERB["verify"], acting=acting, at=at, key=key, seen=seen) as act:
        if not act.earlier:
            act.data["eligibility"] = summary_of(eligibility_of(act.alliance))
        return act.alliance


def check_profile(
    *,
    alliance: Alliance,
    acting: Membership,
    at: datetime,
    key: UUID | None = None,
    seen: str | None = None,
) -> Alliance:
    """Record how the profile stands against the call, by those who help it: it binds nobody.

    Raises NotAllowed (state, duty), Overtaken.
    """
    with act_on(alliance.pk, CHECK_PROFILE, acting=acting, at=at, key=key, seen=seen) as act:
        if not act.earlier:
            act.data["eligibility"] = summary_of(eligibility_of(act.alliance))
        return act.alliance


# -- What the other services of this room need too ---------------------------------------------
def lock_call(call: Call) -> Call:
    """The call, locked so that codes and people are given out one by one; readers do not wait.

    Whoever locks an alliance that exists locks it before its call.
    """
    return Call.objects.select_for_update(no_key=True).get(pk=call.pk)


def require_open(call: Call, at: datetime) -> None:
    """Raise NotAllowed unless the call is sealed and receives profiles on that day."""
    if not call.is_sealed:
        raise NotAllowed(_("«%(call)s» has not been opened yet.") % {"call": call})
    if not call.opens_on <= localtime(at).date() <= call.closes_on:
        raise NotAllowed(
            _("«%(call)s» receives profiles from %(opens)s to %(closes)s.")
            % {
                "call": call,
                "opens": date_format(call.opens_on, "DATE_FORMAT"),
                "closes": date_format(call.closes_on, "DATE_FORMAT"),
            }
        )


def next_codes(call: Call, departments: Sequence[str]) -> list[str]:
    """A code for each department of the list, as 2023-05-0042. The caller holds the call's lock.

    The department is part of the code and never changes, nor is an alliance deleted: the highest
    number given out is the last one.
    """
    start = len(f"{call.code}-00-") + 1
    given = Alliance.objects.filter(call=call, code__regex=rf"^.{{{start - 1}}}[0-9]{{4,}}$")
    last = dict(
        given.values_list("municipality__department").annotate(
            last=Max(Cast(Substr("code", start), IntegerField()))
        )
    )
    codes = []
    for department in departments:
        last[department] = last.get(department, 0) + 1
        codes.append(f"{call.code}-{department}-{last[department]:04d}")
    return codes


def _registered(written: WrittenProfile, acting: Membership, at: datetime) -> ProfileFields:
    """The profile with its parties, registered if they are new. Raises ValidationError."""
    organisation, ally = written.organisation, None
    if isinstance(organisation, Party):
        party = organisation
        organisation = find_or_register(
            kind=OrganisationKind.PRODUCER,
            party=party,
            municipality=written.municipality,
            acting=acting,
            at=at,
        )
        _check_name(party, organisation, "organisation_name")
    if buyer := written.ally:
        ally = find_or_register(kind=OrganisationKind.ALLY, party=buyer, acting=acting, at=at)
        _check_name(buyer, ally, "ally_name")
    return ProfileFields(**{**vars(written), "organisation": organisation, "ally": ally})


def _check_name(party: Party, organisation: Organisation, field: str) -> None:
    """A registered NIT keeps its name: another one beside it is a slip in one of them."""
    if problem := other_name(party.name, organisation.nit, organisation.name):
        raise ValidationError({field: problem})


def _check(alliance: Alliance, acting: Membership, at: datetime) -> None:
    if (own := own_organisation(acting)) and alliance.organisation_id != own.pk:
        raise NotAllowed(_("An organisation writes its own profile, and no other's."))
    problems = profile_problems(
        total_value_cop=alliance.total_value_cop,
        incentive_cop=alliance.incentive_cop,
        founded_on=alliance.organisation.founded_on,
        today=localtime(at).date(),
    )
    if problems:
        raise ValidationError(problems)
    alliance.full_clean()


def _check_offered(crop: Crop, at: datetime) -> None:
    """A profile brings what is offered that day, and keeps what it has. Raises ValidationError."""
    if not crops_for_profiles(localtime(at).date()).filter(pk=crop.pk).exists():
        raise ValidationError({"crop": NOT_OFFERED % {"crop": crop}})


def _check_presented_once(alliance: Alliance) -> None:
    """The caller holds the lock of the call. Raises ValidationError."""
    identity = (alliance.organisation.nit, alliance.crop_id)
    if code := presented_in(alliance.call).get(identity):
        raise ValidationError({"organisation_nit": ALREADY_PRESENTED % {"code": code}})


def _apply(alliance: Alliance, fields: ProfileFields) -> dict[str, list[Any]]:
    """Set the new values; returns, for each field that changed, what it was and what it is."""
    changed: dict[str, list[Any]] = {}
    for name in ProfileFields.__dataclass_fields__:
        before, after = _plain(getattr(alliance, name)), _plain(getattr(fields, name))
        if before != after:
            changed[name] = [before, after]
            setattr(alliance, name, getattr(fields, name))
    return changed


def _names_of_rows(alliance: Alliance) -> dict[str, str]:
    """What people call the rows that a profile points to, as they were called on this day."""
    values = {name: getattr(alliance, name) for name in ProfileFields.__dataclass_fields__}
    return {
        name: "" if value is None else str(value)
        for name, value in values.items()
        if Alliance._meta.get_field(name).is_relation
    }


def _plain(value: Any) -> Any:
    """The value as the audit chain keeps it: keys of rows, amounts with two decimals."""
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    return getattr(value, "pk", value)
