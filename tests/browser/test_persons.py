"""The register of persons and workbooks that come back, in a real browser."""

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from alliances.lifecycle.models import Alliance
from alliances.models import Person
from alliances.preparation.selectors import exported
from tests.factories.alliances import make_alliance, make_call, make_cast, make_producer, walk_to

pytestmark = pytest.mark.django_db(transaction=True)
LOOKS = [("phone", "dark"), ("desktop", "light")]


@pytest.mark.parametrize(("size", "scheme"), LOOKS)
def test_a_mistyped_document_is_corrected(visitor: Any, size: str, scheme: str) -> None:
    cast = make_cast("draft")
    before = make_alliance(call=make_call(code="2020-9"))
    make_producer(cast.alliance, document_number="27123456", surnames="Chaves")
    make_producer(before, document_number="27123465", surnames="Chaves")
    walk_to(before, "executing")
    eip = visitor(cast["eip"], size, scheme)

    eip.go("/participantes/repetidas/")
    eip.look("persons-pairs")
    eip.press("Decidir")
    eip.look("persons-pair")
    page = eip.page
    page.locator("input[name=right]").first.check()
    page.locator("[name=evidence]").select_option("original")
    page.locator("form:has([name=right]) [name=reason]").fill("Se vio la cédula original en Pasto.")
    eip.press("Corregir el documento")
    eip.look("persons-none")
    person = Person.objects.get()
    eip.go(f"/participantes/{person.pk}/")
    eip.look("persons-person")


@pytest.mark.parametrize(("size", "scheme"), LOOKS)
def test_a_workbook_goes_out_and_comes_back(
    visitor: Any, size: str, scheme: str, tmp_path: Path
) -> None:
    cast = make_cast("draft")
    for number in (1, 2):
        make_producer(cast.alliance, document_number=f"2712345{number}")
    workbook = load_workbook(BytesIO(exported(Alliance.objects.filter(pk=cast.alliance.pk))))
    sheet = workbook["Productores"]
    headings = [cell.value for cell in sheet[1]]
    sheet.cell(2, headings.index("Años de experiencia") + 1).value = 11
    path = tmp_path / "perfil.xlsx"
    workbook.save(path)
    ogr = visitor(cast["ogr"], size, scheme)

    ogr.go(f"/alianzas/{cast.alliance.code}/productores/libro/")
    ogr.look("corrections-upload")
    ogr.page.locator("input[type=file]").set_input_files(path)
    ogr.press("Ver los cambios")
    ogr.look("corrections-preview")
    ogr.press("Hacer este cambio")
    assert cast.alliance.producers.filter(experience_years=11).count() == 1
