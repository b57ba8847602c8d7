"""The fiduciary queue in a real browser: chosen by slack, approved, paid, returned."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils.timezone import localdate, now
from playwright.sync_api import expect

from fiduciary.disbursements.models import DisbursementRequest
from fiduciary.disbursements.services.requests import approve_disbursement
from fiduciary.fund.services import sign_commitment
from fiduciary.timing.models import WindowOverride
from tests.browser.conftest import Visitor
from tests.factories.alliances import Cast, make_producer
from tests.factories.fiduciary import (
    MILLION,
    make_contribution,
    make_evidence,
    make_funded_cast,
    make_line,
    make_request,
    make_rules,
)

pytestmark = pytest.mark.django_db(transaction=True)
Open = Callable[..., Visitor]
SOWING = [
    ("Semilla certificada, 120 bultos", 12, 20),
    ("Abono orgánico, 8 toneladas", 18, 12),
    ("Cal dolomita, 200 bultos", 9, 40),
    ("Plan de manejo ambiental", 4, 70),
]


@pytest.fixture
def cast() -> Cast:
    """An alliance whose four requests have different days to spare, and one without a season."""
    cast = make_funded_cast(cash_cop=200 * MILLION)
    for number in range(3):
        make_producer(cast.alliance, surnames=f"Chapal {number}")
    today, at = localdate(), now() - timedelta(days=6)
    for text, millions, days in SOWING:
        line = make_line(cast.alliance, concept=text, planned_on=today)
        WindowOverride.objects.create(
            alliance=cast.alliance,
            crop=cast.alliance.crop,
            operation="sowing",
            starts_on=today - timedelta(days=20),
            ends_on=today + timedelta(days=days + 20),
            reason="Acta del comité",
            recorded_by=cast["oga"].user,
            recorded_at=now(),
        )
        request = make_request(
            cast, at=at, line=line, amount_cop=millions * MILLION, description=text
        )
        request.documents.add(make_evidence(cast["oga"], cast.alliance))
    fees = make_line(cast.alliance, concept="Honorarios", crop=None, operation="")
    make_request(cast, at=at, line=fees, amount_cop=3 * MILLION, description="Gerente aprendiz")
    return cast


def approve_the_chosen(officer: Visitor) -> None:
    """What is ticked, then «yes» to what would become of each."""
    officer.page.locator("button[value=approve_requests]").click()
    officer.settle()
    officer.page.locator(".form-foot .btn-primary").click()
    officer.settle()
    expect(officer.page.locator("#done")).to_be_visible()


def tightest(cast: Cast) -> DisbursementRequest:
    return cast.alliance.disbursement_requests.order_by("urgency_days").first()


@pytest.mark.parametrize(("size", "scheme"), [("desktop", "light"), ("phone", "dark")])
def test_request_chosen_by_its_slack_is_approved_and_paid(
    visitor: Open, cast: Cast, size: str, scheme: str
) -> None:
    request = tightest(cast)
    officer = visitor(cast["trustee"], size, scheme)
    officer.go("/desembolsos/")
    officer.look("desembolsos-fiduciaria")
    first = officer.page.locator(".queue [data-row]").first
    expect(first).to_contain_text(request.reference)
    first.locator("a[data-open]").click()
    expect(officer.page.locator("#drawer")).to_be_visible()
    officer.settle()
    officer.look("desembolso-cajon-fiduciaria")
    officer.page.keyboard.press("a")
    expect(officer.page.locator("#messages")).to_contain_text(request.reference)

    payer = visitor(cast["payer"], size, scheme)
    payer.go("/desembolsos/")
    row = payer.page.locator(".queue [data-row]", has_text=request.reference)
    row.locator("a[data-open]").click()
    payer.settle()
    drawer = payer.page.locator("#drawer")
    drawer.locator("[name=bank_reference]").fill("ACH 55102")
    payer.look("desembolso-cajon-pago")
    drawer.locator("form[action*='/pagar/'] button").click()
    expect(payer.page.locator("#messages")).to_contain_text(request.reference)
    request.refresh_from_db()
    assert request.status == "paid"


@pytest.fixture
def morning(cast: Cast) -> Cast:
    """Twenty-one requests that wait for the officer, each with other days to spare."""
    line = make_line(cast.alliance, concept="Insumos", planned_cop=90 * MILLION)
    at = now() - timedelta(days=6)
    for number in range(16):
        request = make_request(
            cast,
            at=at,
            line=line,
            amount_cop=(2 + number % 4) * MILLION,
            description=f"Insumos de la vereda {number + 1}",
            delivery_lead_days=3 * number,
        )
        if number % 5:
            request.documents.add(make_evidence(cast["oga"], cast.alliance))
    return cast


@pytest.mark.parametrize(("size", "scheme"), [("desktop", "light"), ("phone", "dark")])
def test_officer_approves_twenty_by_slack_returns_one_and_a_colleague_pays(
    visitor: Open, morning: Cast, size: str, scheme: str
) -> None:
    """The day's work, by keyboard and in a batch: twenty-one requests wait, none is left."""
    requests = morning.alliance.disbursement_requests.all()
    by_slack = [row.reference for row in requests.by_slack()]
    officer = visitor(morning["trustee"], size, scheme)
    page = officer.page
    officer.go("/desembolsos/")
    rows = page.locator(".queue [data-row]")
    expect(rows).to_have_count(21)
    assert [by_slack[place] in text for place, text in enumerate(rows.all_inner_texts())] == (
        [True] * 21
    )
    officer.look("manana-cola")

    page.keyboard.press("j")  # the first row, opened, returned: its quotes are missing
    page.keyboard.press("Enter")
    expect(page.locator("#drawer .points")).to_be_visible()
    officer.settle()
    officer.look("manana-cajon")
    page.keyboard.press("r")
    officer.look("manana-devolver")
    page.locator("#drawer button[value=quotes_missing]").click()
    expect(page.locator("#messages")).to_contain_text(by_slack[0])

    for reference in by_slack[1:4]:  # one by one, always the one that presses most
        expect(page.locator(".queue [data-row]").first).to_contain_text(reference)
        expect(page.locator(".queue a[data-open]").first).to_be_focused()  # where the last one was
        page.keyboard.press("Enter")
        expect(page.locator("#drawer .points")).to_be_visible()
        officer.settle()
        page.keyboard.press("a")
        expect(page.locator("#messages")).to_contain_text(reference)

    page.locator("[data-choose-all]").check()  # and the rest together
    approve_the_chosen(officer)
    expect(page.locator("#done ~ span")).to_have_text("17")
    officer.look("manana-lote")
    assert requests.filter(status="approved").count() == 20
    assert requests.get(status="returned").reference == by_slack[0]
    officer.go("/desembolsos/")
    expect(page.locator(".queue [data-row]")).to_have_count(0)  # nobody pays what they approved
    officer.look("manana-vacia")

    payer = visitor(morning["payer"], size, scheme)
    payer.go("/desembolsos/")
    expect(payer.page.locator(".queue [data-row]")).to_have_count(20)
    payer.look("manana-pagos")
    payer.page.locator(".queue a[data-open]").first.click()
    payer.settle()
    drawer = payer.page.locator("#drawer")
    drawer.locator("[name=bank_reference]").fill("ACH 55102")
    drawer.locator("form[action*='/pagar/'] button").click()
    expect(payer.page.locator("#messages")).to_contain_text("D-")
    paid = requests.get(status="paid")
    assert (paid.approved_by, paid.paid_by) == (morning["trustee"].user, morning["payer"].user)


