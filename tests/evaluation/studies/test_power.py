"""Power before data: from stored scores and numbers of people, on a page and for programs."""

from datetime import date

import numpy as np
import pytest
from django.urls import reverse

from evaluation.models import Response
from evaluation.studies.forms.power import DEFAULTS, power_of
from evaluation.studies.impact_spec import Exclusion, ImpactSpec
from evaluation.studies.power_rows import earlier_spreads, planned_sample
from tests.factories.alliances import make_alliance, make_call, make_producer
from tests.factories.evaluation import (
    make_impact_study,
    make_import,
    make_snapshot,
    make_study,
    make_wave,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def decided():
    """24 alliances of two producers, scores 64.5 to 76 by halves."""
    call = make_call()
    made = [make_alliance("executing", call=call) for _ in range(24)]
    for place, alliance in enumerate(made):
        make_snapshot(alliance, f"{64.5 + place / 2}")
        for _ in range(2):
            make_producer(alliance)
    return made


def answer(wave, evaluator, producers, value=1.0):
    survey_import = make_import(wave, evaluator)
    Response.objects.bulk_create(
        Response(
            wave=wave,
            producer=producer,
            survey_import=survey_import,
            source_row=row,
            answers={"sales_cop": value * row},
        )
        for row, producer in enumerate(producers, 2)
    )


def test_before_any_answer_the_sample_is_whoever_was_decided_on(evaluator, decided):
    study = make_impact_study(evaluator, frozen=False)

    told = power_of(study, DEFAULTS)

    assert not told.has_answers
    assert (told.alliances, told.people) == ((11, 13), (22.0, 26.0))
    rows = {row.code: row.planned and row.planned.effect for row in told.scenarios}
    assert rows["now"] > rows["more_new"]
    assert rows["now"] > rows["more_same"] > 0
    assert rows["wider"] == pytest.approx(rows["now"] / 1.5**0.5)
    assert rows["bandwidth_1.25"] < rows["now"]


def test_answers_are_counted_and_never_read(evaluator, decided):
    wave = make_wave(evaluator)
    study = make_impact_study(evaluator, wave)
    answer(wave, evaluator, [alliance.producers.first() for alliance in decided])

    told = power_of(study, DEFAULTS)

    assert told.has_answers
    assert told.people == (11.0, 13.0)
    assert told.outcomes[0].spread is None


def test_departments_left_out_and_people_per_alliance(evaluator, decided):
    wave = make_wave(evaluator)
    left_out = decided[0].municipality.department_id
    spec = ImpactSpec(
        outcomes=("sales_cop",), treatment="selected", exclusions=(Exclusion(left_out, "why"),)
    )
    sample, _has_answers = planned_sample(wave, spec)
    assert len(sample.score) == sum(row.municipality.department_id != left_out for row in decided)
    asked = ImpactSpec(outcomes=("sales_cop",), treatment="selected")
    whole, _has_answers = planned_sample(wave, asked, per_alliance=7)
    assert [*np.unique(whole.people)] == [7.0]


def test_an_earlier_wave_tells_the_spread(evaluator, decided):
    earlier = make_wave(
        evaluator, collected_from=date(2019, 1, 1), collected_until=date(2019, 2, 1)
    )
    answer(earlier, evaluator, [row for alliance in decided for row in alliance.producers.all()])
    wave = make_wave(evaluator)

    spread = earlier_spreads(wave, ("sales_cop",))["sales_cop"]

    assert spread == pytest.approx(np.std(np.arange(2, 50), ddof=1))
    assert earlier_spreads(earlier, ("sales_cop",)) == {}
    told = power_of(make_impact_study(evaluator, wave), DEFAULTS)
    assert told.outcomes[0].effect == pytest.approx(spread * told.scenarios[0].planned.effect)


def test_the_page_answers_and_says_what_is_wrong(policy, evaluator, as_member, decided, outsider):
    study = make_impact_study(evaluator, frozen=False)
    address = reverse("evaluation:study-power", args=[study.pk])

    page = as_member(policy).get(address)
    assert "With 80 % probability it sees an effect" in page.content.decode()
    assert "200 more surveys" in page.content.decode()
    assert as_member(policy).get(address, {"icc": "2"}).status_code == 422
    few = as_member(policy).get(address, {"bandwidth": "0.5"}).content.decode()
    assert "Too few different scores" in few
    assert as_member(outsider).get(address).status_code == 403
    other = reverse("evaluation:study-power", args=[make_study(evaluator).pk])
    assert as_member(policy).get(other).status_code == 404


def test_programs_ask_the_same(policy, evaluator, as_member, decided):
    study = make_impact_study(evaluator)
    client = as_member(policy)

    told = client.get(f"/api/v1/studies/{study.pk}/power/", {"icc": "0.3"}).json()

    assert told["icc"] == 0.3
    assert told["scenarios"][0]["effect"] > told["scenarios"][2]["effect"]
    assert client.get(f"/api/v1/studies/{study.pk}/power/", {"rho": "1"}).status_code == 400
    assert client.get(f"/api/v1/studies/{study.pk}/power/", {"icc": "7"}).status_code == 400
    read = client.get(f"/api/v1/studies/{study.pk}/").json()
    assert read["stamps"]["measured_after"] == ["sales_cop"]
