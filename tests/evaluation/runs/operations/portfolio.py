"""A small portfolio as frames, so that every figure of it can be reckoned by hand.

Twelve alliances of two calls; the even ones are of call A, region North, regime recommended. All
are selected and start; alliance n waits n working days in each of draft and closing.
"""

from decimal import Decimal
from typing import Any

import pandas as pd

from evaluation.studies.operations_rows import OperationsRows
from evaluation.studies.operations_spec import OperationsSpec

ALLIANCES = range(1, 13)
BEGAN = pd.Timestamp("2020-01-06")
UNTIL = pd.Timestamp("2020-12-31")


def spec(**changes: Any) -> OperationsSpec:
    asked = {"from_on": BEGAN.date(), "until_on": UNTIL.date(), "minimum_cell": 4}
    return OperationsSpec(**(asked | changes))


def stay(alliance: int, sequence: int, status: str, days: int, **more: Any) -> dict[str, Any]:
    """A stay that is over unless told otherwise; calendar days stand for working days."""
    entered = more.pop("entered_on", BEGAN)
    row = {
        "alliance": alliance,
        "sequence": sequence,
        "status": status,
        "verb": "",
        "duty": "",
        "organisation": 1.0,
        "reason": "",
        "entered_on": entered,
        "left_on": entered + pd.Timedelta(days=days),
        "days": float(days),
        "is_over": True,
    }
    return row | more


def still(alliance: int, sequence: int, status: str, entered: pd.Timestamp) -> dict[str, Any]:
    days = (UNTIL - entered).days
    over = {"left_on": pd.NaT, "is_over": False, "organisation": float("nan")}
    return stay(alliance, sequence, status, days, entered_on=entered, **over)


def history(alliance: int) -> list[dict[str, Any]]:
    """Draft, selected, closing, then execution; three of them break up after 100 days of it."""
    rows, at = [], BEGAN
    for place, (status, verb, duty, days) in enumerate(
        (
            ("draft", "submit", "promote", alliance),
            ("selected", "prepare", "advise", 2),
            ("closing", "constitute_trust", "pay", alliance),
            ("trust_constituted", "start", "accompany", 1),
        )
    ):
        more = {"verb": verb, "duty": duty, "organisation": float(place), "entered_on": at}
        rows.append(stay(alliance, place + 1, status, days, **more))
        at += pd.Timedelta(days=days)
    if alliance % 3 == 0:
        broken = {"verb": "rupture", "duty": "supervise", "reason": "market", "entered_on": at}
        return [*rows, stay(alliance, 5, "executing", 100, **broken)]
    return [*rows, still(alliance, 5, "executing", at)]


def request(number: int, alliance: int, late: float | None, **more: Any) -> dict[str, Any]:
    """Paid after ten days; ``late``: working days past the day the crop needed it."""
    asked = BEGAN + pd.Timedelta(days=60)
    row = {
        "request": number,
        "alliance": alliance,
        "amount": Decimal(1_000_000 * number),
        "is_cancelled": False,
        "slack_state": "no_limit" if late is None else "late" if late > 0 else "on_time",
        "need_by_on": pd.NaT if late is None else asked + pd.Timedelta(days=10 - late),
        "requested_on": asked,
        "paid_on": asked + pd.Timedelta(days=10),
        "days_late": float("nan") if late is None else float(late),
        "days": 10.0,
        "is_over": True,
    }
    return row | more


def step(
    number: int, alliance: int, verb: str, duty: str, days: int, **more: Any
) -> dict[str, Any]:
    entered = BEGAN + pd.Timedelta(days=60)
    row = {
        "request": number,
        "alliance": alliance,
        "verb": verb,
        "duty": duty,
        "outcome": "done",
        "reason": None,
        "entered_on": entered,
        "left_on": entered + pd.Timedelta(days=days),
        "days": float(days),
        "is_over": True,
    }
    return row | more


def frame(rows: list[dict[str, Any]]) -> pd.DataFrame:
    return pd.DataFrame(rows)


def portfolio() -> OperationsRows:
    """The frames, as the bridge would give them."""
    alliances = [
        {
            "alliance": n,
            "call": "A" if n % 2 == 0 else "B",
            "region": "North" if n % 2 == 0 else "South",
            "regime": "recommended" if n % 2 == 0 else "phase_3",
            "incentive": Decimal(100_000_000),
            "created_on": BEGAN,
            "acts": 10.0,
            "people": 4.0 + n % 2,
            "organisations": 3.0,
            "acts_before": 5.0,
            "people_before": 2.0,
            "organisations_before": 2.0,
        }
        for n in ALLIANCES
    ]
    returned = {"outcome": "returned", "reason": "invoice_wrong"}
    return OperationsRows(
        alliances=frame(alliances),
        stays=frame([row for n in ALLIANCES for row in history(n)]),
        requests=frame(
            [request(n, n, 5.0 if n <= 3 else -5.0) for n in ALLIANCES]
            + [request(20 + n, n, None) for n in ALLIANCES]
            + [request(40, 1, None, is_cancelled=True, paid_on=pd.NaT, is_over=False)]
        ),
        steps=frame(
            [step(n, n, "approve", "approve", 6) for n in ALLIANCES]
            + [step(n, n, "pay", "pay", 2) for n in ALLIANCES]
            + [step(30 + n, n, "approve", "approve", 4, **returned) for n in range(1, 7)]
        ),
        visits=frame(
            [
                {"alliance": n, "month_on": pd.Timestamp("2020-03-01"), "kind": kind, "visits": 2}
                for n in ALLIANCES
                for kind in ("social", "technical")
            ]
        ),
        contributions=frame(
            [
                {
                    "alliance": n,
                    "financier": kind,
                    "kind": "cash",
                    "committed": Decimal("1000000.00"),
                    "due_on": pd.Timestamp("2020-06-01"),
                    "received": Decimal("1000000.00")
                    if kind == "madr" or n <= 9
                    else Decimal("250000.50"),
                }
                for n in ALLIANCES
                for kind in ("government", "madr")
            ]
        ),
        spending=frame(
            [
                {"alliance": n, "is_field": is_field, "paid": Decimal(paid)}
                for n in ALLIANCES
                for is_field, paid in ((True, 30_000_000), (False, 10_000_000))
            ]
        ),
        agreements=pd.DataFrame({"alliance": [3], "ended_on": [BEGAN + pd.Timedelta(days=50)]}),
    )
