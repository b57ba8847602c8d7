"""The register of external consultants."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from alliances.lifecycle.models import Alliance
from alliances.lifecycle.selectors import advised_by
from alliances.people.models import Consultant, Credential, Membership
from alliances.people.roles import Role
from alliances.preparation.selectors.access import (
    KEEPS_CONSULTANTS,
    can_register_credential,
    can_verify_credential,
)
from kit.names import by_name
from kit.tones import Tone


def consultants_visible_to(membership: Membership) -> QuerySet[Consultant]:
    """The register, for those who keep it; a consultant sees their own entry.

    Rows carry ``carries`` (alliances advised now) and ``expires_on`` (the first verified credential
    to expire).
    """
    advised = advised_by(OuterRef("user")).values("person")
    verified = Q(credentials__verified_at__isnull=False)
    consultants = Consultant.objects.select_related("user").annotate(
        carries=Coalesce(Subquery(advised.values(n=Count("alliance", distinct=True))), 0),
        expires_on=Min("credentials__expires_on", filter=verified),
    )
    if membership.role in KEEPS_CONSULTANTS:
        return consultants
    return consultants.filter(user=membership.user_id)


def consultants_for(alliance: Alliance, on: date) -> QuerySet[Membership]:
    """The consultants in force where the alliance is."""
    return (
        Membership.objects.valid_on(on)
        .filter(
            role=Role.CONSULTANT,
            user__consultant__isnull=False,
            organisation__departments=alliance.municipality.department_id,
        )
        .with_names()
        .order_by(*by_name("user__last_name", "user__first_name"), "pk")
    )


@dataclass(frozen=True)
class CredentialRow:
    """A credential, how it stands and whether this person may verify it."""

    credential: Credential
    tone: Tone
    may_verify: bool


@dataclass(frozen=True)
class ConsultantRow:
    """A consultant with their credentials and the alliances they carry now."""

    consultant: Consultant
    credentials: tuple[CredentialRow, ...]
    carries: int
    may_register: bool

    @property
    def tone(self) -> Tone:
        """At the limit, more profiles would be refused."""
        is_full = self.carries >= self.consultant.maximum_profiles
        return Tone.ATTENTION if is_full else Tone.GOOD


def consultant_rows(
    consultants: Iterable[Consultant], membership: Membership, at: datetime
) -> list[ConsultantRow]:
    """Rows of ``consultants_visible_to``, in a number of queries that does not grow with them."""
    rows = list(consultants)
    credentials: dict[int, list[CredentialRow]] = {row.pk: [] for row in rows}
    shown = Credential.objects.filter(consultant__in=rows).order_by("-issued_on", "pk")
    for credential in shown.select_related("consultant", "verified_by__user"):
        credentials[credential.consultant_id].append(_row(credential, membership, at))
    return [
        ConsultantRow(
            consultant=row,
            credentials=tuple(credentials[row.pk]),
            carries=row.carries,  # type: ignore[attr-defined]
            may_register=can_register_credential(row, membership).allowed,
        )
        for row in rows
    ]


def _row(credential: Credential, membership: Membership, at: datetime) -> CredentialRow:
    if credential.verified_at is None:
        tone = Tone.ATTENTION
    else:
        tone = Tone.GOOD if credential.is_valid_at(at) else Tone.LATE
    may_verify = credential.verified_at is None and can_verify_credential(credential, membership)
    return CredentialRow(credential, tone, bool(may_verify))
