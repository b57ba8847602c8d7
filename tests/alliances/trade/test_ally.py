"""Another commercial ally: by who directs, once nothing binds to the earlier one, with proof."""

from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from alliances.lifecycle.desk import Desk
from alliances.people.models import Membership
from alliances.people.services import Party
from alliances.register.services import change_organisation
from alliances.trade.home import waiting_for
from alliances.trade.models import Agreement, ProduceSale
from alliances.trade.selectors import current_agreement, past_agreements
from alliances.trade.services import confirm_delivery, confirm_payment, end_agreement, replace_ally
from kit.errors import DomainError, NotAllowed
from tests.alliances.documents.samples import PDF
from tests.alliances.trade.conftest import LATER, deliver, sign, write
from tests.factories.alliances import AT, Cast, make_cast, make_membership
from tests.pages import Browser

pytestmark = pytest.mark.django_db
NEW = Party("Papas del Sur S.A.S.", "900654321-0")


def swap(cast: Cast, by: str = "eip", **changes: Any) -> Any:
    given = {
        "ally": NEW,
        "reason": "El comprador quebró",
        "reason_code": "market",
        "evidence": SimpleUploadedFile("acta.pdf", PDF),
        "acting": cast[by],
        "at": LATER,
        "key": uuid4(),
    }
    return replace_ally(alliance_id=cast.alliance.pk, **(given | changes))


def end(cast: Cast, agreement: Agreement) -> None:
    end_agreement(
        agreement_id=agreement.pk,
        reason="Ya no hace falta aquí",
        reason_code="market",
        acting=cast["organisation"],
        at=LATER,
    )


def test_a_failed_ally_is_replaced_and_the_new_one_signs(cast: Cast, sale: ProduceSale) -> None:
    earlier, sale = sale.agreement, deliver(cast, sale)
    end(cast, earlier)
    alliance = swap(cast)

    assert alliance.ally.nit == NEW.nit
    event = alliance.events.latest("sequence")
    assert (event.verb, event.duty, event.reason) == (
        "replace_ally",
        "direct",
        "El comprador quebró",
    )
    assert event.data["from"] == cast["ally"].organisation_id
    assert event.data["to"] == alliance.ally_id
    assert event.data["documents"][0]["version"]
    assert list(past_agreements(alliance)) == [earlier]
    cast.people["ally"] = make_membership("ally", organisation=alliance.ally)
    sign(cast, write(cast, at=LATER), at=LATER)
    assert current_agreement(alliance).is_in_force
    confirm_payment(
        sale_id=sale.pk, paid_on=LATER.date(), acting=cast["organisation"], at=LATER
    )  # what was sold before is still paid


def test_nobody_is_replaced_while_an_agreement_binds(cast: Cast, agreement: Agreement) -> None:
    with pytest.raises(NotAllowed):
        swap(cast)
    end(cast, agreement)
    assert swap(cast).ally.name == NEW.name


@pytest.mark.parametrize("role", ["ogr", "oga", "ally", "organisation", "manager", "policy"])
def test_only_who_directs_replaces(cast: Cast, role: str) -> None:
    with pytest.raises(NotAllowed):
        swap(cast, role)
    assert not cast.alliance.documents.exists()


@pytest.mark.parametrize("status", ["draft", "eligible", "graduated", "ruptured"])
def test_not_before_pre_investment_nor_after_the_end(status: str) -> None:
    with pytest.raises(NotAllowed):
        swap(make_cast(status))


def test_the_second_click_changes_nothing(cast: Cast) -> None:
    key = uuid4()
    assert swap(cast, key=key).ally == swap(cast, key=key).ally
    assert cast.alliance.events.filter(verb="replace_ally").count() == 1
    assert cast.alliance.documents.count() == 1


def test_a_replacement_without_sense_is_refused(cast: Cast) -> None:
    change_organisation(
        organisation_id=cast.alliance.organisation_id, nit="900123456-8", acting=None, at=AT
    )
    swap(cast)
    for changes in (
        {},  # the same again
        {"reason": " "},
        {"ally": Party("Otra", "900654321-1")},  # its check digit does not match
        {"ally": Party("Nosotros", "900123456-8")},
        {"evidence": SimpleUploadedFile("acta.pdf", b"MZ"), "ally": Party("Tercera", "")},
    ):
        with pytest.raises((DomainError, ValidationError)):
            swap(cast, **changes)
    assert cast.alliance.events.filter(verb="replace_ally").count() == 1


