"""Protocols as data: which steps a request goes through, and which protocols make no sense."""

import csv
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import product
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from alliances.lifecycle.duties import REGIMES, Duty
from fiduciary.disbursements.models import Protocol, ProtocolStep, ReturnReason
from fiduciary.disbursements.protocol import (
    Case,
    Why,
    faults,
    is_drawn,
    reasons_to_clear,
    remaining,
    step_after,
    steps_for,
)
from fiduciary.disbursements.services import protocols
from fiduciary.disbursements.services.protocols import load_protocols
from fiduciary.disbursements.services.requests import protocol_for
from fiduciary.disbursements.table import PROCESS, RequestStatus, Verb
from kit.errors import InvalidFile
from tests.factories.fiduciary import MILLION, MONDAY, make_funded_cast

BOGOTA = ZoneInfo("America/Bogota")


@dataclass(frozen=True)
class Step:
    order: int
    verb: str
    duty: str
    min_amount_cop: Decimal | None = None
    max_amount_cop: Decimal | None = None
    if_off_plan: bool = False
    drawn_pct: int | None = None


CHAIN = [
    Step(1, "resubmit", "request"),
    Step(2, "review", "verify", min_amount_cop=Decimal(20)),
    Step(3, "review", "verify", if_off_plan=True),
    Step(4, "approve", "approve"),
    Step(5, "pay", "pay"),
]
CLEARED = Step(2, "clear", "clear", Decimal(40), if_off_plan=True, drawn_pct=5)


@pytest.mark.parametrize(
    ("case", "orders"),
    [
        (Case(Decimal(20)), [1, 2, 4, 5]),
        (Case(Decimal(19)), [1, 4, 5]),
        (Case(Decimal(20), is_off_plan=True), [1, 2, 3, 4, 5]),
    ],
)
def test_steps_depend_on_amount_and_plan(case: Case, orders: list[int]) -> None:
    assert [step.order for step in steps_for(CHAIN, case)] == orders


@pytest.mark.parametrize("amount", [39, 40])
@pytest.mark.parametrize("is_off_plan", [False, True])
@pytest.mark.parametrize("is_drawn", [False, True])
def test_any_one_condition_asks_for_the_no_objection(
    amount: int, is_off_plan: bool, is_drawn: bool
) -> None:
    case = Case(Decimal(amount), is_off_plan=is_off_plan, is_drawn=is_drawn)
    expected = {Why.AMOUNT: amount >= 40, Why.OFF_PLAN: is_off_plan, Why.DRAWN: is_drawn}

    assert reasons_to_clear(CLEARED, case) == [why for why, holds in expected.items() if holds]
    assert (CLEARED in steps_for([CLEARED], case)) is any(expected.values())


def test_no_objection_without_conditions_is_always_asked_for() -> None:
    always = Step(2, "clear", "clear")

    assert reasons_to_clear(always, Case(Decimal(1))) == [Why.ALWAYS]
    assert steps_for([always], Case(Decimal(1))) == [always]


def test_conditions_that_a_protocol_does_not_state_ask_for_nothing() -> None:
    by_amount = Step(2, "clear", "clear", Decimal(40))

    assert not steps_for([by_amount], Case(Decimal(39), is_off_plan=True, is_drawn=True))


def test_draw_takes_the_stated_share_and_can_be_repeated() -> None:
    asked_at = datetime(2026, 3, 2, 15, tzinfo=UTC)
    keys = [UUID(int=number) for number in range(4000)]
    drawn = [is_drawn(key, asked_at, [CLEARED]) for key in keys]

    assert 0.04 < sum(drawn) / len(drawn) < 0.06
    assert drawn == [is_drawn(key, asked_at.astimezone(BOGOTA), [CLEARED]) for key in keys]
    assert not any(is_drawn(key, asked_at, CHAIN) for key in keys)
    assert all(is_drawn(key, asked_at, [replace(CLEARED, drawn_pct=100)]) for key in keys)


def test_a_key_cannot_be_chosen_so_as_not_to_be_drawn() -> None:
    """The same key one microsecond later is another ticket."""
    asked_at, key = datetime(2026, 3, 2, 15, tzinfo=UTC), UUID(int=7)
    half = replace(CLEARED, drawn_pct=50)
    later = [asked_at + timedelta(microseconds=number) for number in range(64)]

    assert {is_drawn(key, at, [half]) for at in later} == {True, False}


def test_steps_follow_one_another() -> None:
    assert step_after(CHAIN, CHAIN[0]) == CHAIN[1]
    assert step_after(CHAIN, CHAIN[4]) is None
    assert remaining(CHAIN, CHAIN[3]) == CHAIN[3:]


