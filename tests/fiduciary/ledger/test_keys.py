"""A key is one act: sent again it does nothing, sent with another act it is refused."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from fiduciary.deliveries.services import Goods, deliver_inputs
from fiduciary.disbursements.services.clock import override_window
from fiduciary.disbursements.services.plan import add_budget_line
from fiduciary.disbursements.services.requests import approve_disbursement, request_disbursement
from fiduciary.fund.services import (
    Rules,
    approve_fund_rules,
    record_repayment,
    sign_commitment,
)
from fiduciary.models import Contribution, Transaction, Trust
from fiduciary.trust.services import (
    certify_contribution,
    commit_contribution,
    constitute_trust,
    receive_contribution,
)
from kit.errors import Conflict
from tests.factories.alliances import Cast, make_cast, make_producer
from tests.factories.fiduciary import (
    MILLION,
    MONDAY,
    an_ask,
    make_commitment,
    make_contribution,
    make_evidence,
    make_funded_cast,
    make_line,
    make_request,
    make_rules,
)

pytestmark = pytest.mark.django_db
DAY = date(2026, 3, 2)


def commit(cast: Cast, key: UUID) -> Contribution:
    return commit_contribution(
        alliance_id=cast.alliance.pk,
        organisation=cast.alliance.organisation,
        kind="cash",
        concept="Aporte",
        committed_cop=MILLION,
        due_on=DAY,
        acting=cast["organisation"],
        at=MONDAY,
        key=key,
    )


def certify(cast: Cast, key: UUID) -> object:
    return certify_contribution(
        contribution_id=make_contribution(cast.alliance).pk,
        certificate=make_evidence(cast["organisation"], cast.alliance),
        acting=cast["eip"],
        at=MONDAY,
        key=key,
    )


def receive(cast: Cast, key: UUID) -> object:
    return receive_contribution(
        contribution_id=make_contribution(cast.alliance).pk,
        amount_cop=MILLION,
        received_on=DAY,
        reference="81",
        acting=cast["trustee"],
        at=MONDAY,
        key=key,
    )


def plan(cast: Cast, key: UUID) -> object:
    return add_budget_line(
        alliance_id=cast.alliance.pk,
        concept="Semilla",
        planned_cop=MILLION,
        planned_on=DAY,
        acting=cast["oga"],
        at=MONDAY,
        key=key,
    )


def correct(cast: Cast, key: UUID) -> object:
    return override_window(
        alliance_id=cast.alliance.pk,
        crop=cast.alliance.crop,
        operation="sowing",
        starts_on=DAY,
        ends_on=date(2026, 4, 2),
        reason="Ya no hace falta aquí",
        reason_code="local_practice",
        acting=cast["oga"],
        at=MONDAY,
        key=key,
    )


def ask(cast: Cast, key: UUID) -> object:
    return request_disbursement(
        budget_line_id=make_line(cast.alliance).pk,
        ask=an_ask(),
        acting=cast["oga"],
        at=MONDAY,
        key=key,
    )


def approve(cast: Cast, key: UUID) -> object:
    request = make_request(cast)
    return approve_disbursement(request_id=request.pk, acting=cast["trustee"], at=MONDAY, key=key)


def regulate(cast: Cast, key: UUID) -> object:
    return approve_fund_rules(
        alliance_id=cast.alliance.pk,
        rules=Rules(Decimal(60), 6, Decimal(0), Decimal(80), date(2026, 2, 20)),
        act=make_evidence(cast["organisation"], cast.alliance),
        acting=cast["organisation"],
        at=MONDAY,
        key=key,
    )


def sign(cast: Cast, key: UUID) -> object:
    make_rules(cast)
    return sign_commitment(
        producer_id=make_producer(cast.alliance).pk,
        schedule=[(date(2026, 9, 30), MILLION)],
        conditions="Después de cosecha",
        signed_on=DAY,
        acting=cast["organisation"],
        at=MONDAY,
        key=key,
    )


def repay(cast: Cast, key: UUID) -> object:
    make_rules(cast)
    return record_repayment(
        commitment_id=make_commitment(cast, make_producer(cast.alliance)).pk,
        amount_cop=MILLION,
        paid_on=DAY,
        acting=cast["organisation"],
        at=MONDAY,
        key=key,
    )


def deliver(cast: Cast, key: UUID) -> object:
    return deliver_inputs(
        request_id=make_request(cast).pk,
        producer_id=make_producer(cast.alliance).pk,
        goods=Goods("Semilla", Decimal(1), "bulto", MILLION, DAY),
        acting=cast["oga"],
        at=MONDAY,
        key=key,
    )


@pytest.mark.parametrize(
    "act",
    [commit, certify, receive, plan, correct, ask, approve, regulate, sign, repay, deliver],
    ids=lambda act: act.__name__,
)
@pytest.mark.parametrize("is_same_alliance", [True, False])
def test_a_key_of_another_act_is_refused(
    act: Callable[[Cast, UUID], object], is_same_alliance: bool
) -> None:
    cast = make_funded_cast()
    other = cast if is_same_alliance else make_funded_cast()
    key = uuid4()
    (plan if act is commit else commit)(other, key)
    movements = Transaction.objects.count()

    with pytest.raises(Conflict, match="another act"):
        act(cast, key)

    assert Transaction.objects.count() == movements
    assert cast.alliance.events.filter(key=key).count() == is_same_alliance


def test_a_spent_key_constitutes_no_trust() -> None:
    cast, key = make_cast("closing"), uuid4()
    commit(cast, key)

    with pytest.raises(Conflict, match="another act"):
        constitute_trust(
            alliance_id=cast.alliance.pk,
            contract_number="PA-1",
            constituted_on=DAY,
            acting=cast["trustee"],
            at=MONDAY,
            key=key,
        )

    assert not Trust.objects.exists()