def test_the_page_is_for_who_directs(cast: Cast) -> None:
    def client_of(role: str) -> Client:
        client = Browser()
        client.force_login((cast.outsider if role == "outsider" else cast[role]).user)
        return client

    page = f"/alianzas/{cast.alliance.code}/aliado/"
    sent = {
        "ally_name": NEW.name,
        "ally_nit": NEW.nit,
        "reason": "El comprador quebró",
        "reason_code": "market",
        "key": str(uuid4()),
    }
    assert client_of("outsider").get(page).status_code == 404
    assert client_of("ogr").post(page, sent).status_code == 403
    eip = client_of("eip")
    assert page in eip.get(f"/alianzas/{cast.alliance.code}/acuerdo/").content.decode()
    assert "multipart" in eip.get(page).content.decode()
    assert eip.post(page, sent).status_code == 422  # no minutes
    for _click in (1, 2):
        proof = SimpleUploadedFile("acta.pdf", PDF)
        assert eip.post(page, sent | {"evidence": proof}).status_code == 302
    cast.alliance.refresh_from_db()
    assert cast.alliance.ally.name == NEW.name


# -- The ally that was replaced ------------------------------------------------------------------
def client_of(membership: Membership) -> Client:
    client = Browser()
    client.force_login(membership.user)
    return client


@pytest.fixture
def replaced(cast: Cast, sale: ProduceSale) -> ProduceSale:
    """A delivery that its buyer had not confirmed when another one took its place."""
    sale = deliver(cast, sale)
    end(cast, sale.agreement)
    swap(cast)
    return sale


def test_a_replaced_ally_confirms_what_it_received(cast: Cast, replaced: ProduceSale) -> None:
    seen = replaced.delivery_fingerprint
    confirmed = confirm_delivery(sale_id=replaced.pk, acting=cast["ally"], at=LATER, seen=seen)
    assert confirmed.received_by == cast["ally"]
    event = cast.alliance.events.get(verb="confirm_delivery")
    assert (event.duty, event.organisation) == ("represent", cast["ally"].organisation)


def test_whoever_follows_confirms_nothing_of_it(cast: Cast, replaced: ProduceSale) -> None:
    cast.alliance.refresh_from_db()
    newcomer = make_membership("ally", organisation=cast.alliance.ally)
    with pytest.raises(NotAllowed):
        confirm_delivery(sale_id=replaced.pk, acting=newcomer, at=LATER)
    page = client_of(newcomer).get(f"/alianzas/{cast.alliance.code}/acuerdo/")
    assert "Confirm delivery" not in page.content.decode()
    assert not waiting_for(Desk(newcomer, LATER))


def test_a_replaced_ally_sees_its_own_deliveries_and_nothing_else(
    cast: Cast, replaced: ProduceSale
) -> None:
    former, code = client_of(cast["ally"]), cast.alliance.code
    [task] = waiting_for(Desk(cast["ally"], LATER))
    assert task.url == "/ventas/anteriores/"
    page = former.get(task.url).content.decode()
    assert code in page
    assert "Confirm delivery" in page
    for path in ("", "acuerdo/", "dinero/", "historia/", "documentos/"):
        assert former.get(f"/alianzas/{code}/{path}").status_code == 404
    for path in (f"{replaced.pk}/pago/", f"{replaced.pk}/entrega/"):
        assert former.post(f"/alianzas/{code}/ventas/{path}").status_code == 404

    answer = former.post(
        f"/alianzas/{code}/ventas/{replaced.pk}/entrega/confirmar/",
        {"seen": replaced.delivery_fingerprint},
    )
    assert (answer.status_code, answer.url) == (302, "/ventas/anteriores/")
    replaced.refresh_from_db()
    assert replaced.received_at
    for role in ("organisation", "eip", "ogr"):
        assert code not in client_of(cast[role]).get("/ventas/anteriores/").content.decode()
