"""Bodies and people by workbook in a real browser: template, rows one by one, links once."""

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from alliances.invitations.models import Invitation
from alliances.models import Organisation
from alliances.territory.services import load_reference
from alliances.uploads.registry import KINDS
from kit.files.filling import table_template
from tests.factories.alliances import make_membership

pytestmark = pytest.mark.django_db(transaction=True)
LOOKS = [("phone", "dark"), ("desktop", "light")]


def filled(word: str, path: Path, *rows: dict[str, Any]) -> Path:
    """The template with these rows, by key of column."""
    columns = KINDS[word].columns()
    book = load_workbook(BytesIO(table_template(KINDS[word].sheet, columns, ["-"])))
    for number, row in enumerate(rows, start=2):
        for place, column in enumerate(columns, start=1):
            book.worksheets[0].cell(number, place, row.get(column.key))
    book.save(path)
    return path


@pytest.mark.parametrize(("size", "scheme"), LOOKS)
def test_bodies_and_their_people_come_in_by_workbook(
    visitor: Any, size: str, scheme: str, tmp_path: Path
) -> None:
    load_reference()
    admin = visitor(make_membership("admin"), size, scheme)

    def send(word: str, *rows: dict[str, Any]) -> None:
        path = filled(word, tmp_path / f"{word}.xlsx", *rows)
        admin.page.locator("input[type=file]").set_input_files(path)
        admin.press("Ver qué pasa con cada fila")

    sur = {"kind": "ogr", "name": "Corporación del Sur", "nit": "900123456-8"}
    admin.go("/entidades/")
    admin.press("Con un libro")
    admin.look("workbook-upload")
    send(
        "entidades",
        sur | {"municipality": "Pasto, Nariño", "departments": "Nariño; Putumayo"},
        {"kind": "trustee", "name": "Fiduciaria Andina", "municipality": "Bogotá, D.C."},
        {"kind": "ogr", "name": "Corporación del Mar", "municipality": "Macondo"},
    )
    admin.look("workbook-bodies")
    admin.press("Hacer")
    admin.look("workbook-bodies-done")
    assert Organisation.objects.filter(nit="900123456-8").count() == 1
    admin.go("/libros/personas/")
    person = {"role": "ogr", "organisation": "Corporación del Sur"}
    send(
        "personas",
        person | {"name": "Ana Ruiz", "email": "ana.ruiz@example.org"},
        {
            "name": "Luis Mora",
            "email": "luis@example.org",
            "role": "trustee",
            "organisation": "Fiduciaria Andina",
        },
        person | {"name": "Sin correo", "email": "sin correo"},
    )
    admin.look("workbook-people")
    admin.press("Hacer")
    admin.look("workbook-people-done")
    assert Invitation.objects.count() == 2
