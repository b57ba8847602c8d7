"""A follow-up result on rows reckoned by hand."""

import json

import pandas as pd
import pytest
from statsmodels.stats.proportion import proportion_confint

from evaluation.runs.follow_up.estimate import DAYS_PER_MONTH, FollowUp
from tests.evaluation.runs.follow_up.rows import follow_up_spec, looks, people


def follow_up(frame: pd.DataFrame | None = None, **spec: object) -> FollowUp:
    return FollowUp(looks() if frame is None else frame, people(), follow_up_spec(**spec))


def look(found: FollowUp, outcome: str, months: int) -> dict:
    rows = found.overall()["looks"]
    return next(row for row in rows if (row["outcome"], row["months"]) == (outcome, months))


def test_not_enough_time_yet_is_counted_and_never_dropped():
    found = follow_up()

    assert found.funnel() == {
        "closed": 40,
        "broke_up": 7,
        "not_yet": {"6": 0, "12": 8},
        "without_index": 0,
    }
    assert (look(found, "alive", 12)["n"], look(found, "alive", 12)["not_yet"]) == (32, 8)
    assert (look(found, "alive", 6)["n"], look(found, "alive", 6)["not_yet"]) == (40, 0)


def test_shares_of_alliances_have_exact_intervals():
    found = look(follow_up(), "alive", 12)["estimate"]

    low, high = proportion_confint(25, 32, method="beta")
    assert found["value"] == pytest.approx(25 / 32)
    assert (found["interval"]["low"], found["interval"]["high"]) == pytest.approx((low, high))
    assert look(follow_up(), "ally", 6)["estimate"]["value"] == 0.5


def test_the_fund_is_told_in_pesos_and_practices_by_producer():
    fund, kept = look(follow_up(), "fund_cop", 6), look(follow_up(), "practice", 12)

    assert fund["estimate"]["value"] == pytest.approx(1_500_000)
    assert (kept["n"], kept["estimate"]["n"], kept["estimate"]["clusters"]) == (32, 128, 32)
    assert kept["estimate"]["value"] == 0.75
    assert look(follow_up(), "practice", 6)["estimate"] == {"not_estimable": "no_rows", "count": 0}


def test_an_index_that_does_not_reach_is_the_reason_for_no_amount():
    frame = looks()
    frame["fund_cop"], frame["without_index"] = float("nan"), frame["is_due"]

    assert look(follow_up(frame), "fund_cop", 6)["estimate"] == {
        "not_estimable": "no_price_index",
        "count": 40,
    }


def test_curves_count_who_has_not_ended_until_the_reference_day():
    whole, by_route = follow_up().survival()

    (all_,) = whole["curves"]
    (step,) = all_["curve"]["steps"][:1]
    assert step["at"] == pytest.approx(120 / DAYS_PER_MONTH)  # 1 January to 1 May
    assert (step["at_risk"], step["ended"]) == (40, 7)
    assert step["share"] == pytest.approx(33 / 40)
    assert all_["curve"]["until"] == pytest.approx(730 / DAYS_PER_MONTH)
    assert [row["n"] for row in by_route["curves"]] == [20, 20]
    assert by_route["adjusted"] == by_route["test"]["p_value"]


def test_small_groups_are_hidden_and_so_is_who_would_tell_them():
    found = follow_up(groups=("chaining",), chaining_study="x")

    rows = found.by("chaining")
    at_six = {row["group"]: row["looks"][0]["n"] for row in rows}
    assert at_six == {"high": 24, "low": None, "": None}  # 4 were not surveyed, 12 are low
    hidden = next(row for row in rows if row["group"] == "low")["looks"][0]["estimate"]
    assert hidden["not_estimable"] == "small_cell"
    curves = found.survival()[1]["curves"]
    assert [row["n"] for row in curves] == [24, None, None]
    assert found.survival()[1]["test"]["not_estimable"] == "small_cell"


def test_the_order_of_the_rows_and_what_is_not_asked_change_no_byte():
    def parts(found: FollowUp) -> str:
        return json.dumps([found.funnel(), found.overall(), found.survival(), found.by("route")])

    other = FollowUp(
        looks().sample(frac=1, random_state=2).assign(more=1),
        people().sample(frac=1, random_state=2),
        follow_up_spec(),
    )
    assert parts(follow_up()) == parts(other)
