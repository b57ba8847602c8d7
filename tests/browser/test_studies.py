"""What a study could see, what was known when it was frozen, and its amendment, on a screen."""

from collections.abc import Callable
from datetime import date

import pytest
from playwright.sync_api import expect

from alliances.models import ExternalShock
from evaluation.models import Study
from evaluation.runs.services import note_reading
from tests.browser.conftest import Visitor
from tests.factories.alliances import make_alliance, make_call, make_membership, make_producer
from tests.factories.evaluation import (
    AT,
    make_impact_study,
    make_run,
    make_snapshot,
    make_study,
    make_wave,
)

pytestmark = pytest.mark.django_db(transaction=True)
Open = Callable[..., Visitor]


@pytest.mark.parametrize(("size", "scheme"), [("phone", "light"), ("desktop", "dark")])
def test_power_is_reckoned_and_a_study_is_amended(visitor: Open, size: str, scheme: str) -> None:
    evaluator = make_membership("evaluator")
    wave = make_wave(evaluator)
    call = make_call()
    for place in range(30):
        alliance = make_alliance("executing", call=call)
        make_snapshot(alliance, f"{62.5 + place / 2}")
        make_producer(alliance)
    ExternalShock.objects.update_or_create(
        code="covid-19",
        defaults={
            "name_es": "Pandemia de COVID-19",
            "name_en": "COVID-19 pandemic",
            "kind": "pandemic",
            "starts_on": date(2020, 3, 12),
            "ends_on": date(2022, 6, 30),
            "source": "Resolución 385 de 2020",
            "confidence": "medium",
        },
    )
    note_reading(run=make_run(evaluator, make_study(evaluator, wave)), acting=evaluator, at=AT)
    study = make_impact_study(evaluator, wave)
    someone = visitor(evaluator, size, scheme)

    someone.go(f"/evaluacion/estudios/{study.pk}/")
    someone.look("study-stamped")
    someone.press("¿Qué efecto podría ver?")
    expect(someone.page.get_by_text("Con una probabilidad del 80 %")).to_be_visible()
    someone.look("study-power")
    someone.page.locator("input[name=icc]").fill("0.4")
    someone.press("Calcular otra vez")
    assert "icc=0.4" in someone.page.url

    someone.go(f"/evaluacion/estudios/{study.pk}/")
    someone.press("Escribir un estudio enmendado")
    new = Study.objects.get(amends=study)
    someone.page.locator("details.form-folded > summary").last.click()
    someone.page.locator("select[name=p]").select_option("2")
    someone.press("Guardar")
    someone.go(f"/evaluacion/estudios/{new.pk}/")
    someone.look("study-amended")
