"""Limits of a call: met exactly up to the figure, not met beyond, and never met when unknown."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from alliances.calls.models import EligibilityRule
from alliances.calls.rules import (
    CODES,
    CallRules,
    Finding,
    Limit,
    ProducerFacts,
    ProfileFacts,
    State,
    age_on,
    canonical,
    check_producer,
    check_profile,
    hash_of,
    limit_in_words,
    problems,
    verdict_of,
    years_in_words,
)

WAGE_2020 = Decimal(877803)
CENT = Decimal("0.01")
pesos = st.decimals(min_value=0, max_value=10**12, places=2)


def rules(*limits: Limit, wage: Decimal | None = WAGE_2020) -> CallRules:
    return CallRules(limits, as_of=date(2020, 6, 13), wage_year=2020, minimum_wage_cop=wage)


def limit(code: str, low: object = None, high: object = None) -> Limit:
    ends = [None if end is None else Decimal(str(end)) for end in (low, high)]
    return Limit(code, *ends, source="norma")


def only(findings: tuple[Finding, ...]) -> Finding:
    (finding,) = findings
    return finding


@pytest.fixture(autouse=True)
def in_english():
    with translation.override("en"):
        yield


def test_every_rule_of_the_database_can_be_checked():
    assert set(CODES) == set(EligibilityRule.Code.values)


def test_age_is_told_with_its_range():
    finding = only(
        check_producer(rules(limit("age", 18, 60)), ProducerFacts(born_on=date(1977, 1, 1)))
    )

    assert finding == Finding("age", State.MET, "age 43, from 18 to 60", "norma")


@pytest.mark.parametrize(
    ("born_on", "state"),
    [
        (date(2002, 6, 13), State.MET),  # turns 18 on the day the call closes
        (date(2002, 6, 14), State.NOT_MET),
        (date(1959, 6, 14), State.MET),  # still 60
        (date(1959, 6, 13), State.NOT_MET),
    ],
)
def test_age_turns_on_the_day_the_call_closes(born_on: date, state: State):
    finding = only(check_producer(rules(limit("age", 18, 60)), ProducerFacts(born_on=born_on)))

    assert finding.state == state


def test_age_of_somebody_born_on_29_february():
    assert age_on(date(2000, 2, 29), date(2018, 2, 28)) == 17
    assert age_on(date(2000, 2, 29), date(2018, 3, 1)) == 18


def test_assets_are_compared_in_wages_of_the_call_year():
    finding = only(
        check_producer(
            rules(limit("assets", None, 284)), ProducerFacts(assets_cop=Decimal(12_300_000))
        )
    )

    assert finding.state == State.MET
    assert finding.figure.replace("\N{NO-BREAK SPACE}", " ") == (
        "assets $ 12,300,000 ≤ 284 SMMLV of 2020 = $ 249,296,052"
    )


@given(wages=st.integers(1, 1000), wage=st.integers(1, 10**7), beyond=st.integers(1, 10**6))
def test_assets_turn_at_the_last_cent(wages: int, wage: int, beyond: int):
    given_rules = rules(limit("assets", None, wages), wage=Decimal(wage))
    most = Decimal(wages * wage)

    at_limit = only(check_producer(given_rules, ProducerFacts(assets_cop=most)))
    above = only(check_producer(given_rules, ProducerFacts(assets_cop=most + beyond * CENT)))

    assert (at_limit.state, above.state) == (State.MET, State.NOT_MET)
    assert " ≤ " in at_limit.figure
    assert " > " in above.figure


@given(low=st.integers(0, 50), value=st.integers(0, 100))
def test_experience_turns_at_the_minimum(low: int, value: int):
    finding = only(
        check_producer(rules(limit("experience", low)), ProducerFacts(experience_years=value))
    )

    assert finding.state == (State.MET if value >= low else State.NOT_MET)


@given(producers=st.integers(1, 500), each=st.integers(1, 10**8))
def test_incentive_per_producer_turns_at_the_last_cent(producers: int, each: int):
    given_rules = rules(limit("incentive_each", None, each))
    facts = ProfileFacts(producers=producers, incentive_cop=Decimal(each * producers))

    at_limit = only(check_profile(given_rules, facts))
    above = only(check_profile(given_rules, replace(facts, incentive_cop=each * producers + CENT)))

    assert (at_limit.state, above.state) == (State.MET, State.NOT_MET)


@given(total=st.decimals(min_value=1, max_value=10**11, places=0), share=st.integers(1, 99))
def test_incentive_share_turns_at_the_last_cent(total: Decimal, share: int):
    given_rules = rules(limit("incentive_share", None, share))
    most = total * share / 100

    at_limit = only(
        check_profile(given_rules, ProfileFacts(incentive_cop=most, total_value_cop=total))
    )
    above = only(
        check_profile(given_rules, ProfileFacts(incentive_cop=most + CENT, total_value_cop=total))
    )

    assert (at_limit.state, above.state) == (State.MET, State.NOT_MET)


@given(producers=st.integers(0, 200))
def test_size_is_inclusive_at_both_ends(producers: int):
    finding = only(check_profile(rules(limit("size", 25, 60)), ProfileFacts(producers=producers)))

    assert finding.state == (State.MET if 25 <= producers <= 60 else State.NOT_MET)


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        (ProducerFacts(in_household=1), State.MET),
        (ProducerFacts(in_household=2), State.NOT_MET),
        (ProducerFacts(), State.CANNOT_TELL),
    ],
)
def test_one_producer_per_household(facts: ProducerFacts, state: State):
    assert only(check_producer(rules(limit("household")), facts)).state == state


@pytest.mark.parametrize(
    ("had", "state"), [(False, State.MET), (True, State.NOT_MET), (None, State.CANNOT_TELL)]
)
def test_earlier_support_bars(had: bool | None, state: State):
    facts = ProducerFacts(had_earlier_support=had)

    assert only(check_producer(rules(limit("earlier_support")), facts)).state == state


def test_earlier_support_on_record_bars_whatever_was_declared():
    facts = ProducerFacts(had_earlier_support=False, supported_in="2020-1-NAR-007")
    finding = only(check_producer(rules(limit("earlier_support")), facts))
    assert finding.state == State.NOT_MET
    assert "2020-1-NAR-007" in finding.figure


@given(low=st.none() | st.integers(0, 100), high=st.none() | st.integers(100, 10**9))
@pytest.mark.parametrize("code", CODES)
def test_what_is_not_recorded_is_never_met(code: str, low: int | None, high: int | None):
    found = check_producer(rules(limit(code, low, high)), ProducerFacts()) + check_profile(
        rules(limit(code, low, high)), ProfileFacts()
    )

    assert only(found).state == State.CANNOT_TELL
    assert only(found).tone == "none"


def test_without_the_minimum_wage_of_the_year_nobody_can_tell():
    finding = only(
        check_producer(rules(limit("assets", None, 284), wage=None), ProducerFacts(assets_cop=0))
    )

    assert finding.state == State.CANNOT_TELL
    assert "2020" in finding.figure


def test_an_alliance_without_producers_has_no_incentive_per_producer():
    facts = ProfileFacts(producers=0, incentive_cop=Decimal(5), total_value_cop=Decimal(0))
    found = check_profile(
        rules(limit("incentive_each", None, 7), limit("incentive_share", None, 40)), facts
    )

    assert {finding.state for finding in found} == {State.CANNOT_TELL}


def test_a_rule_without_limits_says_so():
    finding = only(check_profile(rules(limit("size")), ProfileFacts(producers=30)))

    assert finding.state == State.CANNOT_TELL


@pytest.mark.parametrize(
    ("unit", "low", "high", "words"),
    [
        ("people", 25, 60, "from 25 to 60 people"),
        ("people", None, 1, "at most 1 person"),
        ("wages", None, 284, "at most 284 SMMLV of 2020"),
        ("years", 3, None, "at least 3 years"),
        ("percent", None, 40, "at most 40%"),
        ("cop", None, 7_000_000, "at most $ 7,000,000"),
        ("none", None, None, "required"),
    ],
)
def test_a_limit_in_words(unit: str, low: int | None, high: int | None, words: str):
    ends = [None if end is None else Decimal(end) for end in (low, high)]
    said = limit_in_words(unit=unit, minimum=ends[0], maximum=ends[1], wage_year=2020)

    assert said.replace("\N{NO-BREAK SPACE}", " ") == words


@given(st.lists(st.sampled_from(State)))
def test_the_worst_finding_decides(states: list[State]):
    verdict = verdict_of(Finding("age", state, "") for state in states)

    if State.NOT_MET in states:
        assert verdict == State.NOT_MET
    elif State.CANNOT_TELL in states:
        assert verdict == State.CANNOT_TELL
    else:
        assert verdict == State.MET


def test_findings_follow_the_order_of_the_rules():
    given_rules = rules(limit("assets", None, 1), limit("size", 1), limit("age", 18))

    assert [f.code for f in check_producer(given_rules, ProducerFacts())] == ["assets", "age"]


@given(st.dictionaries(st.text(), st.text() | st.integers()))
def test_the_hash_does_not_depend_on_the_order_of_keys(document: dict[str, object]):
    backwards = dict(reversed(list(document.items())))

    assert hash_of(document) == hash_of(backwards)
    assert canonical(document) == canonical(backwards)


def test_a_call_opens_only_when_whole():
    whole = {"regions": 1, "weights": [Decimal(60), Decimal(40)], "criteria_without_options": []}

    assert problems(**whole) == []
    assert len(problems(**(whole | {"regions": 0}))) == 1
    assert len(problems(**(whole | {"weights": [Decimal(60)]}))) == 1
    assert "Suelo" in problems(**(whole | {"criteria_without_options": ["Suelo"]}))[0]


def test_years_are_counted_in_words():
    told = [years_in_words(Decimal(value)) for value in ("1", "1.5", "8")]
    assert told == ["1 year", "1.5 years", "8 years"]
