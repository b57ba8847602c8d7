"""An alliance in execution, its agreement and a sale, as tests of this room need them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import uuid4

import pytest

from alliances.trade.models import Agreement, ProduceSale
from alliances.trade.rules import Terms
from alliances.trade.services import (
    promise_sale,
    record_sale,
    sign_agreement,
    write_agreement,
)
from tests.factories.alliances import AT, Cast, make_cast

TERMS = Terms(
    product="Papa",
    quality="Primera, lavada, en costal de 50 kg",
    quantity_kg_per_month=Decimal(4000),
    delivery_place="Centro de acopio de Pasto",
    starts_on=date(2026, 2, 1),
    ends_on=date(2026, 12, 31),
    price_rule="range",
    price_floor_cop=Decimal(900),
    price_ceiling_cop=Decimal(1400),
    payment_days=15,
    payment_means="Transferencia a la asociación",
)
LATER = AT + timedelta(days=40)


@pytest.fixture(scope="module")
def new_cast() -> Callable[[], Cast]:
    return partial(make_cast, "executing")


Write = Callable[..., Agreement]


def write(cast: Cast, by: str = "organisation", at: datetime = AT, **changes: Any) -> Agreement:
    """A draft agreement written by one of the cast."""
    return write_agreement(
        alliance_id=cast.alliance.pk,
        terms=replace(TERMS, **changes),
        acting=cast[by],
        at=at,
        key=uuid4(),
    )


def sign(cast: Cast, agreement: Agreement, *roles: str, at: datetime = AT) -> Agreement:
    for role in roles or ("organisation", "ally"):
        agreement = sign_agreement(agreement_id=agreement.pk, acting=cast[role], at=at)
    return agreement


@pytest.fixture
def draft(cast: Cast) -> Agreement:
    return write(cast)


@pytest.fixture
def agreement(cast: Cast, draft: Agreement) -> Agreement:
    """Signed by both parties."""
    return sign(cast, draft)


@pytest.fixture
def sale(cast: Cast, agreement: Agreement) -> ProduceSale:
    """A promise of one tonne for 20 March."""
    return promise(cast, agreement)


def promise(cast: Cast, agreement: Agreement, on: date = date(2026, 3, 20)) -> ProduceSale:
    return promise_sale(
        agreement_id=agreement.pk,
        promised_on=on,
        promised_kg=Decimal(1000),
        acting=cast["organisation"],
        at=AT,
        key=uuid4(),
    )


def deliver(cast: Cast, sale: ProduceSale, **changes: Any) -> ProduceSale:
    facts: dict[str, Any] = {
        "delivered_on": date(2026, 3, 20),
        "delivered_kg": Decimal(800),
        "price_cop": Decimal(1000),
        "acting": cast["manager"],
        "at": LATER,
    }
    return record_sale(sale_id=sale.pk, **(facts | changes))
