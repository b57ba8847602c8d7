"""A sale from promise to payment: each fact by the party that a false one would hurt, once."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from alliances.lifecycle.audit import verify_audit
from alliances.trade.models import Agreement, ProduceSale
from alliances.trade.services import (
    confirm_delivery,
    confirm_payment,
    end_agreement,
    promise_sale,
)
from kit.errors import Conflict, DomainError, NotAllowed
from paap.roles import as_owner
from tests.alliances.trade.conftest import LATER, deliver, promise, sign, write
from tests.factories.alliances import AT, Cast, make_cast

pytestmark = pytest.mark.django_db
OTHERS = ["eip", "ogr", "scorer", "cir", "oga", "trustee", "evaluator", "policy"]


@pytest.fixture(scope="module")
def new_cast() -> Callable[[], Cast]:
    return bound_cast


def bound_cast() -> Cast:
    """A cast whose agreement both parties have signed, as every sale needs it."""
    cast = make_cast("executing")
    sign(cast, write(cast))
    return cast


@pytest.fixture
def agreement(cast: Cast) -> Agreement:
    return Agreement.objects.get(alliance=cast.alliance)


# -- Promise --------------------------------------------------------------------------------------
@pytest.mark.parametrize("role", ["organisation", "manager"])
def test_the_organisation_promises_once(role: str, cast: Cast, agreement: Agreement) -> None:
    key = uuid4()
    first, second = (promise_as(cast, agreement, role, key=key) for _ in range(2))
    assert first == second
    assert cast.alliance.events.filter(verb="promise_sale").count() == 1


def test_the_key_of_a_promise_is_no_use_to_another_alliance(cast: Cast, sale: ProduceSale) -> None:
    other = make_cast("executing")
    theirs = sign(other, write(other))
    with pytest.raises(Conflict):
        promise_as(other, theirs, "organisation", key=sale.key)


@pytest.mark.parametrize("role", ["ally", *OTHERS])
def test_nobody_else_promises(role: str, cast: Cast, agreement: Agreement) -> None:
    with pytest.raises(NotAllowed):
        promise_as(cast, agreement, role)


def test_nothing_is_promised_without_both_signatures() -> None:
    cast = make_cast("executing")
    draft = sign(cast, write(cast), "ally")
    with pytest.raises(NotAllowed):
        promise_as(cast, draft, "organisation")


def test_nothing_is_promised_after_the_end(cast: Cast, agreement: Agreement) -> None:
    end_agreement(
        agreement_id=agreement.pk,
        reason="Ya no hace falta aquí",
        reason_code="market",
        acting=cast["ally"],
        at=AT,
    )
    with pytest.raises(NotAllowed):
        promise_as(cast, agreement, "organisation")


def test_nothing_is_promised_before_execution() -> None:
    cast = make_cast("closing")
    with pytest.raises(NotAllowed):
        promise_as(cast, sign(cast, write(cast)), "organisation")


@pytest.mark.parametrize(
    ("on", "kg"),
    [
        (date(2026, 1, 31), "10"),
        (date(2027, 1, 1), "10"),
        (date(2026, 5, 1), "0"),
        (date(2026, 5, 1), "-1"),
    ],
)
def test_a_promise_keeps_to_the_agreement(
    on: date, kg: str, cast: Cast, agreement: Agreement
) -> None:
    with pytest.raises(DomainError):
        promise_as(cast, agreement, "organisation", promised_on=on, promised_kg=Decimal(kg))
    assert not ProduceSale.objects.exists()


def promise_as(cast: Cast, agreement: Agreement, role: str, **changes: Any) -> ProduceSale:
    facts: dict[str, Any] = {
        "promised_on": date(2026, 4, 1),
        "promised_kg": Decimal(500),
        "acting": cast[role],
        "at": AT,
        "key": uuid4(),
    }
    return promise_sale(agreement_id=agreement.pk, **(facts | changes))


# -- Delivery -------------------------------------------------------------------------------------
@pytest.mark.parametrize("role", ["organisation", "manager"])
def test_the_organisation_records_and_corrects(role: str, cast: Cast, sale: ProduceSale) -> None:
    deliver(cast, sale, acting=cast[role])
    deliver(cast, sale, acting=cast[role])  # the same facts: one act
    corrected = deliver(cast, sale, acting=cast[role], delivered_kg=Decimal(750))
    assert corrected.amount_cop == 750_000
    assert cast.alliance.events.filter(verb="record_sale").count() == 2


@pytest.mark.parametrize("role", ["ally", *OTHERS])
def test_nobody_else_records_a_delivery(role: str, cast: Cast, sale: ProduceSale) -> None:
    with pytest.raises(NotAllowed):
        deliver(cast, sale, acting=cast[role])


@pytest.mark.parametrize(
    "changes",
    [
        {"delivered_on": LATER.date() + timedelta(days=1)},
        {"delivered_kg": Decimal(0)},
        {"delivered_kg": Decimal(-1)},
        {"price_cop": Decimal(0)},
    ],
)
def test_a_delivery_makes_sense(changes: dict[str, Any], cast: Cast, sale: ProduceSale) -> None:
    with pytest.raises(DomainError):
        deliver(cast, sale, **changes)


def test_a_sale_goes_on_while_the_alliance_is_suspended(cast: Cast, sale: ProduceSale) -> None:
    walk_on(cast, "suspend", "executing", "suspended")
    assert deliver(cast, sale).is_delivered


def test_nothing_is_delivered_after_the_rupture(cast: Cast, sale: ProduceSale) -> None:
    walk_on(cast, "rupture", "executing", "ruptured")
    with pytest.raises(NotAllowed):
        deliver(cast, sale)


def walk_on(cast: Cast, verb: str, source: str, target: str) -> None:
    cast.alliance.events.create(
        verb=verb, duty="supervise", at=AT, from_status=source, to_status=target
    )


# -- The ally confirms ----------------------------------------------------------------------------
def test_the_ally_confirms_what_it_read_once(cast: Cast, sale: ProduceSale) -> None:
    read = deliver(cast, sale).delivery_fingerprint
    read_again = deliver(cast, sale, delivered_kg=Decimal(900)).delivery_fingerprint
    with pytest.raises(Conflict):
        confirm_delivery(sale_id=sale.pk, acting=cast["ally"], at=LATER, seen=read)
    confirmed = confirm_delivery(sale_id=sale.pk, acting=cast["ally"], at=LATER, seen=read_again)
    assert (confirmed.received_by, confirmed.received_at) == (cast["ally"], LATER)
    with pytest.raises(Conflict):
        confirm_delivery(sale_id=sale.pk, acting=cast["ally"], at=LATER)
    with pytest.raises(Conflict):
        deliver(cast, sale, delivered_kg=Decimal(1000))


def test_the_fingerprint_of_a_delivery_survives_the_database(cast: Cast, sale: ProduceSale) -> None:
    written = deliver(cast, sale).delivery_fingerprint
    assert written == ProduceSale.objects.get(pk=sale.pk).delivery_fingerprint


@pytest.mark.parametrize("role", ["organisation", "manager", *OTHERS])
def test_nobody_else_confirms_a_delivery(role: str, cast: Cast, sale: ProduceSale) -> None:
    deliver(cast, sale)
    with pytest.raises(NotAllowed):
        confirm_delivery(sale_id=sale.pk, acting=cast[role], at=LATER)


def test_what_was_not_delivered_is_neither_confirmed_nor_paid(
    cast: Cast, sale: ProduceSale
) -> None:
    with pytest.raises(NotAllowed):
        confirm_delivery(sale_id=sale.pk, acting=cast["ally"], at=LATER)
    with pytest.raises(NotAllowed):
        pay(cast, sale)


# -- The organisation confirms the money ----------------------------------------------------------
def pay(cast: Cast, sale: ProduceSale, **changes: Any) -> ProduceSale:
    facts: dict[str, Any] = {
        "paid_on": date(2026, 4, 2),
        "acting": cast["organisation"],
        "at": LATER,
    }
    return confirm_payment(sale_id=sale.pk, **(facts | changes))


@pytest.mark.parametrize("role", ["organisation", "manager"])
def test_the_organisation_confirms_the_money_once(role: str, cast: Cast, sale: ProduceSale) -> None:
    deliver(cast, sale)
    assert pay(cast, sale, acting=cast[role]).paid_on == date(2026, 4, 2)
    with pytest.raises(Conflict):
        pay(cast, sale, acting=cast[role])
    with pytest.raises(Conflict):
        confirm_delivery(sale_id=sale.pk, acting=cast["ally"], at=LATER)
    assert cast.alliance.events.filter(verb="confirm_payment").count() == 1
    assert not verify_audit(chain=cast.alliance.pk).broken


@pytest.mark.parametrize("role", ["ally", *OTHERS])
def test_the_ally_does_not_say_that_it_paid(role: str, cast: Cast, sale: ProduceSale) -> None:
    deliver(cast, sale)
    with pytest.raises(NotAllowed):
        pay(cast, sale, acting=cast[role])


@pytest.mark.parametrize("paid_on", [date(2026, 3, 19), LATER.date() + timedelta(days=1)])
def test_money_arrives_after_the_delivery_and_not_in_the_future(
    paid_on: date, cast: Cast, sale: ProduceSale
) -> None:
    deliver(cast, sale)
    with pytest.raises(DomainError):
        pay(cast, sale, paid_on=paid_on)


# -- What PostgreSQL itself refuses ---------------------------------------------------------------
@pytest.mark.parametrize(
    "change", ["promised_kg = 1", "promised_on = '2026-12-01'", "key = gen_random_uuid()"]
)
def test_raw_sql_changes_no_promise(change: str, sale: ProduceSale) -> None:
    with pytest.raises(DatabaseError, match="promise of delivery is never changed"):
        run(f"UPDATE alliances_producesale SET {change}")


@pytest.mark.parametrize(
    "change", ["delivered_kg = 1", "price_cop = 1", "received_at = NULL, received_by_id = NULL"]
)
def test_raw_sql_changes_no_confirmed_delivery(change: str, cast: Cast, sale: ProduceSale) -> None:
    deliver(cast, sale)
    confirm_delivery(sale_id=sale.pk, acting=cast["ally"], at=LATER)
    with pytest.raises(DatabaseError, match="ally confirmed"):
        run(f"UPDATE alliances_producesale SET {change}")


@pytest.mark.parametrize("change", ["paid_on = NULL", "paid_on = '2026-12-01'", "price_cop = 1"])
def test_raw_sql_changes_no_paid_sale(change: str, cast: Cast, sale: ProduceSale) -> None:
    deliver(cast, sale)
    pay(cast, sale)
    with pytest.raises(DatabaseError, match="is paid"):
        run(f"UPDATE alliances_producesale SET {change}")


@pytest.mark.parametrize(
    "change",
    [
        "delivered_on = '2026-03-20'",
        "delivered_kg = 5",
        "paid_on = '2026-03-20'",
        "received_at = now()",
    ],
)
def test_raw_sql_writes_no_half_delivery(change: str, sale: ProduceSale) -> None:
    with pytest.raises(IntegrityError):
        run(f"UPDATE alliances_producesale SET {change}")


@pytest.mark.parametrize("statement", ["DELETE FROM", "TRUNCATE"])
def test_raw_sql_removes_no_sale(statement: str, sale: ProduceSale) -> None:
    with pytest.raises(DatabaseError, match="never deleted"):
        run(f"{statement} alliances_producesale")


def run(statement: str) -> None:
    with transaction.atomic(), as_owner(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # no check of this test's rows is pending
        cursor.execute(statement)


def test_promises_of_another_alliance_are_out_of_reach(cast: Cast, agreement: Agreement) -> None:
    other = make_cast("executing")
    theirs = promise(other, sign(other, write(other)))
    with pytest.raises(NotAllowed):
        deliver(cast, theirs)


@pytest.mark.parametrize("role", ["ally", *OTHERS])
def test_who_may_not_write_a_delivery_may_not_repeat_it_either(
    role: str, cast: Cast, sale: ProduceSale
) -> None:
    deliver(cast, sale)
    with pytest.raises(NotAllowed):
        deliver(cast, sale, acting=cast[role])


def test_nothing_is_delivered_before_the_agreement_begins(cast: Cast, sale: ProduceSale) -> None:
    with pytest.raises(DomainError, match=r"31 ene 2026 .* 1 feb 2026"):
        deliver(cast, sale, delivered_on=date(2026, 1, 31))
