"""Broken files: each mistake named by sheet, row and column, and nothing saved."""

import zipfile
from collections.abc import Callable
from datetime import date
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils.translation import override
from openpyxl import Workbook

from alliances.calls.models import Call
from alliances.models import Alliance, Event, Organisation, Producer, ProfileImport, ProfileUpload
from kit.errors import RowError
from tests.alliances.preparation.conftest import client_of
from tests.alliances.preparation.workbooks import Book, make_nit, producer_row, profile_row, saved
from tests.factories.alliances import (
    make_alliance,
    make_call,
    make_crop,
    make_department,
    make_membership,
    make_municipality,
    make_organisation,
    make_producer,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
PROFILES, PRODUCERS = "Perfiles", "Productores"


@pytest.fixture
def call() -> Call:
    make_municipality()
    make_department("05", "Antioquia")
    make_municipality("05001", "Medellín")
    make_municipality("52835", "San Andrés de Tumaco")
    make_organisation("producer", "Asopastos del Sur", nit="900373910-2")
    make_crop()
    return make_call("2026")


@pytest.fixture
def ogr(call: Call) -> Client:
    """Somebody of an OGR that serves Nariño only."""
    return client_of(make_membership("ogr"))


def send(client: Client, call: Call, content: bytes, name: str = "perfiles.xlsx") -> Any:
    """Post the file as the page does, in English so that messages can be compared."""
    client.cookies["django_language"] = "en"
    return client.post(
        reverse("alliances:import-profiles"),
        {"call": call.pk, "file": SimpleUploadedFile(name, content)},
    )


def assert_nothing_saved(alliances: int = 0) -> None:
    assert Alliance.objects.count() == alliances
    assert not Producer.objects.exclude(alliance__code__startswith="T-").exists()
    assert not Organisation.objects.filter(name__contains="Los Pastos").exists()
    assert not Event.objects.filter(verb="create_profile").exists()
    assert not ProfileImport.objects.exists()
    assert not ProfileUpload.objects.exclude(is_wrong=True).exists()


# -- Mistakes in rows ----------------------------------------------------------------------------
def changed(**changes: Any) -> Callable[[Book], bytes]:
    """A workbook whose second producer (row 3) differs."""

    def build(book: Book) -> bytes:
        book.producers[1] |= changes
        return book.xlsx()

    return build


def profile_changed(**changes: Any) -> Callable[[Book], bytes]:
    """A workbook whose only profile (row 2) differs."""

    def build(book: Book) -> bytes:
        book.profiles[0] |= changes
        return book.xlsx()

    return build


def edited(edit: Callable[[Workbook], Any]) -> Callable[[Book], bytes]:
    """A workbook broken cell by cell."""

    def build(book: Book) -> bytes:
        workbook = book.workbook()
        edit(workbook)
        return saved(workbook)

    return build


def _set(sheet: str, cell: str, value: Any) -> Callable[[Workbook], None]:
    def edit(workbook: Workbook) -> None:
        workbook[sheet][cell] = value
        if isinstance(value, str) and value.startswith("#"):
            workbook[sheet][cell].data_type = "e"

    return edit


def _add_profile(book: Book) -> bytes:
    book.profiles.append(profile_row(2, code="P01"))
    return book.xlsx()


def _add_empty_profile(book: Book) -> bytes:
    book.profiles.append(profile_row(2))
    return book.xlsx()


def _add_stray_producer(book: Book) -> bytes:
    book.producers.append(producer_row(9, profile="P99"))
    return book.xlsx()


def _repeat_person(book: Book) -> bytes:
    book.producers.append(producer_row(1))
    return book.xlsx()


def _person_in_two_profiles(book: Book) -> bytes:
    book.profiles.append(profile_row(2))
    book.producers.append(producer_row(1, profile="P02"))
    return book.xlsx()


def _two_names(book: Book) -> bytes:
    book.profiles.append(profile_row(2, nit=book.profiles[0]["nit"], crop="Papa"))
    book.producers.append(producer_row(9, profile="P02"))
    return book.xlsx()


def _remove_sheet(workbook: Workbook) -> None:
    workbook.remove(workbook[PRODUCERS])


def _remove_column(workbook: Workbook) -> None:
    workbook[PRODUCERS].delete_cols(7)


def _merge_data(workbook: Workbook) -> None:
    workbook[PRODUCERS].merge_cells("I3:I4")


def _merge_headings(workbook: Workbook) -> None:
    workbook[PRODUCERS].merge_cells("D1:E1")


def _title_without_headings(workbook: Workbook) -> None:
    workbook[PROFILES].delete_rows(1)


BROKEN: dict[str, tuple[Callable[[Book], bytes], tuple[str, int, str, str]]] = {
    "missing sheet": (edited(_remove_sheet), (PRODUCERS, 0, "", "is missing; the file has")),
    "no headings": (edited(_title_without_headings), (PROFILES, 1, "", "headings were not found")),
    "missing column": (
        edited(_remove_column),
        (PRODUCERS, 1, "Fecha de nacimiento", "is missing: add it"),
    ),
    "unknown heading": (
        edited(_set(PRODUCERS, "H1", "Celular")),
        (PRODUCERS, 1, "H · Celular", "not in the template"),
    ),
    "heading twice": (
        edited(_set(PRODUCERS, "H1", "Nombres")),
        (PRODUCERS, 1, "H · Nombres", "appears twice"),
    ),
    "heading that failed": (
        edited(_set(PRODUCERS, "H1", "#N/A")),
        (PRODUCERS, 1, "H", "formula gives «#N/A»"),
    ),
    "headings merged": (edited(_merge_headings), (PRODUCERS, 1, "E", "no heading")),
    "cells merged": (edited(_merge_data), (PRODUCERS, 3, "I", "Merged cells")),
    "required cell blank": (
        changed(surnames=" \u00a0"),
        (PRODUCERS, 3, "E · Apellidos", "blank and the template"),
    ),
    "consent in the future": (
        changed(consented_on=date(2026, 12, 1)),
        (PRODUCERS, 3, "W · Fecha de autorización de datos", "has not come yet"),
    ),
    "date that does not exist": (
        changed(born_on="31/02/1983"),
        (PRODUCERS, 3, "G · Fecha de nacimiento", "does not exist"),
    ),
    "birth in the future": (
        changed(born_on=date(2083, 5, 17)),
        (PRODUCERS, 3, "G · Fecha de nacimiento", "age would be"),
    ),
    "number as text": (
        changed(assets_cop="muchos"),
        (PRODUCERS, 3, "Q · Patrimonio del hogar (COP)", "not a number"),
    ),
    "area in two readings": (
        changed(farm_area_ha="2.500"),
        (PRODUCERS, 3, "L · Área de la finca (ha)", "two ways"),
    ),
    "percentage as a share": (
        changed(agricultural_income_share=0.85),
        (PRODUCERS, 3, "P · Ingreso agropecuario (%)", "share of one"),
    ),
    "project larger than farm": (
        changed(project_area_ha=9),
        (PRODUCERS, 3, "M · Área del proyecto (ha)", "cannot exceed"),
    ),
    "more experience than age": (
        changed(experience_years=60),
        (PRODUCERS, 3, "N · Años de experiencia", "than of age"),
    ),
    "unknown word": (
        changed(tenure="Prestada"),
        (PRODUCERS, 3, "K · Tenencia de la tierra", "not one of"),
    ),
    "formula that failed": (
        edited(_set(PRODUCERS, "O3", "#N/A")),
        (PRODUCERS, 3, "O · Ingreso mensual del hogar (COP)", "formula gives «#N/A»"),
    ),
    "optional formula that failed": (
        edited(_set(PRODUCERS, "J3", "#REF!")),
        (PRODUCERS, 3, "J · Finca", "formula gives «#REF!»"),
    ),
    "formula never computed": (
        edited(_set(PRODUCERS, "N3", "=4+4")),
        (PRODUCERS, 3, "N · Años de experiencia", "never computed"),
    ),
    "person twice": (_repeat_person, (PRODUCERS, 5, "C · Número de documento", "already in row 2")),
    "person in two profiles": (
        _person_in_two_profiles,
        (PRODUCERS, 5, "C · Número de documento", "in profile «P01», row 2"),
    ),
    "producer of no profile": (
        _add_stray_producer,
        (PRODUCERS, 5, "A · Código del perfil", "no profile «P99»"),
    ),
    "profile without producers": (
        _add_empty_profile,
        (PROFILES, 3, "A · Código del perfil", "No producer has this code"),
    ),
    "code twice": (_add_profile, (PROFILES, 3, "A · Código del perfil", "already in row 2")),
    "municipality that does not exist": (
        profile_changed(municipality_code="99999"),
        (PROFILES, 2, "F · Código DIVIPOLA", "no municipality «99999»"),
    ),
    "everyday name of a municipality": (
        profile_changed(municipality_code=None, municipality="Tumaco"),
        (PROFILES, 2, "H · Municipio", "Is it San Andrés de Tumaco (52835)?"),
    ),
    "municipality with a slip": (
        profile_changed(municipality_code=None, municipality="Pastto"),
        (PROFILES, 2, "H · Municipio", "Is it Pasto (52001)?"),
    ),
    "NIT registered under another name": (
        profile_changed(nit="900373910-2", organisation="Asociación Nueva"),
        (PROFILES, 2, "C · Organización", "«Asopastos del Sur», not «Asociación Nueva»"),
    ),
    "municipality of another name": (
        profile_changed(municipality="Ipiales"),
        (PROFILES, 2, "H · Municipio", "is Pasto, Nariño"),
    ),
    "municipality outside the region": (
        profile_changed(municipality_code="05001", department="Antioquia", municipality="Medellín"),
        (PROFILES, 2, "F · Código DIVIPOLA", "outside the departments"),
    ),
    "no place": (
        profile_changed(municipality_code=None, municipality=None),
        (PROFILES, 2, "F · Código DIVIPOLA", "Write the DIVIPOLA code"),
    ),
    "unknown product": (
        profile_changed(crop="Quinua"),
        (PROFILES, 2, "I · Producto", "not in the list of products"),
    ),
    "check digit": (
        profile_changed(nit="900123456-1"),
        (PROFILES, 2, "D · NIT de la organización", "does not fit"),
    ),
    "ally without a name": (
        profile_changed(ally=None),
        (PROFILES, 2, "J · Aliado comercial", "NIT without a name"),
    ),
    "its own ally": (
        profile_changed(ally_nit=make_nit(900_100_001)),
        (PROFILES, 2, "K · NIT del aliado", "its own commercial ally"),
    ),
    "one NIT with two names": (
        _two_names,
        (PROFILES, 3, "C · Organización", "another name in row 2"),
    ),
    "incentive above the total": (
        profile_changed(incentive_cop=800_000_000),
        (PROFILES, 2, "N · Incentivo modular (COP)", "cannot exceed the total"),
    ),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_mistake_is_named_by_row_and_column_and_nothing_is_saved(
    ogr: Client, call: Call, kind: str
) -> None:
    build, (sheet, row, column, says) = BROKEN[kind]

    answer = send(ogr, call, build(Book()))

    assert answer.status_code == 422
    found = [m for m in answer.context["mistakes"] if says in m.message]
    assert [(m.sheet, m.row, m.column) for m in found[:1]] == [(sheet, row, column)]
    if row:
        assert f">{row}<" in answer.content.decode()
    assert_nothing_saved()


def test_every_mistake_of_the_file_is_named_at_once_in_its_order(ogr: Client, call: Call) -> None:
    book = Book()
    book.profiles[0] |= {"crop": "Quinua", "nit": "1"}
    book.producers[0] |= {"sex": "?", "consented_on": "ayer"}
    book.producers[2] |= {"tenure": None}

    mistakes = send(ogr, call, book.xlsx()).context["mistakes"]

    assert [(m.sheet, m.row, m.column[:1]) for m in mistakes] == [
        (PROFILES, 2, "D"),
        (PROFILES, 2, "I"),
        (PRODUCERS, 2, "F"),
        (PRODUCERS, 2, "W"),
        (PRODUCERS, 4, "K"),
    ]


def test_person_of_another_profile_of_the_call_is_refused(ogr: Client, call: Call) -> None:
    make_producer(make_alliance(call=call), document_number="27000002")
    answer = send(ogr, call, Book().xlsx())
    assert [(m.row, m.column) for m in answer.context["mistakes"]] == [
        (3, "C · Número de documento")
    ]
    assert_nothing_saved(alliances=1)


def test_person_with_and_without_leading_zeros_is_one(ogr: Client, call: Call) -> None:
    book = Book()
    book.producers[0]["document_number"] = "55345671"
    book.producers[1]["document_number"] = "0055345671"
    [mistake] = send(ogr, call, book.xlsx()).context["mistakes"]
    assert (mistake.row, mistake.column) == (3, "C · Número de documento")
    assert "already in row 2" in mistake.message
    assert_nothing_saved()


def test_document_with_a_dash_is_asked(ogr: Client, call: Call) -> None:
    book = Book()
    book.producers[0]["document_number"] = "98765432-1"
    [mistake] = send(ogr, call, book.xlsx()).context["mistakes"]
    assert (mistake.row, mistake.column) == (2, "C · Número de documento")
    assert "has a dash: write 98765432, or 987654321" in mistake.message
    assert_nothing_saved()


def test_person_of_a_withdrawn_profile_may_take_part(ogr: Client, call: Call) -> None:
    make_producer(make_alliance("withdrawn", call=call), document_number="27000002")
    assert send(ogr, call, Book().xlsx()).status_code == 302


def test_organisation_that_already_presented_is_refused(ogr: Client, call: Call) -> None:
    book = Book()
    book.profiles[0]["organisation"] = "Unión del Norte"
    organisation = make_organisation(name="Unión del Norte", nit=book.profiles[0]["nit"])
    make_alliance(call=call, organisation=organisation)
    answer = send(ogr, call, book.xlsx())
    [mistake] = answer.context["mistakes"]
    assert (mistake.row, mistake.column) == (2, "D · NIT de la organización")
    assert_nothing_saved(alliances=1)


def test_too_many_profiles_are_refused_at_the_first_row_beyond(ogr: Client, call: Call) -> None:
    book = Book([], [])
    for number in range(1, 202):
        book.profiles.append(profile_row(number, code=f"P{number}"))
        book.producers.append(producer_row(number, profile=f"P{number}"))
    mistakes: tuple[RowError, ...] = send(ogr, call, book.xlsx()).context["mistakes"]
    assert [(m.sheet, m.row) for m in mistakes] == [(PROFILES, 202)]
    assert_nothing_saved()


def test_title_above_the_headings_shifts_the_rows_named(ogr: Client, call: Call) -> None:
    book = Book()
    book.producers[1] |= {"sex": "?"}
    workbook = book.workbook()
    workbook[PRODUCERS].insert_rows(1, 3)
    workbook[PRODUCERS]["A1"] = "Ministerio de Agricultura: formato de productores"
    workbook[PRODUCERS].merge_cells("A1:F1")
    [mistake] = send(ogr, call, saved(workbook)).context["mistakes"]
    assert (mistake.row, mistake.column) == (6, "F · Sexo")


def test_mistakes_of_a_csv_are_named_by_its_rows(ogr: Client, call: Call) -> None:
    book = Book()
    book.producers[1] |= {"sex": "?"}
    [mistake] = send(ogr, call, book.csv(), "perfiles.csv").context["mistakes"]
    assert (mistake.sheet, mistake.row, mistake.column) == (PRODUCERS, 3, "S · Sexo")


def test_rows_of_a_csv_must_agree_on_their_profile(ogr: Client, call: Call) -> None:
    book = Book()
    book.producers[2] |= {"total_value_cop": 1}
    [mistake] = send(ogr, call, book.csv(), "perfiles.csv").context["mistakes"]
    assert (mistake.row, mistake.column) == (4, "M · Valor total (COP)")
    assert "row 2" in mistake.message


# -- Files that are not what they should be --------------------------------------------------------
def _zip(**parts: bytes) -> bytes:
    target = BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in parts.items():
            archive.writestr(name, body)
    return target.getvalue()


def _far_away() -> bytes:
    workbook = Book().workbook()
    workbook[PRODUCERS]["XFD1048576"] = "x"
    return saved(workbook)


def _bomb() -> bytes:
    return _zip(**{"xl/workbook.xml": b"0" * (90 * 1024 * 1024)})


def _truncated() -> bytes:
    return Book().xlsx()[:-400]


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
WRONG = {
    "empty file": ("perfiles.xlsx", lambda: b"", "empty"),
    "PDF named as a workbook": ("perfiles.xlsx", lambda: b"%PDF-1.7 ...%%EOF", "not an Excel"),
    "text named as a workbook": ("perfiles.xlsx", lambda: Book().csv(), "not an Excel"),
    "workbook with a password": (
        "perfiles.xlsx",
        lambda: OLE + "EncryptedPackage".encode("utf-16-le"),
        "password",
    ),
    "Excel 97": ("perfiles.xls", lambda: OLE + b"\x00" * 600, "save it as .xlsx"),
    "damaged": ("perfiles.xlsx", _truncated, "damaged"),
    "another kind of archive": (
        "perfiles.xlsx",
        lambda: _zip(**{"word/document.xml": b"<w/>"}),
        "not an Excel or LibreOffice",
    ),
    "broken inside": (
        "perfiles.xlsx",
        lambda: _zip(**{"xl/workbook.xml": b"<a", "xl/_rels/workbook.xml.rels": b"<a/>"}),
        "damaged",
    ),
    "unpacks to too much": ("perfiles.xlsx", _bomb, "far more than it should"),
    "one cell far away": ("perfiles.xlsx", _far_away, "reaches row 1048576"),
    "too heavy": ("perfiles.csv", lambda: b"a;b\n" * 1_400_000, "split it in two"),
    "binary named CSV": ("perfiles.csv", lambda: b"\x00\x01\x02;\x00", "not text"),
    "nothing but headings": ("perfiles.xlsx", lambda: Book([], []).xlsx(), "no profiles"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_wrong_file_is_refused_with_what_to_do(ogr: Client, call: Call, kind: str) -> None:
    name, build, says = WRONG[kind]
    with override("en"):
        answer = send(ogr, call, build(), name)
    assert answer.status_code == 422
    errors = [
        str(error) for messages in answer.context["form"].errors.values() for error in messages
    ]
    assert len(errors) == 1
    assert says in errors[0]
    assert_nothing_saved()
