"""The rows of an impact study: score and treatment as they were frozen, nobody's name."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from pandas import isna

from alliances.models import Event
from evaluation.models import Response, Variable
from evaluation.studies.checking import check_specification
from evaluation.studies.dataset import (
    ALLIANCE,
    CUTOFF,
    DEPARTMENT,
    OFFERED,
    SCORE,
    TREATED,
    decided_scores,
    impact_rows,
)
from evaluation.studies.impact_spec import ImpactSpec
from kit.errors import DomainError
from tests.factories.alliances import make_alliance, make_call, make_organisation, make_producer
from tests.factories.evaluation import AT, make_import, make_snapshot, make_wave

pytestmark = pytest.mark.django_db
BOGOTA = ZoneInfo("America/Bogota")
LAST_MINUTE = datetime(2021, 1, 31, 23, 59, tzinfo=BOGOTA)
NEXT_DAY = datetime(2021, 2, 1, 0, 0, tzinfo=BOGOTA)


@pytest.fixture
def wave(evaluator):
    return make_wave(evaluator)


def answer(wave, evaluator, producer, **answers):
    return Response.objects.create(
        wave=wave,
        producer=producer,
        survey_import=make_import(wave, evaluator),
        source_row=2,
        answers=answers,
    )


def spec(**changes) -> ImpactSpec:
    asked = {"outcomes": ("sales_cop",), "treatment": "selected"}
    return ImpactSpec(**(asked | changes))


def by_producer(wave, asked):
    return impact_rows(wave, asked).set_index("producer")


def test_scores_are_centred_on_the_cutoff_used_and_treatment_is_what_was_decided(wave, evaluator):
    above, below, undecided = (make_producer(make_alliance()) for _ in range(3))
    make_snapshot(above.alliance, "70.40", cutoff="70.00")
    make_snapshot(below.alliance, "64.35", cutoff="66.10")
    for producer in (above, below, undecided):
        answer(wave, evaluator, producer, sales_cop=100)

    rows = by_producer(wave, spec())

    assert rows.loc[above.pk, [SCORE, TREATED]].tolist() == [0.4, 1]
    assert rows.loc[below.pk, [SCORE, TREATED]].tolist() == [-1.75, 0]
    assert rows.loc[undecided.pk, [SCORE, TREATED]].isna().all()
    assert rows[DEPARTMENT].unique().tolist() == ["52"]
    assert rows.loc[above.pk, [CUTOFF, OFFERED]].tolist() == [70, 1]
    assert rows.loc[below.pk, [CUTOFF, OFFERED]].tolist() == [66.1, 0]
    assert rows.loc[undecided.pk, [CUTOFF, OFFERED]].isna().all()


def test_treatment_is_what_the_alliance_had_reached_by_the_day_inclusive(wave, evaluator):
    in_time, too_late, ruptured = (make_alliance("trust_constituted") for _ in range(3))
    for alliance, at in ((in_time, LAST_MINUTE), (too_late, NEXT_DAY), (ruptured, LAST_MINUTE)):
        Event.objects.create(
            alliance=alliance,
            verb="start",
            duty="accompany",
            at=at,
            from_status="trust_constituted",
            to_status="executing",
        )
        make_snapshot(alliance, "80")
        answer(wave, evaluator, make_producer(alliance), sales_cop=1)

    asked = spec(treatment="in_execution", treated_by=date(2021, 1, 31))
    rows = impact_rows(wave, asked).set_index(ALLIANCE)

    assert rows[TREATED].to_dict() == {in_time.pk: 1, too_late.pk: 0, ruptured.pk: 1}
    trusts = spec(treatment="trust_constituted", treated_by=date(2021, 1, 31))
    assert impact_rows(wave, trusts)[TREATED].unique().tolist() == [0]  # reached in 2026
    later = spec(treatment="trust_constituted", treated_by=AT.date())
    assert impact_rows(wave, later)[TREATED].unique().tolist() == [1]


def test_score_and_treatment_may_be_answers(wave, evaluator):
    producer = make_producer(make_alliance())
    silent = make_producer(producer.alliance)
    Variable.objects.create(wave=wave, name="puntos", label="Puntos", kind="number")
    answer(wave, evaluator, producer, sales_cop=1, puntos=70.3, income_improved=1)
    answer(wave, evaluator, silent, sales_cop=1)

    asked = spec(
        treatment="answer",
        treatment_variable="income_improved",
        score_variable="puntos",
        cutoff=70.0,
    )
    rows = by_producer(wave, asked)

    assert rows.loc[producer.pk, [SCORE, TREATED]].tolist() == [0.3, 1]
    assert rows.loc[silent.pk, [SCORE, TREATED]].isna().all()


def test_codes_count_as_what_the_study_says(wave, evaluator):
    producer = make_producer(make_alliance())
    others = [make_producer(producer.alliance) for _other in range(2)]
    Variable.objects.create(wave=wave, name="p12", label="¿Participó?", kind="integer")
    for who, took_part, sales in zip((producer, *others), (1, 2, 9), (5, 999, 7), strict=True):
        answer(wave, evaluator, who, sales_cop=sales, p12=took_part)

    asked = spec(
        treatment="answer",
        treatment_variable="p12",
        codes=(("p12", ((1, 1), (2, 0), (9, None))), ("sales_cop", ((999, None),))),
    )
    rows = by_producer(wave, asked)

    assert [rows.loc[who.pk, TREATED] for who in (producer, others[0])] == [1, 0]
    assert isna(rows.loc[others[1].pk, TREATED])
    assert rows.loc[producer.pk, "sales_cop"] == 5
    assert isna(rows.loc[others[0].pk, "sales_cop"])


def test_covariates_are_read_as_of_the_decision(wave, evaluator):
    organisation = make_organisation(founded_on=date(2016, 3, 2))
    producer = make_producer(
        make_alliance(organisation=organisation), sex="f", born_on=date(1976, 3, 2)
    )
    make_snapshot(producer.alliance, "70")
    answer(wave, evaluator, producer, sales_cop=1, schooling_years=7)

    asked = spec(
        covariates=(
            "is_woman",
            "age_years",
            "organisation_age_years",
            "farm_area_ha",
            "schooling_years",
        )
    )
    row = impact_rows(wave, asked).iloc[0]

    assert (row["is_woman"], row["farm_area_ha"], row["schooling_years"]) == (1, 2.5, 7)
    assert row["age_years"] == 50  # whole years: a fraction would tell the day of birth
    assert row["organisation_age_years"] == pytest.approx(10, abs=0.01)


def test_no_column_names_anybody(wave, evaluator):
    make_snapshot(alliance := make_alliance(), "70")
    answer(wave, evaluator, make_producer(alliance), sales_cop=1)

    columns = set(impact_rows(wave, spec(covariates=("age_years",))).columns)

    assert columns == {
        "producer",
        "@alliance",
        "@department",
        "@crop",
        "@call_region",
        "@score",
        "@cutoff",
        "@offered",
        "@treated",
        "sales_cop",
        "age_years",
    }


def test_queries_do_not_grow_with_the_rows(wave, evaluator, query_counter):
    asked = spec(treatment="in_execution", treated_by=date(2021, 1, 31))

    def count(alliances: int) -> int:
        for _place in range(alliances):
            make_snapshot(alliance := make_alliance(), "70")
            answer(wave, evaluator, make_producer(alliance), sales_cop=1)
        return query_counter(lambda: impact_rows(wave, asked))

    assert count(1) == count(6) == 3  # answers with their producers, alliances, events


def test_a_wave_without_answers_has_columns_all_the_same(wave):
    assert impact_rows(wave, spec()).empty


def test_whoever_did_not_reach_a_status_was_not_treated(wave, evaluator):
    alliance = make_alliance()
    make_snapshot(alliance, "50")
    answer(wave, evaluator, make_producer(alliance), sales_cop=1)

    asked = spec(treatment="in_execution", treated_by=date(2030, 1, 1))

    assert impact_rows(wave, asked)[TREATED].tolist() == [0]


def test_scores_are_asked_of_every_profile_of_the_same_calls(wave, evaluator):
    call, other = make_call(), make_call()
    visited, not_visited, elsewhere = (make_alliance(call=each) for each in (call, call, other))
    for alliance, score in ((visited, "71.5"), (not_visited, "69"), (elsewhere, "90")):
        make_snapshot(alliance, score)
    answer(wave, evaluator, make_producer(visited), sales_cop=1)

    scores = decided_scores(wave, spec()).set_index(ALLIANCE)[SCORE]

    assert scores.to_dict() == {visited.pk: 1.5, not_visited.pk: -1.0}
    Variable.objects.create(wave=wave, name="puntos", label="Puntos", kind="number")
    assert decided_scores(wave, spec(score_variable="puntos")) is None


def test_a_status_is_known_of_profiles_that_nobody_decided_on(wave, evaluator):
    """A score among the answers needs no snapshot."""
    Variable.objects.create(wave=wave, name="puntos__a", label="Puntos", kind="number")
    answer(wave, evaluator, make_producer(make_alliance("executing")), sales_cop=1, puntos__a=3)

    asked = spec(
        treatment="in_execution", treated_by=AT.date(), score_variable="puntos__a", cutoff=1.0
    )

    assert impact_rows(wave, asked)[[SCORE, TREATED]].values.tolist() == [[2, 1]]


def test_a_variable_called_like_a_fact_of_the_profile_is_no_outcome(wave):
    Variable.objects.create(wave=wave, name="monthly_income_cop", label="Ingreso", kind="number")

    with pytest.raises(DomainError, match="cannot be an outcome"):
        check_specification(wave, spec(outcomes=("monthly_income_cop",)))
