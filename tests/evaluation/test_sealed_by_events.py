"""Answers and results are those of their events: the application cannot change them, the owner's
change is found without any anchor.
"""

import re
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils.timezone import now

from alliances.lifecycle.audit import verify_audit
from alliances.lifecycle.models import Event
from evaluation.models import SurveyImport
from evaluation.runs.services import claim_run, execute_run
from evaluation.surveys.services import (
    KEPT_FOR,
    confirm_import,
    forget_waiting_files,
    receive_file,
)
from paap.roles import as_owner
from tests.application import as_application
from tests.factories.alliances import make_alliance, make_producer
from tests.factories.evaluation import AT, make_run, make_study, make_surveyed, make_wave

pytestmark = pytest.mark.django_db
FILE = "document_number,ally_buys\n1085000001,4\n"


def receive(evaluator) -> SurveyImport:
    make_producer(make_alliance(), document_number="1085000001")
    return receive_file(
        wave_id=make_wave(evaluator).pk,
        file_name="encuesta.csv",
        content=FILE.encode(),
        acting=evaluator,
        at=AT,
    )


def differences() -> str:
    told = (str(row) for row in verify_audit().differences)
    return "\n".join(row for row in told if "import of answers" in row or "result" in row)


CHANGES = (
    ("UPDATE evaluation_response SET answers = '{\"ally_buys\": 1}'", "not those of its event"),
    ("DELETE FROM evaluation_response", "its answers are gone"),
)


@pytest.mark.parametrize(("change", "found"), CHANGES)
def test_changed_answers_are_refused_to_the_application_and_found_of_the_owner(
    evaluator, change, found
):
    waiting = receive(evaluator)
    confirm_import(import_id=waiting.pk, acting=evaluator, at=AT)
    assert not differences()
    with pytest.raises(DatabaseError, match="permission denied"), as_application():
        run_sql(change)
    with as_owner():
        run_sql("ALTER TABLE evaluation_response DISABLE TRIGGER USER")
        run_sql(change)
    assert re.search(rf"import of answers {waiting.pk}: .*{found}", differences())


def test_a_changed_result_is_refused_to_the_application_and_found_of_the_owner(evaluator):
    wave = make_wave(evaluator)
    make_surveyed(wave, evaluator, alliances=14, members=5)
    run = make_run(evaluator, make_study(evaluator, wave, bootstrap_replicates=5))
    claimed = claim_run(at=AT)
    assert claimed
    execute_run(run_id=run.pk, token=claimed.claim_token, clock=lambda: AT)
    event = Event.objects.get(verb="finish_run")
    assert (event.actor, event.data["run"]) == (None, run.pk)
    change = "UPDATE evaluation_runpart SET data = '{}'"
    with pytest.raises(DatabaseError, match="permission denied"), as_application():
        run_sql(change)
    assert f"run {run.pk}: its result" not in differences()
    with as_owner():
        run_sql("ALTER TABLE evaluation_runpart DISABLE TRIGGER USER")
        run_sql(change)
    assert f"run {run.pk}: its result is not that of its event" in differences()


def test_the_tick_that_forgets_files_works_as_the_application(evaluator):
    waiting = receive(evaluator)
    SurveyImport.objects.filter(pk=waiting.pk).update(received_at=now() - KEPT_FOR)
    with as_application():
        assert forget_waiting_files(at=now() + timedelta(seconds=1)) == 1
    event = Event.objects.get(verb="forget_answers")
    assert (event.actor, event.chain) == (None, 0)


def run_sql(statement: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
        cursor.execute(statement)
