"""Pages of the agreement: who sees them, who may act, errors where they happened, queries."""

from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from alliances.trade.models import Agreement, ProduceSale
from tests.alliances.trade.conftest import LATER, deliver, promise, sign, write
from tests.factories.alliances import Cast, make_cast
from tests.pages import Browser

pytestmark = pytest.mark.django_db
SENT = {
    "product": "Papa",
    "quality": "Primera",
    "quantity_kg_per_month": "4000",
    "delivery_place": "Pasto",
    "starts_on": "2026-04-01",
    "ends_on": "2026-12-31",
    "price_rule": "range",
    "price_floor_cop": "900",
    "price_ceiling_cop": "1400",
    "price_reference": "",
    "payment_days": "15",
    "payment_means": "Transferencia",
}


def client_of(cast: Cast, role: str) -> Client:
    client = Browser()
    client.force_login((cast.outsider if role == "outsider" else cast[role]).user)
    return client


def url(cast: Cast, tail: str) -> str:
    return f"/alianzas/{cast.alliance.code}/{tail}"


def terms(**changes: str) -> dict[str, str]:
    return SENT | {"key": str(uuid4())} | changes


# -- Who sees and who acts ------------------------------------------------------------------------
def test_whoever_sees_the_alliance_reads_its_agreement(cast: Cast, agreement: Agreement) -> None:
    for role in cast.people:
        answer = client_of(cast, role).get(url(cast, "acuerdo/"))
        reads = role != "policy" and (role != "scorer" or sees(cast, role))
        assert answer.status_code == (200 if reads else 404)
        assert "4.000" in answer.content.decode() or answer.status_code == 404
    assert client_of(cast, "outsider").get(url(cast, "acuerdo/")).status_code == 404


def sees(cast: Cast, role: str) -> bool:
    return cast.alliance.appointments.filter(organisation=cast[role].organisation).exists()


def acts(cast: Cast, sale: ProduceSale) -> dict[str, tuple[dict[str, Any], tuple[str, ...]]]:
    """Each address that changes something: what to send, and the roles that may."""
    agreement = sale.agreement
    return {
        "acuerdo/redactar/": (terms(), ()),
        f"acuerdo/{agreement.pk}/firmar/": ({"seen": agreement.fingerprint}, ()),
        f"acuerdo/{agreement.pk}/terminar/": ({"reason": "Cerró"}, ("organisation", "ally")),
        "ventas/prometer/": (
            {"promised_on": "2026-05-01", "promised_kg": "10", "key": str(uuid4())},
            ("organisation", "manager"),
        ),
        f"ventas/{sale.pk}/entrega/": (
            {"delivered_on": "2026-03-20", "delivered_kg": "10", "price_cop": "1000"},
            ("organisation", "manager"),
        ),
        f"ventas/{sale.pk}/entrega/confirmar/": ({"seen": sale.delivery_fingerprint}, ("ally",)),
        f"ventas/{sale.pk}/pago/": ({"paid_on": "2026-03-25"}, ("organisation", "manager")),
    }


@pytest.mark.parametrize("number", range(7))
def test_every_act_is_refused_to_everybody_else(number: int, cast: Cast, sale: ProduceSale) -> None:
    deliver(cast, sale)
    sale.refresh_from_db()
    tail, (sent, allowed) = list(acts(cast, sale).items())[number]
    for role in cast.people:
        if role in allowed:
            continue
        answer = client_of(cast, role).post(url(cast, tail), sent)
        if role in ("organisation", "ally") and tail.endswith("/firmar/"):
            assert answer.status_code == 302  # both have signed: told so on the page
        else:
            assert answer.status_code in (403, 404), role
    assert client_of(cast, "outsider").post(url(cast, tail), sent).status_code == 404
    assert Client().post(url(cast, tail), sent).status_code in (302, 401)  # the entrance
    before = list(cast.alliance.events.values_list("pk", flat=True))
    answer = client_of(cast, "organisation").get(url(cast, tail))
    if tail.endswith(("/firmar/", "/confirmar/")):
        assert answer.status_code == 405
    assert list(cast.alliance.events.values_list("pk", flat=True)) == before


def test_somebody_elses_agreement_or_sale_is_not_found(cast: Cast, sale: ProduceSale) -> None:
    other = make_cast("executing")
    organisation = client_of(other, "organisation")
    for tail in list(acts(cast, sale))[1:3] + list(acts(cast, sale))[4:]:
        assert organisation.post(url(other, tail), {}).status_code == 404


# -- The walk -------------------------------------------------------------------------------------
def told(answer: Any) -> list[str]:
    """The level of the last thing that the page after an act says."""
    return [message.level_tag for message in answer.context["messages"]][-1:]


