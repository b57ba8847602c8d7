"""Protocols as data: which steps a request goes through, and which protocols make no sense."""

import csv
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import product
from pathlib import Path

import pytest

from alliances.lifecycle.duties import REGIMES, Duty
from fiduciary.disbursements.models import Protocol, ProtocolStep, ReturnReason
from fiduciary.disbursements.protocol import faults, remaining, step_after, steps_for
from fiduciary.disbursements.services import protocols
from fiduciary.disbursements.services.protocols import UnusableProtocol, load_protocols
from fiduciary.disbursements.table import MOVES, RequestStatus, Verb, changes, move


@dataclass(frozen=True)
class Step:
    order: int
    verb: str
    min_amount_cop: Decimal | None = None
    max_amount_cop: Decimal | None = None
    off_plan_only: bool = False


CHAIN = [
    Step(1, "resubmit"),
    Step(2, "review", min_amount_cop=Decimal(20)),
    Step(3, "review", off_plan_only=True),
    Step(4, "approve"),
    Step(5, "pay"),
]


@pytest.mark.parametrize(
    ("amount", "on_plan", "orders"),
    [(20, True, [1, 2, 4, 5]), (19, True, [1, 4, 5]), (20, False, [1, 2, 3, 4, 5])],
)
def test_steps_depend_on_amount_and_plan(amount: int, on_plan: bool, orders: list[int]) -> None:
    found = steps_for(CHAIN, Decimal(amount), on_plan=on_plan)

    assert [step.order for step in found] == orders


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
        [*CHAIN, Step(6, "pay")],
        [*CHAIN[:4], replace(CHAIN[4], order=4)],
        [CHAIN[0], CHAIN[4], replace(CHAIN[3], order=6)],
        [*CHAIN[:3], replace(CHAIN[3], min_amount_cop=Decimal(1)), CHAIN[4]],
        [CHAIN[0], Step(2, "cancel"), *CHAIN[3:]],
    ],
)
def test_protocols_that_could_not_carry_a_request_are_found_out(chain: list[Step]) -> None:
    assert faults(chain)
    assert not faults(CHAIN)


@pytest.mark.django_db
def test_loading_twice_changes_nothing() -> None:
    load_protocols()
    before = list(ProtocolStep.objects.order_by("pk").values())

    assert load_protocols() == 2
    assert list(ProtocolStep.objects.order_by("pk").values()) == before
    assert ReturnReason.objects.count() == 11


@pytest.mark.django_db
def test_default_protocol_asks_for_three_decisions_at_most() -> None:
    load_protocols()

    steps = Protocol.objects.get(regime="recommended").steps.exclude(verb="resubmit")

    assert steps.count() + 1 <= 3  # asking is the first


@pytest.mark.django_db
def test_every_step_can_be_taken_by_somebody_of_its_regime() -> None:
    load_protocols()

    for step in ProtocolStep.objects.select_related("protocol"):
        assert REGIMES[step.protocol.regime].holders[Duty(step.duty)]


@pytest.mark.django_db
def test_unusable_file_is_refused_whole(tmp_path: Path) -> None:
    for name in ("protocols.csv", "return_reasons.csv", "steps.csv"):
        text = (protocols.DATA / name).read_text(encoding="utf-8")
        kept = [line for line in text.splitlines() if ",pay,pay," not in line]
        (tmp_path / name).write_text("\n".join(kept), encoding="utf-8")

    with pytest.raises(UnusableProtocol):
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
        ("approve", "requested"): "approved",
        ("pay", "approved"): "paid",
        ("return", "requested"): "returned",
        ("return", "approved"): "returned",
        ("resubmit", "returned"): "requested",
        ("cancel", "returned"): "cancelled",
    }
    row = move(verb, status)

    assert (row.target if row else None) == expected.get((verb, status))


def test_paid_and_cancelled_are_final() -> None:
    assert {row.source for row in MOVES}.isdisjoint({"paid", "cancelled"})
    assert {source for source, _target in changes()} == {"requested", "approved", "returned"}