@pytest.mark.parametrize(("size", "scheme"), [("desktop", "dark"), ("phone", "light")])
def test_no_objection_is_given_before_the_officer_decides(
    visitor: Open, cast: Cast, size: str, scheme: str
) -> None:
    line = make_line(cast.alliance, concept="Riego")
    request = make_request(cast, at=now(), line=line, departure="El proveedor del plan ya no surte")
    direction = visitor(cast["eip"], size, scheme)
    direction.go("/desembolsos/")
    direction.look("desembolsos-eip")
    direction.page.locator(".queue a[data-open]").first.click()
    direction.settle()
    direction.look("desembolso-cajon-eip")

    direction.page.keyboard.press("a")
    expect(direction.page.locator("#messages")).to_contain_text(request.reference)

    request.refresh_from_db()
    assert (request.status, request.step.verb) == ("requested", "approve")
    officer = visitor(cast["trustee"], size, scheme)
    officer.go(f"/desembolsos/{request.pk}/")
    officer.look("desembolso-con-no-objecion")


def test_request_goes_back_with_a_reason_in_two_clicks(visitor: Open, cast: Cast) -> None:
    request = tightest(cast)
    officer = visitor(cast["trustee"])
    officer.go(f"/desembolsos/{request.pk}/")
    officer.look("desembolso")

    officer.page.keyboard.press("r")
    officer.page.locator("button[value=quotes_missing]").click()
    expect(officer.page.locator("#messages")).to_contain_text(request.reference)

    request.refresh_from_db()
    assert request.status == "returned"
    field_team = visitor(cast["oga"], "phone")
    field_team.go(f"/desembolsos/{request.pk}/")
    field_team.look("desembolso-devuelto")
    field_team.page.locator("a[href*='/reenviar/']").click()
    field_team.settle()
    field_team.look("desembolso-corregir")


def test_key_approves_from_the_page(visitor: Open, cast: Cast) -> None:
    request = tightest(cast)
    officer = visitor(cast["trustee"])
    officer.go(f"/desembolsos/{request.pk}/")

    officer.page.keyboard.press("a")
    expect(officer.page.locator("#messages")).to_contain_text(request.reference)

    request.refresh_from_db()
    assert request.status == "approved"


