"""Looks at alliances and words of producers, as the bridge gives them."""

from datetime import date
from typing import Any

import pandas as pd

from evaluation.studies.dataset import ALLIANCE
from evaluation.studies.follow_up_spec import FollowUpSpec

UNTIL = date(2024, 12, 31)


def follow_up_spec(**changes: Any) -> FollowUpSpec:
    asked: dict[str, Any] = {"reference_on": UNTIL, "pesos_of": 2024, "months": (6, 12)}
    return FollowUpSpec(**(asked | changes))


def looks(number: int = 40, *, late: int = 8) -> pd.DataFrame:
    """Alliances 0…: the last ``late`` closed too lately for 12 months; every fifth broke up in May.

    Even ones are of the basic route and sell to their ally; of the others a third sell to another.
    """
    rows = []
    for pk in range(number):
        closed_on = date(2024, 3, 1) if pk >= number - late else date(2023, 1, 1)
        ended_on = date(2023, 5, 1) if pk % 5 == 0 and pk < number - late else None
        for months in (6, 12):
            day = date(
                closed_on.year + (closed_on.month - 1 + months) // 12,
                (closed_on.month - 1 + months) % 12 + 1,
                1,
            )
            is_due = day <= UNTIL
            facts = {
                "alive": float(ended_on is None),
                "ally": float(pk % 2 == 0),
                "any": float(pk % 2 == 0 or pk % 3 == 0),
                "turning": float(months == 6),
                "fund_cop": 1_000_000.0 * (pk % 4),
                "manager": float(pk % 4 == 0),
            }
            rows.append(
                {
                    ALLIANCE: pk,
                    "@route": "basic" if pk % 2 == 0 else "intermediate",
                    "@chaining": None if pk % 10 == 9 else ("high" if pk % 3 else "low"),
                    "closed_on": closed_on,
                    "ended_on": ended_on,
                    "months": months,
                    "is_due": is_due,
                    "without_index": False,
                    **(facts if is_due else dict.fromkeys(facts, None)),
                }
            )
    return pd.DataFrame(rows).astype(dict.fromkeys(facts, float))


def people(number: int = 32, each: int = 4) -> pd.DataFrame:
    """Four producers of each alliance, three of whom keep what they learned; at 12 months."""
    return pd.DataFrame(
        {
            ALLIANCE: [pk for pk in range(number) for _one in range(each)],
            "months": 12,
            "producer": range(number * each),
            "kept": [float(place % 4 > 0) for place in range(number * each)],
        }
    )
