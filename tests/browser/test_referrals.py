"""A referral in a real browser: the OGR refers, the organisation reads it and tells the answer."""

from typing import Any

import pytest
from playwright.sync_api import expect

from alliances.models import Referral, ReferralAnswer
from alliances.territory.services import load_reference
from tests.factories.alliances import make_cast

pytestmark = pytest.mark.django_db(transaction=True)
NOTE = "Vaya a la Secretaría de Agricultura con la cédula y pida la inscripción"
LOOKS = [("phone", "light"), ("phone", "dark"), ("desktop", "light"), ("desktop", "dark")]


@pytest.mark.parametrize(("size", "scheme"), LOOKS)
def test_whoever_was_not_selected_reads_where_else_there_is_help(
    visitor: Any, size: str, scheme: str
) -> None:
    load_reference()
    cast = make_cast("not_selected")
    page = f"/alianzas/{cast.alliance.code}/"
    ogr = visitor(cast["ogr"], size, scheme)
    ogr.go(page)
    ogr.press("Remitir a otro programa")
    ogr.look("referral-form")
    ogr.page.get_by_label("Extensión y asistencia técnica").check()
    ogr.page.locator("input[name=programme][value=pdea]").check()
    ogr.page.locator("[name=note]").fill(NOTE)
    ogr.press("Remitir")
    ogr.look("referral-alliance")
    own = visitor(cast["organisation"], size, scheme)
    own.go("/alianzas/mias/")
    expect(own.page.locator(".referral")).to_contain_text(NOTE)
    own.look("referral-own")
    own.press("Contar qué respondió")
    own.page.get_by_label("La aceptaron", exact=True).check()
    own.look("referral-answer")
    own.press("Registrar la respuesta")
    own.go("/alianzas/mias/")
    own.look("referral-own-answered")
    assert ReferralAnswer.objects.get().referral == Referral.objects.get()
    eip = visitor(cast["eip"], size, scheme)
    eip.go("/referencias/programas/")
    eip.look("referral-counts")
