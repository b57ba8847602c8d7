"""What the home page says to an evaluator: files, studies and runs that wait for a hand."""

from datetime import timedelta
from uuid import uuid4

import pytest

from alliances.lifecycle.desk import Desk
from evaluation.models import RunPart, Study
from evaluation.runs.home import NEWS, waiting_for
from evaluation.runs.models import Run
from evaluation.surveys.services import receive_file
from paap.home import home_of
from tests.factories.evaluation import AT, make_run, make_study, make_wave

pytestmark = pytest.mark.django_db


def end(run: Run, status: str, **values: object) -> None:
    Run.objects.filter(pk=run.pk).update(
        status="running",
        claim_token=uuid4(),
        started_at=AT,
        heartbeat_at=AT,
        attempt=1,
        fingerprint="a" * 64,
    )
    if status == "succeeded":
        RunPart.objects.create(run=run, name="chaining", data={}, attempt=1, stored_at=AT)
    Run.objects.filter(pk=run.pk).update(status=status, finished_at=AT, **values)


def told(study: Study, evaluator) -> str:
    """The button beside the study, empty when nothing is asked."""
    found = [row.action for row in waiting_for(Desk(evaluator, AT)) if row.title == study.title]
    return "".join(found)


def test_each_study_says_what_it_waits_for(evaluator):
    still_open = make_study(evaluator, frozen=False)
    never_run, waiting, failed, done, stopped = (make_study(evaluator) for _ in range(5))
    make_run(evaluator, waiting)
    end(make_run(evaluator, failed), "failed", failure_reason="data")
    end(make_run(evaluator, done), "succeeded")
    end(make_run(evaluator, stopped), "cancelled")

    assert told(still_open, evaluator) == "Freeze the study"
    assert told(never_run, evaluator) == "Launch the run"
    assert told(waiting, evaluator) == ""
    assert told(failed, evaluator) == "See the run"
    assert told(done, evaluator) == "Read the result"
    assert told(stopped, evaluator) == ""


def test_a_result_is_news_for_a_week(evaluator):
    study = make_study(evaluator)
    run = make_run(evaluator, study)
    end(run, "succeeded")

    assert [row.url for row in waiting_for(Desk(evaluator, AT + NEWS))] == [
        f"/evaluacion/corridas/{run.pk}/"
    ]
    assert not waiting_for(Desk(evaluator, AT + NEWS + timedelta(seconds=1)))


def test_a_file_waits_until_somebody_decides(evaluator):
    content = b"documento;wellbeing\n1;4\n"
    receive_file(
        wave_id=make_wave(evaluator).pk, file_name="a.csv", content=content, acting=evaluator, at=AT
    )

    assert [row.action for row in home_of(evaluator, AT).waiting] == ["Check the file"]


def test_nobody_else_is_told(evaluator, policy, outsider):
    make_study(evaluator)

    assert not waiting_for(Desk(policy, AT))
    assert not waiting_for(Desk(outsider, AT))


def test_more_studies_cost_no_more_queries(evaluator, query_counter):
    make_study(evaluator)
    few = query_counter(lambda: waiting_for(Desk(evaluator, AT)))
    for _ in range(4):
        end(make_run(evaluator), "failed", failure_reason="data")

    assert query_counter(lambda: waiting_for(Desk(evaluator, AT))) == few == 2