def test_safe_ones_are_approved_together(visitor: Open, cast: Cast) -> None:
    officer = visitor(cast["trustee"])
    officer.go("/desembolsos/")
    for box in officer.page.locator(".queue input[type=checkbox]").all()[:3]:
        box.check()

    approve_the_chosen(officer)

    officer.look("desembolsos-lote")
    assert DisbursementRequest.objects.filter(status="approved").count() == 3


@pytest.mark.parametrize(("size", "scheme"), [("desktop", "light"), ("phone", "dark")])
def test_many_go_back_with_one_reason_by_keyboard(
    visitor: Open, morning: Cast, size: str, scheme: str
) -> None:
    """``e`` all that match, ``r`` return, one reason and one sentence, and each is told apart."""
    officer = visitor(morning["trustee"], size, scheme)
    page = officer.page
    officer.go("/desembolsos/?q=vereda")
    page.keyboard.press("e")
    officer.look("desembolsos-todos-elegidos")
    page.keyboard.press("r")
    page.wait_for_url("**/lotes/**")
    officer.settle()
    page.locator("[name=reason_code]").select_option("quotes_missing")
    page.locator("[name=reason]").fill("Falta la segunda cotización de cada insumo")
    officer.look("desembolsos-devolver-varios")
    page.locator(".form-foot .btn-primary").click()
    officer.settle()
    expect(page.locator("#done ~ span")).to_have_text("16")
    officer.look("desembolsos-devueltos")
    assert DisbursementRequest.objects.filter(status="returned").count() == 16


def test_what_was_chosen_on_other_pages_goes_along_and_is_said(
    visitor: Open, morning: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kit.lists.SIZES", (10,))
    officer = visitor(morning["trustee"])
    page, note = officer.page, officer.page.locator("[data-picks-elsewhere]")
    officer.go("/desembolsos/")
    boxes = page.locator(".queue input[type=checkbox]")
    for box in boxes.all()[:2]:
        box.check()
    expect(note).to_be_hidden()
    officer.go("/desembolsos/?page=2")
    expect(note).to_contain_text("2")
    boxes.first.check()
    officer.go("/desembolsos/")
    expect(note).to_contain_text("1")
    assert [box.is_checked() for box in boxes.all()[:3]] == [True, True, False]
    approve_the_chosen(officer)
    officer.go("/desembolsos/")
    expect(note).to_be_hidden()
    assert page.locator(".queue input:checked").count() == 0


@pytest.mark.parametrize(("size", "scheme"), [("desktop", "light"), ("phone", "dark")])
def test_money_fund_and_deliveries_of_an_alliance(
    visitor: Open, cast: Cast, size: str, scheme: str
) -> None:
    make_contribution(cast.alliance, concept="Aporte departamental")
    approve_disbursement(request_id=tightest(cast).pk, acting=cast["trustee"], at=now())
    make_rules(cast)
    for producer in cast.alliance.producers.all()[:2]:
        sign_commitment(
            producer_id=producer.pk,
            schedule=[(localdate(), MILLION)],
            conditions="Una cosecha",
            signed_on=localdate(),
            acting=cast["organisation"],
            at=now(),
        )
    base = f"/alianzas/{cast.alliance.code}"
    pages: list[tuple[str, str, str]] = [
        ("oga", "/dinero/", "dinero"),
        ("organisation", "/fondo/", "fondo"),
        ("oga", "/entregas/", "entregas"),
        ("oga", "/desembolsos/nuevo/", "desembolso-nuevo"),
        ("oga", "/plan/nuevo/", "plan-nuevo"),
        ("oga", "/ventanas/", "ventana"),
        ("organisation", "/aportes/nuevo/", "aporte-nuevo"),
        ("oga", "/compromisos/nuevo/", "compromiso-nuevo"),
        ("oga", "/entregas/nueva/", "entrega-nueva"),
    ]
    windows: dict[str, Any] = {}
    for role, path, title in pages:
        someone = windows.setdefault(role, visitor(cast[role], size, scheme))
        someone.go(base + path)
        someone.look(title)


@pytest.mark.parametrize(("size", "scheme"), [("desktop", "light"), ("phone", "dark")])
def test_what_was_asked_is_corrected_and_then_given_up(
    visitor: Open, cast: Cast, size: str, scheme: str
) -> None:
    request = tightest(cast)
    writer = visitor(cast["oga"], size, scheme)
    writer.go(f"/desembolsos/{request.pk}/")
    writer.look("solicitud-propia")
    writer.press("Corregir la solicitud")
    writer.page.get_by_label("Monto").fill("3.500.000")
    writer.look("solicitud-corregir")
    writer.press("Guardar la corrección")
    expect(writer.page.locator("body")).to_contain_text("quedó como usted la corrigió")
    writer.page.get_by_text("Desistir de esta solicitud").click()
    writer.page.get_by_label("Tipo de motivo").select_option("mistake")
    writer.page.get_by_label("Motivo, en una frase").fill("Se pidió dos veces el mismo insumo")
    writer.look("solicitud-desistir")
    writer.press("Cancelar solicitud")

    request.refresh_from_db()
    assert (request.status, request.amount_cop) == ("cancelled", 3_500_000)
