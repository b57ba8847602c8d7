"""A table of reference rows in a real browser: changed in a file, looked at, saved."""

from pathlib import Path
from typing import Any

import pytest

from alliances.models import CropWindow
from alliances.reference.registry import TABLES
from alliances.reference.selectors import file_of
from alliances.territory.services import load_reference
from tests.factories.alliances import make_membership

pytestmark = pytest.mark.django_db(transaction=True)
LOOKS = [("phone", "dark"), ("desktop", "light")]


@pytest.mark.parametrize(("size", "scheme"), LOOKS)
def test_a_table_is_looked_at_before_it_is_saved(
    visitor: Any, size: str, scheme: str, tmp_path: Path
) -> None:
    load_reference()
    admin = visitor(make_membership("admin"), size, scheme)
    rows = file_of(TABLES["ventanas"]).splitlines()
    changed = rows[1].replace(",low", ",high")
    new = "cafe,Nariño,sowing,11-01,12-15,Agronet 2025,medium,2027-01-01,"
    wrong = "cafe,Nariñó,sowing,11-01,12-15,Agronet 2025,medium,2027-01-01,"

    def upload(*lines: str) -> None:
        path = tmp_path / "ventanas.csv"
        path.write_text("\n".join(lines), encoding="utf-8")
        admin.page.locator("input[type=file]").set_input_files(path)
        admin.press("Ver los cambios")

    admin.go("/referencias/ventanas/")
    admin.look("reference-table")
    upload(rows[0], changed, *rows[2:-1], new, wrong)
    admin.look("reference-refused")
    assert admin.page.get_by_role("button", name="Guardar todo").count() == 0
    admin.press("Elegir otro archivo")
    upload(rows[0], changed, *rows[2:], new)
    admin.look("reference-preview")
    admin.press("Guardar todo")
    admin.look("reference-saved")
    assert CropWindow.objects.filter(source="Agronet 2025").count() == 1
    upload(*file_of(TABLES["ventanas"]).splitlines())
    admin.look("reference-nothing")
