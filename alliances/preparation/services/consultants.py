"""Writing what external consultants have shown, its verification, and whom they advise."""

from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from alliances.lifecycle.acting import act_on
from alliances.lifecycle.duties import Duty
from alliances.lifecycle.models import Appointment
from alliances.lifecycle.services import appoint
from alliances.lifecycle.table import Act
from alliances.people.models import Consultant, Credential, Membership
from alliances.preparation.selectors import (
    can_register_credential,
    can_verify_credential,
)
from alliances.preparation.table import REGISTER_CREDENTIAL, VERIFY_CREDENTIAL
from kit.access import require
from kit.errors import DomainError


@transaction.atomic
def register_credential(
    *,
    consultant: Consultant,
    title: str,
    issuer: str,
    issued_on: date,
    expires_on: date | None,
    acting: Membership,
    at: datetime,
    key: UUID | None = None,
) -> Credential:
    """Write a degree or certificate down, still to be verified; the same one twice is one.

    Raises NotAllowed for roles that do not keep the register, ValidationError.
    """
    require(can_register_credential(consultant, acting))
    if issued_on > localtime(at).date():
        raise DomainError(_("A credential cannot be issued in the future."), field="issued_on")
    Consultant.objects.select_for_update().get(pk=consultant.pk)  # two clicks come one by one
    same = consultant.credentials.filter(title=title, issuer=issuer, issued_on=issued_on).first()
    if same:
        return same
    credential = Credential(
        consultant=consultant,
        title=title,
        issuer=issuer,
        issued_on=issued_on,
        expires_on=expires_on,
    )
    credential.full_clean()
    credential.save()
    _note(REGISTER_CREDENTIAL, credential, acting, at, key)
    return credential


@transaction.atomic
def verify_credential(
    *, credential: Credential, acting: Membership, at: datetime, key: UUID | None = None
) -> Credential:
    """Say that the original was seen. Twice is once: the first verification stands.

    Raises NotAllowed for the consultant themself and for roles that do not verify.
    """
    locked = Credential.objects.select_for_update().get(pk=credential.pk)
    require(can_verify_credential(locked, acting))
    if locked.verified_at:
        return locked
    locked.verified_at = at
    locked.verified_by = acting
    locked.full_clean()
    locked.save(update_fields=["verified_at", "verified_by"])
    _note(VERIFY_CREDENTIAL, locked, acting, at, key)
    return locked


def appoint_consultant(
    *,
    alliance_id: int,
    consultant: Membership,
    acting: Membership,
    at: datetime,
    key: UUID | None = None,
) -> Appointment:
    """Give a consultant the duty to advise an alliance.

    Raises what ``appoint`` raises.
    """
    return appoint(
        alliance_id=alliance_id,
        duty=Duty.ADVISE,
        organisation=consultant.organisation,
        person=consultant.user,
        acting=acting,
        at=at,
        key=key,
    )


def _note(
    act: Act, credential: Credential, acting: Membership, at: datetime, key: UUID | None
) -> None:
    """Consultants belong to no alliance: these acts go to the chain of the programme itself."""
    data = {"credential": credential.pk, "consultant": credential.consultant_id}
    with act_on(None, act, acting=acting, at=at, key=key, data=data):
        pass