def test_from_the_first_draft_to_the_last_peso() -> None:
    cast = make_cast("executing")
    organisation, ally = client_of(cast, "organisation"), client_of(cast, "ally")
    sent = terms()
    for _ in range(2):  # the second click is the same act
        assert organisation.post(url(cast, "acuerdo/redactar/"), sent).status_code == 302
    agreement = Agreement.objects.get()
    seen = {"seen": agreement.fingerprint}
    sign_url = url(cast, f"acuerdo/{agreement.pk}/firmar/")
    assert told(ally.post(sign_url, {"seen": "something else"}, follow=True)) == ["error"]
    assert told(ally.post(sign_url, seen, follow=True)) == ["success"]
    assert told(ally.post(sign_url, seen, follow=True)) == ["error"]
    assert told(organisation.post(sign_url, seen, follow=True)) == ["success"]
    agreement.refresh_from_db()
    assert agreement.is_in_force

    promised = {"promised_on": "2026-05-01", "promised_kg": "1000.5", "key": str(uuid4())}
    for _ in range(2):
        assert organisation.post(url(cast, "ventas/prometer/"), promised).status_code == 302
    sale = ProduceSale.objects.get()
    delivered = {"delivered_on": "2026-05-02", "delivered_kg": "900", "price_cop": "1000"}
    answer = organisation.post(url(cast, f"ventas/{sale.pk}/entrega/"), delivered)
    assert answer.status_code == 302, answer.context["form"].errors
    sale.refresh_from_db()
    page = ally.get(url(cast, "acuerdo/")).content.decode()
    assert sale.delivery_fingerprint in page
    receive = url(cast, f"ventas/{sale.pk}/entrega/confirmar/")
    assert told(ally.post(receive, {"seen": "something else"}, follow=True)) == ["error"]
    seen = {"seen": sale.delivery_fingerprint}
    assert told(ally.post(receive, seen, follow=True)) == ["success"]
    paid = {"paid_on": "2026-05-25"}
    assert organisation.post(url(cast, f"ventas/{sale.pk}/pago/"), paid).status_code == 302
    again = organisation.post(url(cast, f"ventas/{sale.pk}/pago/"), paid)
    assert again.status_code == 409
    sale.refresh_from_db()
    assert (sale.received_by, sale.paid_on) == (cast["ally"], date(2026, 5, 25))
    assert "900.000" in organisation.get(url(cast, "acuerdo/")).content.decode()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"product": ""}, "product"),
        ({"price_rule": ""}, "price_rule"),
        ({"price_ceiling_cop": ""}, "price_ceiling_cop"),
        ({"starts_on": "31/31/2026"}, "starts_on"),
        ({"payment_days": "-1"}, "payment_days"),
        ({"quantity_kg_per_month": "mucho"}, "quantity_kg_per_month"),
        ({"ends_on": "2026-01-01"}, "__all__"),
        ({"price_ceiling_cop": "100"}, "__all__"),
        ({"price_rule": "reference"}, "__all__"),
        ({"price_rule": "fixed"}, "__all__"),
    ],
)
def test_a_mistake_is_shown_where_it_is(changes: dict[str, str], field: str) -> None:
    cast = make_cast("closing")
    answer = client_of(cast, "organisation").post(url(cast, "acuerdo/redactar/"), terms(**changes))
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert not Agreement.objects.exists()


def test_a_fixed_price_is_one_figure() -> None:
    cast = make_cast("closing")
    sent = terms(price_rule="fixed", price_ceiling_cop="")
    assert client_of(cast, "ally").post(url(cast, "acuerdo/redactar/"), sent).status_code == 302
    agreement = Agreement.objects.get()
    assert agreement.price_floor_cop == agreement.price_ceiling_cop == 900


def test_what_the_service_refuses_is_an_error_of_its_field(
    cast: Cast, agreement: Agreement
) -> None:
    sent = {"promised_on": "2030-01-01", "promised_kg": "10", "key": str(uuid4())}
    answer = client_of(cast, "manager").post(url(cast, "ventas/prometer/"), sent)
    assert answer.status_code == 422
    assert answer.context["form"].errors.keys() == {"promised_on"}


def test_the_page_says_who_is_missing_and_why_i_cannot_sign(cast: Cast, draft: Agreement) -> None:
    sign(cast, draft, "organisation")
    page = client_of(cast, "manager").get(url(cast, "acuerdo/"))
    assert page.context["missing"] == [cast.alliance.ally.name]
    assert page.context["acts"].sign.reason in page.content.decode()
    assert "firmar" not in page.content.decode()


# -- Queries --------------------------------------------------------------------------------------
@pytest.mark.parametrize("role", ["organisation", "ally", "eip"])
def test_rows_cost_no_queries(role: str, cast: Cast, agreement: Agreement) -> None:
    client = client_of(cast, role)
    deliver(cast, promise(cast, agreement))
    client.get(url(cast, "acuerdo/"))
    with CaptureQueriesContext(connection) as one:
        client.get(url(cast, "acuerdo/"))
    for day in range(1, 9):
        deliver(cast, promise(cast, agreement, on=date(2026, 3, day)), at=LATER)
    with CaptureQueriesContext(connection) as many:
        assert len(client.get(url(cast, "acuerdo/")).context["rows"]) == 9
    assert len(one) == len(many)


def test_earlier_agreements_stay_in_sight(cast: Cast, agreement: Agreement) -> None:
    organisation = client_of(cast, "organisation")
    end = url(cast, f"acuerdo/{agreement.pk}/terminar/")
    assert organisation.post(end, {"reason": ""}).status_code == 422
    why = {"reason": "El comprador cerró", "reason_code": "market"}
    assert organisation.post(end, why).status_code == 302
    assert organisation.post(end, why).status_code == 409
    write(cast, "organisation", at=LATER)
    page = organisation.get(url(cast, "acuerdo/")).content.decode()
    assert "El comprador cerró" in page
