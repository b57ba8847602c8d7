"""An agreement written, signed by both parties and traded under, in a real browser."""

from collections.abc import Callable
from datetime import date

import pytest
from django.utils.timezone import localdate
from playwright.sync_api import expect

from alliances.trade.models import Agreement, ProduceSale
from tests.alliances.trade.conftest import LATER, deliver, promise, sign, write
from tests.browser.conftest import SIZES, Visitor
from tests.factories.alliances import Cast, make_cast

pytestmark = pytest.mark.django_db(transaction=True)
Open = Callable[..., Visitor]


def page_url(cast: Cast) -> str:
    return f"/alianzas/{cast.alliance.code}/acuerdo/"


def submit(someone: Visitor) -> None:
    someone.page.locator("main form .form-foot button").click()
    someone.settle()


@pytest.mark.parametrize("size", SIZES)
def test_two_parties_agree_and_trade(size: str, visitor: Open) -> None:
    cast = make_cast("executing")
    organisation, ally = visitor(cast["organisation"], size), visitor(cast["ally"], size)
    organisation.go(page_url(cast))
    organisation.look("agreement-none")
    organisation.page.locator("a[href$='redactar/']").click()
    organisation.settle()
    today = localdate()
    for name, value in {
        "quality": "Primera, lavada, en costal de 50 kg",
        "quantity_kg_per_month": "4000",
        "delivery_place": "Centro de acopio de Pasto",
        "starts_on": f"{today.year}-01-01",
        "ends_on": f"{today.year}-12-31",
        "price_floor_cop": "900",
        "payment_days": "15",
        "payment_means": "Transferencia a la asociación",
    }.items():
        organisation.page.fill(f"[name={name}]", value)
    organisation.page.locator("[name=price_rule][value=range]").check()
    submit(organisation)
    expect(organisation.page.locator(".summary-errors")).to_be_visible()
    organisation.look("agreement-form-errors")
    organisation.page.fill("[name=price_ceiling_cop]", "1400")
    submit(organisation)

    for party in (ally, organisation):
        party.go(page_url(cast))
        party.page.locator("form[action$='firmar/'] button").click()
        party.settle()
    assert Agreement.objects.get().is_in_force
    organisation.look("agreement-signed")

    organisation.page.locator("a[href$='prometer/']").click()
    organisation.settle()
    organisation.page.fill("[name=promised_on]", today.isoformat())
    organisation.page.fill("[name=promised_kg]", "1000")
    submit(organisation)
    organisation.page.locator("a[href$='entrega/']").click()
    organisation.settle()
    organisation.page.fill("[name=delivered_kg]", "950")
    organisation.page.fill("[name=price_cop]", "1100")
    organisation.look("agreement-delivery")
    submit(organisation)
    ally.go(page_url(cast))
    ally.look("agreement-to-confirm")
    ally.page.locator("form[action$='confirmar/'] button").click()
    ally.settle()
    organisation.go(page_url(cast))
    organisation.page.locator("a[href$='pago/']").click()
    organisation.settle()
    submit(organisation)
    sale = ProduceSale.objects.get()
    assert (sale.received_by, sale.paid_on) == (cast["ally"], today)
    organisation.faults[:] = [f for f in organisation.faults if "422" not in f]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_a_long_story_is_readable(size: str, scheme: str, visitor: Open) -> None:
    cast = make_cast("executing")
    agreement = sign(cast, write(cast))
    for day, kg in ((3, 1000), (10, 400), (17, 1000), (24, None)):
        sale = promise(cast, agreement, on=date(2026, 3, day))
        if kg:
            deliver(cast, sale, delivered_kg=kg, delivered_on=date(2026, 3, day), at=LATER)
    promise(cast, agreement, on=date(2026, 12, 15))
    someone = visitor(cast["organisation"], size, scheme)
    someone.go(page_url(cast))
    expect(someone.page.locator(".sale")).to_have_count(5)
    someone.look("agreement-sales")


def test_terms_rewritten_meanwhile_are_not_signed(visitor: Open) -> None:
    cast = make_cast("closing")
    write(cast)
    ally = visitor(cast["ally"])
    ally.go(page_url(cast))
    write(cast, "organisation", price_floor_cop=500)
    ally.page.locator("form[action$='firmar/'] button").click()
    ally.settle()
    ally.look("agreement-conflict")
    assert not Agreement.objects.get().has_signature
