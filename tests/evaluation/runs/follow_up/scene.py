"""Alliances that closed, with sales, fund, manager and visits, and follow-up runs over them."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

from alliances.models import Alliance, ApprenticeManager, Event, Membership, PriceIndex
from evaluation.models import Run, Study, Wave
from evaluation.runs.services import claim_run, execute_run, request_run
from evaluation.studies.follow_up_spec import FollowUpSpec
from evaluation.studies.services import create_study, freeze_study
from fiduciary.ledger.models import AccountKind, TransactionKind
from fiduciary.ledger.services import Line, holding_account, open_account, post_transaction
from fiduciary.models import FundRules
from tests.factories.alliances import make_alliance, make_call, make_organisation, make_user
from tests.factories.evaluation import AT, sell, sign
from tests.factories.fiduciary import make_evidence

CLOSED_ON = datetime(2021, 3, 1, 3, tzinfo=UTC)  # 28 February in Bogotá
UNTIL = date(2022, 6, 30)


def close(alliance: Alliance, at: datetime = CLOSED_ON) -> Alliance:
    return _move(alliance, "close", at, "executing", "closed")


def rupture(alliance: Alliance, at: datetime) -> Alliance:
    return _move(alliance, "rupture", at, "closed", "ruptured")


def repay(alliance: Alliance, amount: int, day: date) -> None:
    """So many pesos come back to the fund."""
    cash = holding_account(alliance=alliance, kind=AccountKind.FUND_CASH)
    back = open_account(alliance=alliance, kind=AccountKind.REPAYMENT, name=str(uuid4()))
    post_transaction(
        key=uuid4(),
        kind=TransactionKind.REPAYMENT,
        occurred_on=day,
        description="Reintegro",
        lines=[Line(cash, Decimal(amount)), Line(back, -Decimal(amount))],
        recorded_by=make_user(),
        at=AT,
    )


def give_rules(alliance: Alliance, signer: Membership) -> None:
    FundRules.objects.create(
        alliance=alliance,
        repayment_share_pct=60,
        grace_months=6,
        monthly_interest_pct=0,
        recovery_target_pct=80,
        approved_on=date(2020, 6, 1),
        act=make_evidence(signer, alliance),
    )


def pay_manager(alliance: Alliance, until: date | None = None, fee: int = 900_000) -> None:
    ApprenticeManager.objects.create(
        alliance=alliance,
        user=make_user(),
        since=date(2020, 6, 1),
        until=until,
        monthly_fee_cop=fee,
    )


def price_index(**variations: float) -> None:
    for year, percent in variations.items():
        PriceIndex.objects.update_or_create(
            year=int(year[1:]),
            defaults={"annual_variation_pct": percent, "source": "x", "confidence": "high"},
        )


def make_closed(evaluator: Membership, number: int = 24) -> list[Alliance]:
    """Alliances of two routes that closed; a fourth broke up, half still sell."""
    call, ally, made = make_call(), make_organisation("ally"), []
    for place in range(number):
        route = "basic" if place % 2 else "intermediate"
        alliance = close(make_alliance("executing", call=call, ally=ally, route=route))
        if place % 2:
            agreement = sign(alliance, evaluator)
            day = date(2021, 7, 20)
            sell(agreement, promised=10, delivered=10, price=900, promised_on=day)
        if place % 4 == 3:
            rupture(alliance, datetime(2021, 11, 5, 15, tzinfo=UTC))
        made.append(alliance)
    return made


def follow_up_study(evaluator: Membership, wave: Wave | None = None, **spec: Any) -> Study:
    """A frozen study, over the stored rows unless a wave is given."""
    asked: dict[str, Any] = {"reference_on": UNTIL, "pesos_of": 2022}
    study = create_study(
        title=f"Seguimiento {uuid4().hex[:6]}",
        wave_id=wave.pk if wave else None,
        specification=FollowUpSpec(**(asked | spec)),
        acting=evaluator,
        at=AT,
    )
    return freeze_study(study_id=study.pk, acting=evaluator, at=AT)


def run_of(evaluator: Membership, study: Study) -> Run:
    """The study run to its end."""
    run = request_run(study_id=study.pk, acting=evaluator, at=AT, key=uuid4())
    claimed = claim_run(at=AT)
    assert claimed
    assert claimed.claim_token
    execute_run(run_id=run.pk, token=claimed.claim_token, clock=lambda: AT)
    run.refresh_from_db()
    return run


def _move(alliance: Alliance, verb: str, at: datetime, source: str, target: str) -> Alliance:
    Event.objects.create(
        alliance=alliance, verb=verb, duty="direct", at=at, from_status=source, to_status=target
    )
    return alliance
