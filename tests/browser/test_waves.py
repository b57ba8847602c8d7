"""An evaluator reads a file with troubles, leaves their rows out, and imports the rest."""

from collections.abc import Callable

import pytest
from django.utils.timezone import now
from playwright.sync_api import expect

from evaluation.surveys.services import receive_file
from tests.browser.conftest import Visitor
from tests.evaluation.surveys.files import csv_file
from tests.evaluation.test_undo import file_of
from tests.factories.alliances import make_alliance, make_membership, make_producer
from tests.factories.evaluation import make_study, make_wave

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


@pytest.mark.parametrize(("size", "scheme"), [("phone", "dark"), ("desktop", "light")])
def test_a_wave_opened_by_mistake_is_changed_and_then_discarded(
    visitor: Open, size: str, scheme: str
) -> None:
    evaluator = make_membership("evaluator")
    wave = make_wave(evaluator)
    study = make_study(evaluator, wave, frozen=False)
    file_of(wave, evaluator, taken=True)
    someone = visitor(evaluator, size, scheme)

    someone.go(f"/evaluacion/olas/{wave.code}/")
    someone.look("ola-sin-estudio-congelado")
    someone.press("Cambiar el título o las fechas")
    someone.page.get_by_label("Título").fill("Cierre de 2021")
    someone.look("ola-cambiar")
    someone.press("Guardar el cambio")
    expect(someone.page.locator("h1")).to_contain_text("Cierre de 2021")
    someone.press("Descartar esta ola")
    expect(someone.page.locator("main")).to_contain_text(study.title)
    someone.page.get_by_label("Tipo de motivo").select_option("mistake")
    someone.page.get_by_label("Motivo, en una frase").fill("Se abrió con las fechas de otra ronda")
    someone.look("ola-descartar")
    someone.page.locator(".form-foot button").click()
    someone.settle()

    wave.refresh_from_db()
    assert wave.discarded_at
    assert someone.page.get_by_text("Cierre de 2021").count() == 0
