"""An organisation on a phone: its home, its profile written, presented, sent back and mended."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils.timezone import localdate, now
from playwright.sync_api import expect

from alliances.lifecycle.duties import Duty
from alliances.lifecycle.table import Status
from alliances.models import Alliance, Appointment, Call, CallRegion, EligibilityRule
from alliances.territory.services import load_reference
from tests.factories.alliances import (
    Cast,
    make_alliance,
    make_cast,
    make_membership,
    make_municipality,
    make_organisation,
    make_producer,
    seal_call,
)

pytestmark = pytest.mark.django_db(transaction=True)
PASSWORD = "una-clave-de-prueba"
ASKED = "La fecha de nacimiento de la productora no coincide con su cédula."
ANSWER = "Se corrigió la fecha de nacimiento con la cédula a la vista."


@pytest.fixture
def cast() -> Cast:
    """People around a call that is open today in Nariño, and an organisation without a profile."""
    load_reference()
    found = make_cast("executing")
    call = Call.objects.create(
        code="2026",
        name="Convocatoria nacional 2026",
        opens_on=localdate() - timedelta(days=20),
        closes_on=localdate() + timedelta(days=40),
        wage_year=2026,
    )
    CallRegion.objects.create(call=call, call_region="Pacífico", budget_cop=10**10, cutoff=70)
    for code, unit, low, high in (("age", "years", 18, None), ("size", "people", 1, 60)):
        EligibilityRule.objects.create(call=call, code=code, unit=unit, minimum=low, maximum=high)
    seal_call(call)
    body = make_organisation(name="Asociación Catambuco", municipality=make_municipality())
    found.people["organisation"] = make_membership("organisation", organisation=body)
    user = found["organisation"].user
    user.set_password(PASSWORD)
    user.save()
    return found


def fill(someone: Any, **values: str) -> None:
    """Write into the fields of the form, by their names; choices by their labels."""
    for name, value in values.items():
        field = someone.page.locator(f"[name={name}]")
        if field.first.evaluate("one => one.tagName") == "SELECT":
            field.select_option(label=value)
        elif field.first.get_attribute("type") == "radio":
            someone.page.locator(f"[name={name}][value={value}]").check()
        else:
            field.fill(value)


def test_an_organisation_writes_presents_mends_and_presents_again(cast: Cast, visitor: Any) -> None:
    someone = visitor(None, "phone", "light")
    someone.go("/cuenta/login/")
    fill(someone, login=cast["organisation"].user.username, password=PASSWORD)
    someone.page.locator("form button[type=submit], form button.btn-primary").first.click()
    someone.settle()
    expect(someone.page.get_by_text("Convocatoria nacional 2026").first).to_be_visible()
    someone.look("own-home-open-call")

    someone.press("Escribir un perfil")
    someone.look("own-profile-new")
    fill(
        someone,
        name="Papa de Catambuco",
        crop="Papa",
        ally_name="Compradora Andina",
        route="Básica",
        total_value_cop="20.000.000",
        incentive_cop="6.000.000",
    )
    someone.press("Crear borrador")
    draft = Alliance.objects.get(name="Papa de Catambuco")
    assert draft.organisation.name == "Asociación Catambuco"
    someone.look("own-producers-none")

    someone.press("Agregar productor")
    fill(
        someone,
        given_names="Rosa Elvira",
        surnames="Guerrero Nastul",
        document_kind="Cédula de ciudadanía",
        document_number="27123456",
        born_on=str(localdate() - timedelta(days=365 * 16)),
        sex="f",
        household_key="H1",
        farm_name="La Esperanza",
        tenure="Propietario",
        farm_area_ha="2,5",
        project_area_ha="1",
        experience_years="2",
        monthly_income_cop="900.000",
        agricultural_income_share="85",
        assets_cop="40.000.000",
        consented_on=str(localdate() - timedelta(days=3)),
    )
    someone.look("own-producer-new")
    someone.page.locator("form.form button.btn-primary").first.click()
    someone.settle()
    assert draft.producers.count() == 1
    someone.press("Presentarlo")
    someone.look("own-present")
    someone.press("Presentar perfil")
    assert status_of(draft) == Status.SUBMITTED

    Appointment.objects.create(
        alliance=draft,
        duty=Duty.SCORE,
        organisation=cast["scorer"].organisation,
        since=localdate(),
    )
    scorer = visitor(cast["scorer"], "desktop", "light")
    scorer.go(f"/alianzas/{draft.code}/elegibilidad/")
    scorer.press("Devolver perfil")
    fill(scorer, reason_code="Cifras o hechos que no coinciden", reason=ASKED)
    scorer.press("Devolver perfil")
    assert status_of(draft) == Status.RETURNED

    someone.go("/")
    expect(someone.page.get_by_text(ASKED).first).to_be_visible()
    someone.look("own-home-returned")
    someone.press("Hacerlo")
    expect(someone.page.get_by_role("heading", name="Lo que le piden")).to_be_in_viewport()
    expect(someone.page.locator(".mend li").first).to_contain_text("Guerrero Nastul")
    someone.look("own-returned")
    someone.page.locator(".mend a").first.click()
    someone.settle()
    fill(someone, born_on="1985-02-11")
    someone.page.locator("form.form button.btn-primary").first.click()
    someone.settle()
    someone.go(f"/alianzas/{draft.code}/")
    expect(someone.page.locator(".to-mend")).to_contain_text("no hay nada pendiente")
    someone.press("Presentar perfil")
    expect(someone.page.get_by_text(ASKED)).to_be_visible()
    fill(someone, reason=ANSWER)
    someone.look("own-answer")
    someone.press("Presentar perfil")
    assert status_of(draft) == Status.SUBMITTED

    someone.go("/")
    expect(someone.page.locator(".own-card").first).to_contain_text(
        cast["scorer"].organisation.name
    )
    someone.look("own-home-waiting")
    scorer.go(f"/alianzas/{draft.code}/elegibilidad/")
    expect(scorer.page.get_by_text(ANSWER)).to_be_visible()
    scorer.look("own-answer-read")


def status_of(alliance: Alliance) -> str:
    alliance.refresh_from_db()
    return alliance.status


@pytest.mark.parametrize(("size", "scheme"), [("phone", "dark"), ("desktop", "light")])
def test_home_of_who_follows_several(cast: Cast, visitor: Any, size: str, scheme: str) -> None:
    body, call = cast["organisation"].organisation, Call.objects.get(code="2026")
    for status in ("draft", "submitted", "scored", "executing", "not_selected", "fund_operating"):
        make_producer(make_alliance(status, organisation=body, call=call))
    someone = visitor(cast["organisation"], size, scheme)
    someone.go("/")
    expect(someone.page.locator(".own-card")).to_have_count(6)
    someone.look("own-home-many")
    adviser = make_membership("consultant", organisation=cast["ogr"].organisation)
    for status in ("preparing", "study_returned", "study_submitted", "approved"):
        Appointment.objects.create(
            alliance=make_alliance(status, call=call),
            duty=Duty.ADVISE,
            organisation=adviser.organisation,
            person=adviser.user,
            since=now().date(),
        )
    consultant = visitor(adviser, size, scheme)
    consultant.go("/")
    expect(consultant.page.locator(".own-card")).to_have_count(4)
    consultant.look("consultant-home")