@pytest.mark.parametrize(
    "chain",
    [
        [],
        CHAIN[1:],
        CHAIN[:4],
        [*CHAIN, Step(6, "pay", "pay")],
        [*CHAIN[:4], replace(CHAIN[4], order=4)],
        [CHAIN[0], CHAIN[4], replace(CHAIN[3], order=6)],
        [*CHAIN[:3], replace(CHAIN[3], min_amount_cop=Decimal(1)), CHAIN[4]],
        [CHAIN[0], Step(2, "cancel", "request"), *CHAIN[3:]],
        [CHAIN[0], CLEARED, replace(CLEARED, order=3), *CHAIN[3:]],
        [CHAIN[0], CHAIN[3], replace(CLEARED, order=5), replace(CHAIN[4], order=6)],
        [CHAIN[0], CLEARED, replace(CHAIN[3], duty="clear"), CHAIN[4]],
        [CHAIN[0], replace(CLEARED, duty="approve"), *CHAIN[3:]],
        [*CHAIN[:3], replace(CHAIN[3], drawn_pct=5), CHAIN[4]],
        [*CHAIN[:2], replace(CHAIN[2], drawn_pct=5), *CHAIN[3:]],
        [*CHAIN[:2], Step(3, "review", "supervise"), *CHAIN[3:]],
        [*CHAIN[:2], Step(3, "review", "nobody"), *CHAIN[3:]],
    ],
)
def test_protocols_that_could_not_carry_a_request_are_found_out(chain: list[Step]) -> None:
    assert faults(chain)
    assert not faults(CHAIN)
    assert not faults([CHAIN[0], CLEARED, *CHAIN[3:]])


@pytest.mark.django_db
def test_loading_twice_changes_nothing() -> None:
    load_protocols()
    before = list(ProtocolStep.objects.order_by("pk").values())

    assert load_protocols() == 4
    assert list(ProtocolStep.objects.order_by("pk").values()) == before
    assert ReturnReason.objects.count() == 11


@pytest.mark.django_db
def test_default_protocol_asks_for_three_decisions_at_most() -> None:
    load_protocols()

    steps = Protocol.objects.get(code="simplified", version=2).steps.order_by("order")

    assert [step.verb for step in steps] == ["resubmit", "clear", "approve", "pay"]
    small = steps_for(list(steps), Case(MILLION))
    assert [step.verb for step in small[1:]] == ["approve", "pay"]


@pytest.mark.django_db
def test_every_step_can_be_taken_by_somebody_of_its_regime() -> None:
    load_protocols()

    latest = Protocol.objects.filter(version=2)
    for step in ProtocolStep.objects.filter(protocol__in=latest).select_related("protocol"):
        assert REGIMES[step.protocol.regime].holders[Duty(step.duty)]


@pytest.mark.django_db
def test_a_call_opened_before_the_no_objection_keeps_the_protocol_of_its_rules() -> None:
    cast = make_funded_cast()
    assert protocol_for(cast.alliance, on=MONDAY.date()).version == 2
    holders = cast.alliance.call.regime_rules["holders"]

    holders |= {"approve": [["eip", "nation", None]]}
    del holders["clear"]

    assert protocol_for(cast.alliance, on=MONDAY.date()).version == 1


@pytest.mark.django_db
def test_unusable_file_is_refused_whole(tmp_path: Path) -> None:
    for name in ("protocols.csv", "return_reasons.csv", "protocol_steps.csv"):
        text = (protocols.DATA / name).read_text(encoding="utf-8")
        kept = [line for line in text.splitlines() if ",pay,pay," not in line]
        (tmp_path / name).write_text("\n".join(kept), encoding="utf-8")

    with pytest.raises(InvalidFile, match=r"protocol_steps\.csv"):
        load_protocols(data=tmp_path)


def test_files_name_every_row_in_both_languages() -> None:
    for path in sorted(protocols.DATA.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        assert rows
        assert all(row["name_es"] and row["name_en"] for row in rows)


@pytest.mark.parametrize(("verb", "status"), list(product(Verb.values, RequestStatus.values)))
def test_every_cell_of_the_table(verb: str, status: str) -> None:
    """What is written here is the specification; the table must say the same."""
    expected = {
        ("review", "requested"): "requested",
        ("review", "approved"): "approved",
        ("clear", "requested"): "requested",
        ("approve", "requested"): "approved",
        ("pay", "approved"): "paid",
        ("return", "requested"): "returned",
        ("return", "approved"): "returned",
        ("resubmit", "returned"): "requested",
        ("correct", "requested"): "requested",
        ("cancel", "requested"): "cancelled",
        ("cancel", "returned"): "cancelled",
    }
    row = PROCESS.move(verb, status)

    assert (row.target if row else None) == expected.get((verb, status))


def test_paid_and_cancelled_are_final() -> None:
    assert PROCESS.final == {"paid", "cancelled"}
    assert {source for source, _target in PROCESS.changes()} == {
        "requested",
        "approved",
        "returned",
    }
