"""An evaluator says how a column writes its numbers and sees what will be stored, in a browser."""

from collections.abc import Callable

import pytest
from django.utils.timezone import now

from evaluation.models import Response
from evaluation.surveys.services import receive_file
from tests.browser.conftest import Visitor
from tests.evaluation.surveys.files import csv_file
from tests.factories.alliances import make_alliance, make_membership, make_producer
from tests.factories.evaluation import make_wave

pytestmark = pytest.mark.django_db(transaction=True)
Open = Callable[..., Visitor]


@pytest.mark.parametrize(("size", "scheme"), [("phone", "dark"), ("desktop", "light")])
def test_a_column_of_two_readings_is_asked_and_stored_as_said(
    visitor: Open, size: str, scheme: str
) -> None:
    evaluator, alliance = make_membership("evaluator"), make_alliance("executing")
    rows = [
        {
            "documento": make_producer(alliance).document_number,
            "sales_cop": sales,
            "wellbeing": "4",
            "productivity_kg_ha": "0.125",
            "observaciones": "x",
        }
        for sales in ("1.500", "900", "2.345")
    ]
    received = receive_file(
        wave_id=make_wave(evaluator).pk,
        file_name="encuesta.csv",
        content=csv_file(rows, delimiter=";"),
        acting=evaluator,
        at=now(),
    )
    someone = visitor(evaluator, size, scheme)

    someone.go(f"/evaluacion/importaciones/{received.pk}/")
    someone.look("import-asked")
    someone.page.get_by_label("¿Cómo están escritos los números").select_option(",")
    someone.press("Revisar de nuevo")
    someone.look("import-preview")
    someone.press("Guardar 4 de 5 columnas; 1 queda fuera")

    found = Response.objects.order_by("source_row").values_list("answers", flat=True)
    assert [each["sales_cop"] for each in found] == [1500, 900, 2345]
    assert {each["productivity_kg_ha"] for each in found} == {0.125}
