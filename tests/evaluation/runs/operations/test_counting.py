"""What a run of operations counts, against a small portfolio reckoned by hand."""

import json
from dataclasses import fields, replace

import pytest

from evaluation.estimators.results import to_data
from evaluation.runs.operations.counting import Operations
from evaluation.runs.operations.work import jobs_of
from tests.evaluation.runs.operations.portfolio import portfolio, spec


@pytest.fixture(scope="module")
def counted():
    return Operations(portfolio(), spec())


def found(part, what, measure, by="all", group=""):
    """The figure of one row."""
    key = {"by": by, "group": group, "what": what, "measure": measure}
    (row,) = [row for row in part["rows"] if all(row[name] == key[name] for name in key)]
    return row["found"]


def test_the_headline_is_what_a_hand_reckons(counted):
    headline = counted.headline()

    to_execution = found(headline, "to_execution", "days")
    assert (to_execution["n"], to_execution["over"]) == (12, 12)
    assert to_execution["median"] == 6 + 2 + 6 + 1  # the sixth of twelve
    assert found(headline, "late", "share")["value"] == 3 / 12
    government = found(headline, "government", "arrived")
    assert government["value"] == pytest.approx((9 + 3 * 0.2500005) / 12)
    assert found(headline, "to_payment", "days")["n"] == 24  # not the one given up


def test_every_figure_is_told_apart_by_call_region_and_regime(counted):
    headline = counted.headline()

    for by, group in (("call", "A"), ("region", "North"), ("regime", "recommended")):
        even = found(headline, "late", "share", by, group)
        assert (even["value"], even["n"]) == (pytest.approx(1 / 6), 6)
        assert found(headline, "to_execution", "days", by, group)["median"] == 6 + 2 + 6 + 1
    assert found(headline, "late", "share", "call", "B")["value"] == pytest.approx(2 / 6)


def test_a_small_group_is_not_told(counted):
    few = Operations(portfolio(), spec(minimum_cell=7)).headline()

    absent = found(few, "late", "share", "call", "A")
    assert (absent["not_estimable"], absent["count"]) == ("few_cases", 6)
    assert "fewer than 7" in absent["detail"]
    assert "value" in found(few, "late", "share")


def test_stays_that_go_on_are_counted_and_not_dropped(counted):
    stages = counted.stages()

    executing = found(stages, "executing", "status")
    assert (executing["n"], executing["over"]) == (12, 4)
    assert executing["p25"] == 100
    assert executing["median"]["not_estimable"] == "not_reached"
    assert found(stages, "closing", "stage")["median"] == 6 + 1
    assert found(stages, "fund", "stage")["not_estimable"] == "few_cases"


def test_time_is_shared_out_among_those_whose_turn_it_was(counted):
    slow = counted.bottlenecks()

    whole = sum(2 * n + 3 for n in range(1, 13))
    assert found(slow, "draft", "time_by_status")["value"] == pytest.approx(78 / whole)
    assert found(slow, "pay", "time_by_duty")["value"] == pytest.approx(78 / whole)
    requests = found(slow, "pay", "request_time_by_duty")
    assert requests["value"] == pytest.approx(24 / (72 + 24 + 24))


def test_steps_of_requests_are_told_one_by_one(counted):
    steps = counted.steps_of_requests()

    assert found(steps, "approve/approve", "step")["median"] == 6
    assert found(steps, "pay/pay", "step")["p90"] == 2


def test_actors_are_counted_until_the_award_and_in_all(counted):
    actors = counted.actors()

    assert found(actors, "award", "people")["value"] == 2
    assert found(actors, "whole", "people")["value"] == 4.5
    assert found(actors, "whole", "organisations")["standard_error"] == 0
    hand_offs = found(actors, "whole", "hand_offs")
    assert hand_offs["value"] == pytest.approx((8 * 3 + 4 * 4) / 12)


def test_returns_are_told_by_their_reason(counted):
    returns = counted.returns()

    assert found(returns, "request", "sent_back")["value"] == 6 / 30
    assert found(returns, "invoice_wrong", "reason_request")["value"] == 1
    assert found(returns, "return_profile", "sent_back")["not_estimable"] == "few_cases"


