"""What the bridge reads of everybody who answered: codes, weights and what they are told by."""

import pytest

from evaluation.models import Response
from evaluation.studies.dataset import ALLIANCE, CROP, DEPARTMENT, WEIGHT, perception_rows
from evaluation.studies.perception_spec import PerceptionSpec
from evaluation.studies.services import create_study
from kit.errors import DomainError
from tests.factories.alliances import make_alliance, make_producer
from tests.factories.evaluation import AT, make_import, make_snapshot, make_wave

pytestmark = pytest.mark.django_db


def answer(wave, evaluator, producer, **answers) -> None:
    Response.objects.create(
        wave=wave,
        producer=producer,
        survey_import=make_import(wave, evaluator),
        source_row=2,
        answers=answers,
    )


def test_codes_groups_and_weights_are_read(evaluator):
    wave, selected, undecided = make_wave(evaluator), *(make_alliance() for _ in range(2))
    make_snapshot(selected, "80")
    answer(wave, evaluator, make_producer(selected, sex="f"), channel=2, household_size=3)
    answer(wave, evaluator, make_producer(undecided, sex="m"), channel=4.0)
    spec = PerceptionSpec(questions=("channel", "wellbeing"), weight="household_size")

    rows = perception_rows(wave, spec)

    assert rows["channel"].tolist() == ["2", "4"]
    assert rows["wellbeing"].isna().all()
    assert rows["@selected"].tolist() == ["1", None]
    assert rows["@sex"].tolist() == ["f", "m"]
    assert rows[WEIGHT].tolist()[0] == 3
    assert rows[WEIGHT].isna().tolist() == [False, True]
    assert rows[ALLIANCE].tolist() == [selected.pk, undecided.pk]
    assert (rows[DEPARTMENT] == "52").all()
    assert rows[CROP].notna().all()
    assert "document_number" not in rows


def test_it_asks_the_same_queries_however_many_answered(evaluator, query_counter):
    wave, spec = make_wave(evaluator), PerceptionSpec(questions=("channel",))
    for _few in range(2):
        answer(wave, evaluator, make_producer(make_alliance()), channel=1)
    few = query_counter(lambda: perception_rows(wave, spec))

    for _more in range(4):
        answer(wave, evaluator, make_producer(make_alliance()), channel=1)

    assert query_counter(lambda: perception_rows(wave, spec)) == few == 1


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"questions": ("sales_cop",)}, "no question with a list of answers"),
        ({"questions": ("respondent_name",)}, "no question with a list of answers"),
        ({"weight": "channel"}, "cannot be a weight"),
        ({"groups": ("chaining",), "chaining_study": "nothing"}, "no chaining study"),
    ],
)
def test_what_the_wave_does_not_hold_is_refused(evaluator, asked, words):
    spec = PerceptionSpec(**({"questions": ("channel",)} | asked))

    with pytest.raises(DomainError, match=words):
        create_study(
            title="x", wave_id=make_wave(evaluator).pk, specification=spec, acting=evaluator, at=AT
        )


@pytest.mark.parametrize(
    "asked",
    [
        {"questions": ()},
        {"questions": ("channel", "channel")},
        {"groups": ("chaining",)},
        {"chaining_study": "x"},
        {"threshold": 1},
        {"level": 100.0},
    ],
)
def test_choices_that_cannot_stand_together_are_refused(asked):
    with pytest.raises(ValueError, match=r"once|question|level|threshold"):
        PerceptionSpec(**({"questions": ("channel",)} | asked))


def test_a_specification_comes_back_from_its_data():
    spec = PerceptionSpec(questions=("channel", "wellbeing"), groups=("sex",), threshold=5)

    assert PerceptionSpec.from_data(spec.to_data()) == spec
    with pytest.raises(ValueError, match="unknown settings: more"):
        PerceptionSpec.from_data(spec.to_data() | {"more": 1})
