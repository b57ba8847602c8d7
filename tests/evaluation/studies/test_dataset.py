"""The bridge from rows to frames: who is in, what is read as of which day, and its fingerprint."""

from datetime import date

import pytest

from evaluation.models import Response
from evaluation.studies.dataset import chaining_rows, fingerprint
from tests.evaluation.estimators.synthetic import chaining_spec
from tests.factories.alliances import make_alliance, make_organisation, make_producer
from tests.factories.evaluation import make_import, make_surveyed, make_wave, sell, sign

pytestmark = pytest.mark.django_db
ON = date(2021, 6, 30)


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


def test_only_alliances_that_reached_execution_are_in(wave, evaluator):
    inside = make_producer(make_alliance("executing"))
    answer(wave, evaluator, inside, wellbeing=4)
    answer(wave, evaluator, make_producer(make_alliance("not_selected")), wellbeing=2)
    answer(make_wave(evaluator), evaluator, make_producer(inside.alliance), wellbeing=1)

    frame = chaining_rows(wave, chaining_spec())

    assert frame["producer"].tolist() == [inside.pk]
    assert frame["wellbeing"].tolist() == [4]


def test_profile_facts_are_read_as_of_the_reference_day(wave, evaluator):
    organisation = make_organisation("producer", founded_on=date(2011, 6, 30))
    producer = make_producer(
        make_alliance("executing", organisation=organisation), sex="f", experience_years=9
    )
    answer(wave, evaluator, producer, wellbeing=4)

    row = chaining_rows(wave, chaining_spec()).iloc[0]

    assert row["organisation_age_years"] == pytest.approx(10, abs=0.01)
    assert (row["is_woman"], row["experience_years"]) == (1, 9)
    assert row["department"] == "52"


def test_behaviour_is_read_as_of_the_reference_day(wave, evaluator):
    alliance = make_alliance("executing")
    answer(wave, evaluator, make_producer(alliance), wellbeing=4)
    agreement = sign(alliance, evaluator)
    may, april = date(2021, 5, 1), date(2021, 4, 1)
    sell(
        agreement,
        promised=100,
        delivered=80,
        price=1000,
        promised_on=may,
        paid_on=date(2021, 5, 20),
    )
    sell(
        agreement,
        promised=100,
        delivered=130,
        price=700,
        promised_on=april,
        paid_on=date(2021, 6, 20),
    )
    sell(agreement, promised=900, delivered=1, price=1, promised_on=date(2021, 8, 1))  # after

    row = chaining_rows(wave, chaining_spec(reference_on=ON)).iloc[0]

    assert row["deliveries_honoured"] == pytest.approx(0.9)  # 80 + 100 of 200
    assert row["price_in_range"] == pytest.approx(0.5)
    assert row["paid_on_time"] == pytest.approx(0.5)
    assert row["agreement_in_force"] == 1


def test_unknown_behaviour_is_empty_and_not_zero(wave, evaluator):
    answer(wave, evaluator, make_producer(make_alliance("executing")), wellbeing=4)

    row = chaining_rows(wave, chaining_spec()).iloc[0]

    assert row[["deliveries_honoured", "price_in_range", "paid_on_time"]].isna().all()


def test_no_personal_field_reaches_the_frame(wave, evaluator):
    producer = make_producer(make_alliance("executing"), surnames="Inconfundible")
    answer(wave, evaluator, producer, wellbeing=4)

    text = chaining_rows(wave, chaining_spec()).to_csv()

    assert producer.document_number not in text
    assert "Inconfundible" not in text


def test_queries_do_not_grow_with_rows(wave, evaluator, django_assert_num_queries):
    make_surveyed(wave, evaluator, alliances=2, members=2)
    with django_assert_num_queries(3):
        chaining_rows(wave, chaining_spec())

    make_surveyed(wave, evaluator, alliances=6, members=4)
    with django_assert_num_queries(3):
        assert len(chaining_rows(wave, chaining_spec())) == 28


def test_the_fingerprint_changes_with_any_cell_and_only_then(wave, evaluator):
    producers = make_surveyed(wave, evaluator, alliances=2, members=2)
    frame = chaining_rows(wave, chaining_spec())
    before = fingerprint(frame)

    assert len(before) == 64
    assert fingerprint(chaining_rows(wave, chaining_spec())) == before
    changed = frame.copy()
    changed.loc[0, "ally_buys"] += 1e-9
    assert fingerprint(changed) != before
    answer(wave, evaluator, make_producer(producers[0].alliance), wellbeing=4)
    assert fingerprint(chaining_rows(wave, chaining_spec())) != before


def test_an_empty_wave_is_an_empty_frame(wave):
    frame = chaining_rows(wave, chaining_spec())

    assert frame.empty
    assert "deliveries_honoured" in frame.columns
