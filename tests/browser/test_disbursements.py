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
            alliance=cast.alliance, crop=cast.alliance.crop, operation="sowing",
            starts_on=today - timedelta(days=20), ends_on=today + timedelta(days=days + 20),
            reason="Acta del comité", recorded_by=cast["oga"].user, recorded_at=now(),
        )  # fmt: skip
        request = make_request(
            cast, at=at, line=line, amount_cop=millions * MILLION, description=text
        )
        request.documents.add(make_evidence(cast["oga"], cast.alliance))
    fees = make_line(cast.alliance, concept="Honorarios", crop=None, operation="")
    make_request(cast, at=at, line=fees, amount_cop=3 * MILLION, description="Gerente aprendiz")
    return cast


def tightest(cast: Cast) -> DisbursementRequest:
    return cast.alliance.disbursement_requests.order_by("urgency_days").first()


@pytest.mark.parametrize(("size", "scheme"), [("desktop", "light"), ("phone", "dark")])
def test_request_chosen_by_its_slack_is_approved_and_paid(
    visitor: Open, cast: Cast, size: str, scheme: str
) -> None:
    request = tightest(cast)
    direction = visitor(cast["eip"], size, scheme)
    direction.go("/desembolsos/")
    direction.look("desembolsos-eip")
    first = direction.page.locator(".queue [data-row]").first
    expect(first).to_contain_text(request.reference)
    first.locator("a[data-open]").click()
    expect(direction.page.locator("#drawer")).to_be_visible()
    direction.settle()
    direction.look("desembolso-cajon-eip")
    direction.page.keyboard.press("a")
    expect(direction.page.locator("#messages")).to_contain_text(request.reference)

    officer = visitor(cast["trustee"], size, scheme)
    officer.go("/desembolsos/")
    officer.look("desembolsos-fiduciaria")
    officer.page.locator(".queue a[data-open]").first.click()
    officer.settle()
    drawer = officer.page.locator("#drawer")
    drawer.locator("[name=bank_reference]").fill("ACH 55102")
    officer.look("desembolso-cajon-fiduciaria")
    drawer.locator("form[action$='/pagar/'] button").click()
    expect(officer.page.locator("#messages")).to_contain_text(request.reference)
    request.refresh_from_db()
    assert request.status == "paid"


def test_request_goes_back_with_a_reason_in_two_clicks(visitor: Open, cast: Cast) -> None:
    request = tightest(cast)
    direction = visitor(cast["eip"])
    direction.go(f"/desembolsos/{request.pk}/")
    direction.look("desembolso")

    direction.page.keyboard.press("r")
    direction.page.locator("button[value=quotes_missing]").click()
    expect(direction.page.locator("#messages")).to_contain_text(request.reference)

    request.refresh_from_db()
    assert request.status == "returned"
    field_team = visitor(cast["oga"], "phone")
    field_team.go(f"/desembolsos/{request.pk}/")
    field_team.look("desembolso-devuelto")
    field_team.page.locator("a[href$='/corregir/']").click()
    field_team.settle()
    field_team.look("desembolso-corregir")


def test_key_approves_from_the_page(visitor: Open, cast: Cast) -> None:
    request = tightest(cast)
    direction = visitor(cast["eip"])
    direction.go(f"/desembolsos/{request.pk}/")

    direction.page.keyboard.press("a")
    expect(direction.page.locator("#messages")).to_contain_text(request.reference)

    request.refresh_from_db()
    assert request.status == "approved"


def test_safe_ones_are_approved_together(visitor: Open, cast: Cast) -> None:
    direction = visitor(cast["eip"])
    direction.go("/desembolsos/")
    for box in direction.page.locator(".queue input[type=checkbox]").all()[:3]:
        box.check()

    direction.page.locator("form[action$='/desembolsos/aprobar/'] button").click()
    expect(direction.page.locator("tbody tr")).to_have_count(3)

    direction.look("desembolsos-lote")
    assert DisbursementRequest.objects.filter(status="approved").count() == 3


@pytest.mark.parametrize(("size", "scheme"), [("desktop", "light"), ("phone", "dark")])
def test_money_fund_and_deliveries_of_an_alliance(
    visitor: Open, cast: Cast, size: str, scheme: str
) -> None:
    make_contribution(cast.alliance, concept="Aporte departamental")
    approve_disbursement(request_id=tightest(cast).pk, acting=cast["eip"], at=now())
    make_rules(cast)
    for producer in cast.alliance.producers.all()[:2]:
        sign_commitment(
            producer_id=producer.pk, schedule=[(localdate(), MILLION)], conditions="Una cosecha",
            signed_on=localdate(), acting=cast["organisation"], at=now(),
        )  # fmt: skip
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
