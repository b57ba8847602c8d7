"""Reads about people and organisations."""

from datetime import date

from django.db.models import QuerySet

from alliances.people.models import Membership, Organisation, OrganisationKind, User
from alliances.territory.models import Municipality
from kit.names import by_name

#: Bodies that work in the departments they name and nowhere else.
TERRITORIAL = (OrganisationKind.OGR, OrganisationKind.CIR)


def memberships_of(user: User, on: date) -> QuerySet[Membership]:
    """Those a person may act with on a day."""
    return Membership.objects.valid_on(on).filter(user=user).with_names().order_by("pk")


def registered_organisation(
    *, kind: str, nit: str, name: str, municipality: Municipality | None
) -> Organisation | None:
    """The organisation with this NIT (in its stored form) or, without one, of this name here."""
    same_kind = Organisation.objects.of_kind(kind)
    if nit:
        return same_kind.filter(nit=nit).first()
    here = same_kind.filter(nit="", name__iexact=" ".join(name.split()), municipality=municipality)
    return here.order_by("pk").first()


def municipalities_served_by(membership: Membership) -> QuerySet[Municipality]:
    """Where the membership's organisation works: its departments, or the whole country.

    Producers work in the department of their organisation, where its municipality is known.
    """
    places = Municipality.objects.select_related("department").order_by(
        *by_name("department__name", "name")
    )
    body = membership.organisation
    if body.kind == OrganisationKind.PRODUCER and body.municipality:
        return places.filter(department=body.municipality.department_id)
    if body.kind not in TERRITORIAL:
        return places
    return places.filter(department__in=body.served)
