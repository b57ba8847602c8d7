"""Bodies by workbook: each row a body, registered by the form and the service of one."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any, Self
from uuid import UUID

from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from alliances.people.models import Membership, Organisation, OrganisationKind
from alliances.people.selectors import registered_organisation
from alliances.register.forms import BodyForm
from alliances.register.selectors import can_change_bodies
from alliances.register.services import register_organisation
from alliances.territory.models import Department, Municipality
from alliances.uploads.registry import (
    PlannedRow,
    Planner,
    RowOutcome,
    RowState,
    TableKind,
    refused,
    register,
)
from kit import identifiers
from kit.days import OLDEST_BODY
from kit.files.columns import DAY, Column, Record
from kit.files.headings import plain
from kit.files.parsers import choice, day, text
from kit.text import tidy

WORD = "entidades"


def words_of(choices: type[TextChoices]) -> dict[str, tuple[str, ...]]:
    """What a cell may say of each: its label in Spanish, which is offered, in English, its code."""
    words: dict[str, tuple[str, ...]] = {str(code): () for code in choices.values}
    for language in ("es", "en"):
        with override(language):
            for member in choices:
                words[member.value] += (str(member.label),)
    return {code: (*labels, code) for code, labels in words.items()}


def columns() -> tuple[Column, ...]:
    """What a row says of a body."""
    kinds = words_of(OrganisationKind)
    return (
        Column(
            "kind",
            "Tipo de entidad",
            choice(kinds),
            kinds["ogr"][0],
            words=tuple(names[0] for names in kinds.values()),
            width=38,
        ),
        Column("name", "Nombre", text(200), "Corporación Los Pastos", width=38),
        Column(
            "nit",
            "NIT",
            identifiers.nit,
            "900123456-8",
            _("With its check digit: 900123456-8."),
            is_required=False,
        ),
        Column(
            "municipality",
            "Municipio",
            text(120),
            "Pasto, Nariño",
            _("Its name and department, «Cali, Valle del Cauca», or its DIVIPOLA code, «76001»."),
            is_required=False,
            width=26,
        ),
        Column(
            "departments",
            "Departamentos que atiende",
            text(800),
            "Nariño; Cauca",
            _("With semicolons between them; blank for a national body."),
            is_required=False,
            width=34,
        ),
        Column(
            "legal_representative",
            "Representante legal",
            text(120),
            "Ana Ruiz",
            is_required=False,
            width=28,
        ),
        Column(
            "founded_on",
            "Fecha de constitución",
            day(OLDEST_BODY),
            date(2010, 3, 9),
            _("Day/month/year."),
            is_required=False,
            number_format=DAY,
        ),
    )


@dataclass(frozen=True)
class Places:
    """Where bodies are and work, by what a cell may call it."""

    municipalities: Mapping[str, Sequence[Municipality]]
    departments: Mapping[str, Department]

    @classmethod
    def load(cls) -> Self:
        municipalities = defaultdict(list)
        for place in Municipality.objects.select_related("department"):
            name, department = plain(place.name), plain(place.department.name)
            for word in (place.pk, name, f"{name}, {department}"):
                municipalities[word].append(place)
        departments: dict[str, Department] = {}
        for one in Department.objects.all():
            departments |= {plain(one.name): one, one.pk: one}
        return cls(municipalities, departments)


def planner(_records: Sequence[Record], _acting: Membership, _at: datetime) -> Planner:
    """Judge rows by the places there are."""
    return partial(_plan, Places.load())


def _plan(places: Places, record: Record) -> PlannedRow:
    """What would become of a row: registered, left because it is, or refused by the form."""
    name = record.get("name") or ""
    problems: dict[str, str] = {}
    place = _place(places, record.get("municipality") or "", problems)
    served = _served(places, record.get("departments") or "", problems)
    if problems:
        return refused(record, name, problems)
    nit = record.get("nit") or ""
    registered = registered_organisation(
        kind=record.get("kind"), nit=nit, name=name, municipality=place
    )
    if registered:
        says = _("Registered already as «%(name)s»: what is to change is changed on its page.")
        return PlannedRow(record.row, name, RowState.LEFT, says % {"name": registered.name})
    form = BodyForm(
        {
            "key": UUID(int=0),
            **{key: record.get(key) for key in ("kind", "name", "legal_representative")},
            "nit": nit,
            "founded_on": record.get("founded_on"),
            "municipality": place and place.pk,
            "departments": [department.pk for department in served],
        }
    )
    if not form.is_valid():
        return refused(record, name, form_problems(form.errors, record))
    kind = OrganisationKind(record.get("kind"))
    identity = (kind, nit) if nit else (kind, plain(name), place and place.pk)
    says = " · ".join(str(part) for part in (kind.label, nit, place or "") if part)
    return PlannedRow(
        record.row, name, RowState.NEW, says, identity=identity, values=form.cleaned_data
    )


def form_problems(errors: Mapping[str, Any], record: Record, otherwise: str = "") -> dict[str, str]:
    """The errors of a form by key of column; those of no field are of ``otherwise``."""
    problems: dict[str, str] = {}
    for name, messages in errors.items():
        is_column = name in record.sheet.labels
        key = name if is_column else otherwise or next(iter(record.values))
        problems[key] = " ".join([*filter(None, [problems.get(key)]), *messages])
    return problems


def _place(places: Places, written: str, problems: dict[str, str]) -> Municipality | None:
    """The municipality that a cell names, by its code or by its name."""
    if not written:
        return None
    word = ", ".join(plain(part) for part in written.split(","))
    matches = places.municipalities.get(word.zfill(5) if word.isdigit() else word, ())
    if len(matches) == 1:
        return matches[0]
    problems["municipality"] = (
        _("There are %(count)d municipalities of this name: write its department behind a comma.")
        % {"count": len(matches)}
        if matches
        else _("No such municipality: write it as «Cali, Valle del Cauca», or its DIVIPOLA code.")
    )
    return None


def _served(places: Places, written: str, problems: dict[str, str]) -> list[Department]:
    """The departments that a cell names."""
    names = [name for part in written.split(";") if (name := tidy(part))]
    if unknown := [name for name in names if plain(name) not in places.departments]:
        message = _("There is no such department: %(names)s. Write semicolons between several.")
        problems["departments"] = message % {"names": ", ".join(unknown)}
        return []
    return [places.departments[plain(name)] for name in names]


def perform(row: PlannedRow, acting: Membership, at: datetime, key: UUID) -> RowOutcome:
    """Register the body of a row."""
    values = {name: value for name, value in row.values.items() if name != "key"}
    departments = values.pop("departments")
    body = register_organisation(
        Organisation(**values), departments=departments, acting=acting, at=at, key=key
    )
    return RowOutcome(
        row.number, str(body), RowState.NEW, _("Registered: %(name)s.") % {"name": body}
    )


register(
    TableKind(
        word=WORD,
        title=gettext_lazy("Register bodies with a workbook"),
        lead=gettext_lazy("Each row a body: its kind, name, NIT, place and legal representative."),
        back="alliances:body-list",
        back_title=gettext_lazy("Bodies"),
        sheet="Entidades",
        columns=columns,
        can=can_change_bodies,
        planner=planner,
        perform=perform,
    )
)