def test_payments_are_held_against_the_crop(counted):
    payments = counted.payments()

    assert found(payments, "late", "share_of_money")["value"] == pytest.approx(6 / 78)
    assert found(payments, "late", "days_late")["not_estimable"] == "few_cases"  # of three
    assert found(payments, "no_limit", "share")["value"] == pytest.approx(13 / 25)
    more = Operations(portfolio(), spec(minimum_cell=3)).payments()
    assert found(more, "late", "days_late")["median"] == 5


def test_a_request_that_waits_past_its_day_is_late_and_one_before_it_is_not_told(counted):
    rows = portfolio()
    waiting = rows.requests["request"].isin([4, 5])
    rows.requests.loc[waiting, ["paid_on", "is_over"]] = [None, False]
    rows.requests.loc[rows.requests["request"] == 4, "days_late"] = 7.0

    late = found(Operations(rows, spec()).payments(), "late", "share")

    assert (late["value"], late["n"]) == (pytest.approx(4 / 11), 11)


def test_promises_are_told_to_the_cent(counted):
    paid = counted.contributions_paid()

    amounts = found(paid, "government", "amounts")
    assert (amounts["committed"], amounts["received"]) == ("12000000.00", "9750001.50")
    assert found(paid, "government", "paid_in_full")["value"] == 9 / 12
    assert found(paid, "madr", "arrived")["value"] == 1


def test_visits_are_told_by_month_of_execution_and_kind(counted):
    support = counted.support()
    days = counted._exposure(("executing",))["exposed_days"].sum()

    everything = found(support, "any", "visits_per_month")
    assert everything["value"] == pytest.approx(48 / (days / 30.4375))
    assert found(support, "social", "visits_per_month")["value"] == everything["value"] / 2


def test_months_without_a_visit_are_whole_months_of_execution():
    """Eight execute from January on: eleven each. Those that break up: two, two, three and two.

    Of all of these March alone had visits, of all twelve.
    """
    alone = Operations(portfolio(), spec(minimum_cell=3))

    months = found(alone.support(), "none", "share_of_months")

    assert months["value"] == pytest.approx(1 - 12 / (8 * 11 + 9))


def test_administration_is_told_against_payments_and_incentive(counted):
    spent = counted.administration()

    assert found(spent, "not_field", "share_of_payments")["value"] == 0.25
    assert found(spent, "not_field", "share_of_incentive")["value"] == pytest.approx(0.1)
    assert found(spent, "acts", "per_incentive")["value"] == 10


def test_ruptures_are_told_by_year_of_operation_and_reason(counted):
    ruptures = counted.ruptures()
    days = counted._exposure(("executing",))["exposed_days"].sum()

    assert found(ruptures, "rupture", "per_year")["value"] == pytest.approx(4 / (days / 365.25))
    assert found(ruptures, "market", "reason_rupture")["value"] == 1


def test_what_came_before_a_rupture_stands_beside_the_others_of_that_day(counted):
    before = counted.before_ruptures()

    assert found(before, "agreement_ended", "ruptured")["value"] == 1 / 4
    assert found(before, "late", "ruptured")["value"] == 1 / 4  # alliance 3, 55 days before it
    # On the days of the four, 11, 10, 9 and 8 others operate; 1 and 2 had been paid late.
    assert found(before, "late", "others")["value"] == pytest.approx(8 / 38)
    assert found(before, "unpaid", "ruptured")["value"] == 0


# -- Whatever the rows are -------------------------------------------------------------------------
@pytest.fixture(scope="module")
def in_order() -> str:
    return written(portfolio())


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_the_rows_changes_no_byte(in_order, seed):
    rows = portfolio()
    shuffled = replace(
        rows,
        **{
            item.name: getattr(rows, item.name).sample(frac=1, random_state=seed)
            for item in fields(rows)
        },
    )

    assert written(shuffled) == in_order


def test_a_department_without_rows_leaves_every_part_complete():
    rows = portfolio()
    nothing = replace(
        rows, **{item.name: getattr(rows, item.name).iloc[:0] for item in fields(rows)}
    )

    parts = json.loads(written(nothing))

    assert {
        row["found"]["not_estimable"] for part in parts.values() for row in part.get("rows", ())
    } <= {"few_cases"}
    assert parts["funnel"]["alliances"] == 0


def written(rows):
    """Every part as the bytes that are stored."""
    counted = Operations(rows, spec())
    parts = {job.name: to_data(job.work(lambda *_: None)) for job in jobs_of(counted)}
    return json.dumps(parts, sort_keys=True)
