"""What a file would import: its records matched with municipalities, products and people.

Reads the database, writes nothing. A plan with a mistake is never imported, not even in part.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from alliances.calls.models import Call
from alliances.people.identifiers import other_name
from alliances.people.models import Membership, Organisation, OrganisationKind
from alliances.people.services import Party
from alliances.preparation.catalogue import Catalogue, match_crop, match_municipality
from alliances.preparation.plan_people import People, planned_people
from alliances.preparation.rules import ALREADY_PRESENTED, ProducerData, profile_problems
from alliances.preparation.selectors import presented_in
from alliances.preparation.workbook.columns import (
    MAX_PRODUCERS,
    MAX_PROFILES,
    PRODUCERS_SHEET,
    PROFILES_SHEET,
)
from alliances.preparation.workbook.reading import Contents
from alliances.territory.models import Crop, Municipality
from kit.errors import RowError
from kit.figures import number
from kit.files.columns import Mistakes, Record
from kit.files.headings import plain


@dataclass(frozen=True)
class PlannedProfile:
    """One profile ready to be written, with its producers."""

    record: Record
    name: str
    organisation: Party
    ally: Party | None
    municipality: Municipality
    crop: Crop
    route: str
    total_value_cop: Decimal
    incentive_cop: Decimal
    producers: tuple[ProducerData, ...]


@dataclass(frozen=True)
class ImportPlan:
    """What would be imported, or every mistake that prevents it.

    ``questions`` are answered by a person before it is: each may be a mistake or not.
    ``other_sheets`` are not read.
    """

    profiles: tuple[PlannedProfile, ...]
    mistakes: tuple[RowError, ...]
    questions: tuple[RowError, ...] = ()
    other_sheets: tuple[str, ...] = ()

    @property
    def producers(self) -> int:
        return sum(len(profile.producers) for profile in self.profiles)

    @property
    def total_value_cop(self) -> Decimal:
        return sum((profile.total_value_cop for profile in self.profiles), Decimal(0))

    @property
    def incentive_cop(self) -> Decimal:
        return sum((profile.incentive_cop for profile in self.profiles), Decimal(0))


def plan_import(*, contents: Contents, call: Call, acting: Membership, at: datetime) -> ImportPlan:
    """Match what a file says with what is stored."""
    mistakes: Mistakes = [*contents.mistakes, *_too_many(contents), *_known_rows(contents)]
    catalogue = Catalogue.load(acting, at)
    people: People = planned_people(contents, call=call, today=catalogue.today, mistakes=mistakes)
    _check_names_agree(contents.profiles, mistakes)
    _check_registered(contents.profiles, mistakes)
    _check_presented(call, contents.profiles, catalogue, mistakes)
    profiles = [
        planned_profile(record, people.by_code.get(record.values["code"], []), catalogue, mistakes)
        for record in _unique(contents.profiles, mistakes)
    ]
    _check_peopled(contents, mistakes)
    return ImportPlan(
        profiles=() if mistakes else tuple(row for row in profiles if row),
        mistakes=tuple(sorted(mistakes, key=in_order)),
        questions=tuple(sorted(people.questions, key=in_order)),
        other_sheets=contents.other_sheets,
    )


def in_order(mistake: RowError) -> tuple[bool, int, int, str]:
    """By sheet, row and column, where AA comes after Z."""
    letters = mistake.column.partition(" ")[0]
    return mistake.sheet == PRODUCERS_SHEET, mistake.row, len(letters), letters


def _too_many(contents: Contents) -> list[RowError]:
    """A file beyond the limits: named at the first row that exceeds them."""
    limits: tuple[tuple[str, Sequence[Record], int], ...] = (
        (PROFILES_SHEET, contents.profiles, MAX_PROFILES),
        (PRODUCERS_SHEET, contents.producers, MAX_PRODUCERS),
    )
    return [
        RowError(
            sheet,
            records[limit].row,
            "",
            _("There are %(count)s rows and the most is %(limit)s: split the file in two.")
            % {"count": number(len(records)), "limit": number(limit)},
        )
        for sheet, records, limit in limits
        if len(records) > limit
    ]


def _known_rows(contents: Contents) -> list[RowError]:
    """Rows that came from here: they are corrected, not imported once more."""
    message = _("This row is already here: upload the workbook where profiles are corrected.")
    rows = [(row, "profile_id") for row in contents.profiles]
    rows += [(row, "producer_id") for row in contents.producers]
    return [row.mistake(key, message) for row, key in rows if row.get(key) is not None]


def _unique(records: Iterable[Record], mistakes: Mistakes) -> list[Record]:
    """Profiles by code; a code used twice is a mistake."""
    first: dict[str, Record] = {}
    for record in records:
        code = record.get("code")
        if code is None:
            continue
        if code in first:
            message = _("The code «%(code)s» is already in row %(row)d: use another one.")
            mistakes.append(
                record.mistake("code", message % {"code": code, "row": first[code].row})
            )
        else:
            first[code] = record
    return list(first.values())


def _check_peopled(contents: Contents, mistakes: Mistakes) -> None:
    """A profile comes with its producers: without any, a code was probably mistyped."""
    codes = {record.get("code") for record in contents.producers}
    mistakes.extend(
        record.mistake("code", _("No producer has this code: write them, or delete the row."))
        for record in contents.profiles
        if record.has_all("code") and record.get("code") not in codes
    )


# -- One profile ---------------------------------------------------------------------------------
def planned_profile(
    record: Record,
    producers: list[ProducerData],
    catalogue: Catalogue,
    mistakes: Mistakes,
    held: str | None = None,
) -> PlannedProfile | None:
    """What a row says of a profile; None, with every mistake, when it cannot be taken.

    ``held``: the product that a profile has already, offered today or not.
    """
    own: Mistakes = []
    municipality = match_municipality(record, catalogue, own)
    crop = match_crop(record, catalogue, own, held)
    organisation = _party(record, "organisation", "nit", own, record.get("founded_on"))
    ally = _party(record, "ally", "ally_nit", own)
    _check_parties(record, organisation, ally, own)
    _check_amounts(record, catalogue.today, own)
    mistakes.extend(own)
    if own or record.unread or not (municipality and crop and organisation):
        return None
    return PlannedProfile(
        record=record,
        name=record.values["name"],
        organisation=organisation,
        ally=ally,
        municipality=municipality,
        crop=crop,
        route=record.values["route"],
        total_value_cop=record.values["total_value_cop"],
        incentive_cop=record.values["incentive_cop"],
        producers=tuple(producers),
    )


def _party(
    record: Record, name_key: str, nit_key: str, mistakes: Mistakes, founded_on: date | None = None
) -> Party | None:
    """The organisation or the ally of a profile; None when its name is blank."""
    name, nit = record.get(name_key), record.get(nit_key) or ""
    if name is None:
        if nit and name_key not in record.unread:
            mistakes.append(record.mistake(name_key, _("There is a NIT without a name: write it.")))
        return None
    return Party(name=name, nit=nit, founded_on=founded_on)


def _check_parties(
    record: Record, organisation: Party | None, ally: Party | None, mistakes: Mistakes
) -> None:
    if organisation and ally and organisation.nit and organisation.nit == ally.nit:
        message = _("An organisation cannot be its own commercial ally.")
        mistakes.append(record.mistake("ally_nit", message))


def _check_amounts(record: Record, today: date, mistakes: Mistakes) -> None:
    if not record.has_all("total_value_cop", "incentive_cop"):
        return
    problems = profile_problems(
        total_value_cop=record.values["total_value_cop"],
        incentive_cop=record.values["incentive_cop"],
        founded_on=record.get("founded_on"),
        today=today,
    )
    mistakes.extend(record.mistake(key, message) for key, message in problems.items())


def _check_names_agree(records: Iterable[Record], mistakes: Mistakes) -> None:
    """One NIT is one organisation: two names for it are a slip in one of them."""
    first: dict[tuple[str, str], Record] = {}
    for record in records:
        for name_key, nit_key in (("organisation", "nit"), ("ally", "ally_nit")):
            nit, name = record.get(nit_key), record.get(name_key)
            if not nit or not name:
                continue
            earlier = first.setdefault((nit_key, nit), record)
            if plain(earlier.get(name_key)) != plain(name):
                message = _("The NIT %(nit)s has another name in row %(row)d: correct one of them.")
                values = {"nit": nit, "row": earlier.row}
                mistakes.append(record.mistake(name_key, message % values))


#: The columns of each kind of organisation in a row: its name and its NIT.
_PARTIES = {
    OrganisationKind.PRODUCER: ("organisation", "nit"),
    OrganisationKind.ALLY: ("ally", "ally_nit"),
}


def _check_registered(records: Iterable[Record], mistakes: Mistakes) -> None:
    """A NIT that is registered goes with its registered name."""
    rows = list(records)
    nits = {row.get(nit) for row in rows for _name, nit in _PARTIES.values() if row.get(nit)}
    organisations = Organisation.objects.of_kind(*_PARTIES).filter(nit__in=nits)
    names = {
        (kind, nit): name for kind, nit, name in organisations.values_list("kind", "nit", "name")
    }
    for row in rows:
        for kind, (name_key, nit_key) in _PARTIES.items():
            written, nit = row.get(name_key), row.get(nit_key)
            registered = names.get((kind, nit)) if nit else None
            if written and registered and (problem := other_name(written, nit, registered)):
                mistakes.append(row.mistake(name_key, problem))


def _check_presented(
    call: Call, records: Iterable[Record], catalogue: Catalogue, mistakes: Mistakes
) -> None:
    """The same organisation, with the same product, does not enter a call twice."""
    presented = presented_in(call)
    rows: dict[tuple[str, str], int] = {}
    for record in records:
        crop = catalogue.crops.get(plain(record.get("crop") or ""))
        if crop is None or not record.get("nit"):
            continue
        identity = (record.get("nit"), crop.pk)
        first = rows.setdefault(identity, record.row)
        if identity in presented:
            values = {"code": presented[identity]}
            mistakes.append(record.mistake("nit", ALREADY_PRESENTED % values))
        elif first != record.row:
            message = _("This organisation presents the same product in row %(row)d: leave one.")
            mistakes.append(record.mistake("nit", message % {"row": first}))
