"""An evaluator reads a file with troubles, leaves their rows out, and imports the rest."""

from collections.abc import Callable

import pytest
from django.utils.timezone import now

from evaluation.surveys.services import receive_file
from tests.browser.conftest import Visitor
from tests.evaluation.surveys.files import csv_file
from tests.factories.alliances import make_alliance, make_membership, make_producer
from tests.factories.evaluation import make_wave

pytestmark = pytest.mark.django_db(transaction=True)
Open = Callable[..., Visitor]


@pytest.mark.parametrize(("size", "scheme"), [("phone", "dark"), ("desktop", "light")])
def test_an_evaluator_leaves_rows_out_and_imports_the_rest(
    visitor: Open, size: str, scheme: str
) -> None:
    evaluator = make_membership("evaluator")
    wave = make_wave(evaluator)
    alliance = make_alliance("executing")
    documents = [make_producer(alliance).document_number for _ in range(3)]
    rows = [{"documento": each, "wellbeing": "4"} for each in (*documents, documents[0], "1234567")]
    received = receive_file(
        wave_id=wave.pk,
        file_name="encuesta.csv",
        content=csv_file(rows),
        acting=evaluator,
        at=now(),
    )
    someone = visitor(evaluator, size, scheme)
    page = someone.page

    someone.go(f"/evaluacion/importaciones/{received.pk}/")
    someone.look("import-refused")
    page.select_option("[name=handling-unlinked]", "leave_out")
    page.select_option("[name=handling-repeated]", "leave_out")
    page.locator(".form-foot button").click()
    page.wait_for_selector("a[href$='filas-fuera.csv']")
    someone.look("import-rows-left-out")
    page.locator("form[action$='confirmar/'] button").click()
    page.wait_for_url("**/olas/*/")
    someone.look("wave")
    assert wave.responses.count() == 3
