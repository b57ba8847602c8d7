"""Writing people and organisations. What concerns an alliance is written by the rooms above."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.db.models.functions import Lower

from alliances.people.models import Organisation
from alliances.people.selectors import registered_organisation
from alliances.territory.models import Municipality
from kit.cells import Unreadable
from kit.errors import DomainError
from kit.identifiers import nit as read_nit


@dataclass(frozen=True)
class Party:
    """An organisation as a form or a file names it; ``nit`` in any spelling, or empty."""

    name: str
    nit: str = ""
    founded_on: date | None = None


class InvalidNit(DomainError):
    """The tax number cannot be read, lacks its check digit or has another one."""


def stored_nit(nit: str) -> str:
    """The tax number as it is stored; empty stays empty. Raises InvalidNit."""
    if not nit.strip():
        return ""
    try:
        return read_nit(nit)
    except Unreadable as problem:
        raise InvalidNit(str(problem)) from problem


@transaction.atomic
def find_or_register(
    *, kind: str, party: Party, municipality: Municipality | None = None
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
        with transaction.atomic():
            organisation.full_clean()
            organisation.save()
    except (ValidationError, IntegrityError):
        # Somebody else may have registered it between our look and our write, or our check.
        if organisation := registered():
            return organisation
        raise
    return organisation


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
    *, kind: str, parties: Sequence[tuple[Party, Place]]
) -> dict[tuple[Party, Place], Organisation]:
    """``find_or_register`` for a file: three reads and one write, whatever its length.

    NITs come in their stored form. Parties with one NIT are one organisation; so are groups
    without one that share name and municipality.
    """
    known = _known(kind, parties)
    new: dict[Identity, Organisation] = {}
    for party, place in parties:
        identity = _identity(party.nit, party.name, place)
        if identity not in known:
            new.setdefault(identity, _organisation(kind, party, place))
    # What somebody else registers meanwhile is left as it is, and read.
    Organisation.objects.bulk_create(new.values(), ignore_conflicts=True)
    known = _known(kind, parties)
    return {
        (party, place): known[_identity(party.nit, party.name, place)] for party, place in parties
    }


Identity = tuple[str, str, str | None]


def _identity(nit: str, name: str, place: Place) -> Identity:
    """What tells one organisation of a kind from another."""
    if nit:
        return nit, "", None
    return "", " ".join(name.split()).casefold(), place.pk if place else None


def _known(kind: str, parties: Sequence[tuple[Party, Place]]) -> dict[Identity, Organisation]:
    nits = {party.nit for party, _place in parties if party.nit}
    names = {" ".join(party.name.split()) for party, _place in parties if not party.nit}
    rows = (
        Organisation.objects.of_kind(kind)
        .annotate(folded=Lower("name"))
        .filter(Q(nit__in=nits) | Q(nit="", folded__in=[name.lower() for name in names]))
        .select_related("municipality")
        .order_by("-pk")  # the oldest of several namesakes wins
    )
    return {_identity(row.nit, row.name, row.municipality): row for row in rows}
