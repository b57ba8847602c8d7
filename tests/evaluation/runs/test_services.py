"""The life of a run: asked for once, claimed by one worker, ended once, and never changed."""

import json
import threading
from contextlib import suppress
from datetime import timedelta
from uuid import uuid4

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.db import DatabaseError, OperationalError, connection, transaction

from evaluation.models import Response, Run, RunDrawing, RunPart
from evaluation.runs.chaining import drawings as chaining_drawings
from evaluation.runs.chaining import work as chaining_work
from evaluation.runs.jobs import Job, Prepared
from evaluation.runs.selectors import parts_of
from evaluation.runs.services import (
    Claim,
    ClaimLost,
    RunCancelled,
    cancel_run,
    claim_run,
    execute_run,
    request_run,
)
from evaluation.runs.table import MAXIMUM_ATTEMPTS, STALE_AFTER, RunStatus
from evaluation.studies.dataset import chaining_rows, fingerprint
from evaluation.studies.services import create_study
from kit.errors import Conflict, DomainError, NotAllowed
from paap.roles import as_owner
from tests.evaluation.estimators.synthetic import chaining_spec
from tests.factories.alliances import make_alliance, make_producer
from tests.factories.evaluation import (
    AT,
    make_import,
    make_run,
    make_study,
    make_surveyed,
    make_wave,
)

LATER = AT + STALE_AFTER + timedelta(seconds=1)


def clock():
    return AT


def work(run: Run) -> Run:
    """Claim and execute, as a worker would."""
    claimed = claim_run(at=AT)
    assert claimed == run
    execute_run(run_id=run.pk, token=claimed.claim_token, clock=clock)
    run.refresh_from_db()
    return run


def found_by(run: Run):
    return parts_of(run)["chaining"]


def claim_of(run: Run) -> Claim:
    return Claim(run.pk, run.claim_token, clock)


@pytest.fixture
def surveyed(evaluator):
    """A frozen study on a wave with answers."""
    wave = make_wave(evaluator)
    make_surveyed(wave, evaluator, alliances=14, members=5)
    return make_study(evaluator, wave, bootstrap_replicates=5)


# -- Asking -------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_launch_waits_in_the_queue_with_its_own_specification(evaluator):
    study = make_study(evaluator)

    run = make_run(evaluator, study)

    assert (run.status, run.percent, run.attempt) == (RunStatus.QUEUED, 0, 0)
    assert run.specification == study.specification


@pytest.mark.django_db
def test_the_second_click_is_the_same_run(evaluator):
    study, key = make_study(evaluator), uuid4()
    launch = {"study_id": study.pk, "acting": evaluator, "at": AT, "key": key}

    assert request_run(**launch) == request_run(**launch)
    assert Run.objects.count() == 1


@pytest.mark.django_db
def test_a_study_runs_once_at_a_time(evaluator):
    run = make_run(evaluator)

    with pytest.raises(Conflict, match=evaluator.user.display_name):
        make_run(evaluator, run.study)

    cancel_run(run_id=run.pk, acting=evaluator, at=AT)
    assert make_run(evaluator, run.study) != run


@pytest.mark.django_db
def test_an_open_study_is_not_run(evaluator):
    with pytest.raises(DomainError, match="Freeze"):
        make_run(evaluator, make_study(evaluator, frozen=False))


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["policy", "outsider"])
def test_only_an_evaluator_launches_and_cancels(evaluator, role, request):
    stranger = request.getfixturevalue(role)
    run = make_run(evaluator)

    with pytest.raises(NotAllowed, match="only an evaluator"):
        make_run(stranger, run.study)
    with pytest.raises(NotAllowed):
        cancel_run(run_id=run.pk, acting=stranger, at=AT)


@pytest.mark.django_db(transaction=True)
def test_two_launches_at_once_are_one_run(evaluator):
    study = make_study(evaluator)
    start = threading.Barrier(2)
    told: list[object] = []

    def launch() -> None:
        start.wait()
        try:
            told.append(make_run(evaluator, study))
        except Conflict as error:
            told.append(error)
        finally:
            connection.close()

    together = [threading.Thread(target=launch) for _ in range(2)]
    for thread in together:
        thread.start()
    for thread in together:
        thread.join()

    assert sorted(type(answer).__name__ for answer in told) == ["Conflict", "Run"]
    assert Run.objects.count() == 1


# -- Claiming -----------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_oldest_run_is_taken_first_and_only_once(evaluator):
    first, second = make_run(evaluator), make_run(evaluator)

    assert claim_run(at=AT) == first
    assert claim_run(at=AT) == second
    assert claim_run(at=AT) is None


@pytest.mark.django_db
def test_a_silent_worker_is_given_up_and_a_living_one_is_not(evaluator):
    make_run(evaluator)
    taken = claim_run(at=AT)
    assert taken

    assert claim_run(at=AT + STALE_AFTER - timedelta(seconds=1)) is None
    again = claim_run(at=LATER)

    assert again == taken
    assert again.attempt == 2
    assert again.claim_token != taken.claim_token
    assert again.started_at == AT


@pytest.mark.django_db
def test_a_run_that_always_kills_its_worker_ends_and_says_so(evaluator):
    run = make_run(evaluator)
    at = AT
    for _attempt in range(MAXIMUM_ATTEMPTS):
        assert claim_run(at=at) == run
        at += STALE_AFTER + timedelta(seconds=1)

    assert claim_run(at=at) is None

    run.refresh_from_db()
    assert (run.status, run.failure_reason) == (RunStatus.FAILED, "gave_up")
    assert "three times" in run.get_failure_reason_display()


@pytest.mark.django_db
def test_a_worker_that_was_given_up_writes_nothing(evaluator):
    make_run(evaluator)
    zombie = claim_of(claim_run(at=AT))
    heir = claim_of(claim_run(at=LATER))

    for write in (
        lambda: zombie.progress("models", 50),
        lambda: zombie.begin("0" * 64, {}),
        lambda: zombie.store("chaining", {"a": 1}),
        lambda: zombie.succeed([]),
        lambda: zombie.fail("data", ""),
        zombie.cancel,
    ):
        with pytest.raises(ClaimLost):
            write()

    heir.progress("models", 52)
    run = Run.objects.get(pk=heir.run_id)
    assert (run.status, run.phase, run.percent) == ("running", "models", 52)
    assert not parts_of(run)


@pytest.mark.django_db(transaction=True)
def test_two_workers_never_take_the_same_run(evaluator):
    make_run(evaluator)
    start = threading.Barrier(2)
    taken: list[Run | None] = []

    def claim() -> None:
        start.wait()
        try:
            taken.append(claim_run(at=AT))
        finally:
            connection.close()

    together = [threading.Thread(target=claim) for _ in range(2)]
    for thread in together:
        thread.start()
    for thread in together:
        thread.join()

    assert sum(run is not None for run in taken) == 1
    assert Run.objects.get().attempt == 1


@pytest.mark.django_db(transaction=True)
def test_signs_of_life_come_from_a_thread_of_their_own(evaluator, monkeypatch):
    monkeypatch.setattr(
        "evaluation.runs.services.claiming.HEARTBEAT_EVERY", timedelta(milliseconds=20)
    )
    make_run(evaluator)
    run = claim_run(at=AT)
    threads = threading.active_count()
    later = AT + timedelta(minutes=5)
    claim = Claim(run.pk, run.claim_token, lambda: later)

    with claim.kept_alive():
        for _wait in range(200):
            run.refresh_from_db()
            if run.heartbeat_at == later:
                break
            threading.Event().wait(0.02)

    assert run.heartbeat_at == later
    assert threading.active_count() == threads


# -- Working ------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_run_ends_with_result_fingerprint_and_charts(evaluator, surveyed):
    run = work(make_run(evaluator, surveyed))

    assert (run.status, run.phase, run.percent) == (RunStatus.SUCCEEDED, "store", 100)
    assert found_by(run)["funnel"]["analysed"] == 70
    assert found_by(run)["responses_in_wave"] == 70
    assert run.fingerprint == fingerprint(chaining_rows(surveyed.wave, chaining_spec()))
    assert {"method", "numpy", "python"} <= run.versions.keys()
    drawn = set(run.drawings.values_list("name", "language", "theme"))
    names = ("shares", "outcomes", "differences", "income")
    assert drawn == {(n, la, th) for n in names for la in ("es", "en") for th in ("light", "dark")}
    assert run.drawings.filter(svg__contains="<svg").count() == 16


@pytest.mark.django_db
def test_the_same_inputs_give_the_same_bytes(evaluator, surveyed):
    one = work(make_run(evaluator, surveyed))
    two = work(make_run(evaluator, surveyed))

    assert one.pk != two.pk
    assert json.dumps(parts_of(one)) == json.dumps(parts_of(two))
    assert one.fingerprint == two.fingerprint
    pairs = [
        list(run.drawings.order_by("name", "language", "theme").values_list("svg", flat=True))
        for run in (one, two)
    ]
    assert pairs[0] == pairs[1]


@pytest.mark.django_db
def test_an_empty_wave_gives_reasons_and_not_an_error(evaluator):
    run = work(make_run(evaluator))

    assert run.status == RunStatus.SUCCEEDED
    share = found_by(run)["dimensions"][0]["levels"][0]["share"]
    assert share["not_estimable"] in ("empty_level", "no_rows")


@pytest.mark.django_db
def test_data_that_break_the_method_fail_with_a_reason(evaluator):
    wave = make_wave(evaluator)
    Response.objects.create(
        wave=wave,
        producer=make_producer(make_alliance("executing")),
        survey_import=make_import(wave, evaluator),
        source_row=2,
        answers={"ally_buys": 9},
    )

    run = work(make_run(evaluator, make_study(evaluator, wave)))

    assert (run.status, run.failure_reason) == (RunStatus.FAILED, "data")
    assert "ally_buys" in run.failure_detail
    assert not parts_of(run)


@pytest.mark.django_db
def test_an_unexpected_error_ends_the_run_and_keeps_its_name(evaluator, monkeypatch, caplog):
    def broken(run):
        raise KeyError("secret value")

    monkeypatch.setattr(chaining_work, "prepare", broken)

    run = work(make_run(evaluator))

    assert (run.status, run.failure_reason) == (RunStatus.FAILED, "unexpected")
    assert run.failure_detail == "KeyError"
    assert "failed" in caplog.text


@pytest.mark.django_db
@pytest.mark.parametrize(
    "error", [OperationalError("server closed the connection"), SoftTimeLimitExceeded()]
)
def test_what_is_not_the_runs_fault_leaves_it_to_the_next_worker(evaluator, monkeypatch, error):
    def stopped(run):
        raise error

    monkeypatch.setattr(chaining_work, "prepare", stopped)
    run = make_run(evaluator)
    claimed = claim_run(at=AT)

    with pytest.raises(type(error)):
        execute_run(run_id=run.pk, token=claimed.claim_token, clock=clock)

    run.refresh_from_db()
    assert run.status == RunStatus.RUNNING
    assert claim_run(at=LATER) == run


@pytest.mark.django_db
def test_a_worker_whose_claim_was_taken_stops_quietly(evaluator, surveyed, caplog):
    run = make_run(evaluator, surveyed)
    zombie = claim_run(at=AT)
    heir = claim_run(at=LATER)

    execute_run(run_id=run.pk, token=zombie.claim_token, clock=clock)

    run.refresh_from_db()
    assert (run.status, run.claim_token) == (RunStatus.RUNNING, heir.claim_token)
    assert not RunDrawing.objects.exists()
    assert "taken over" in caplog.text


# -- Parts ---------------------------------------------------------------------------------------


@pytest.fixture
def three_jobs(evaluator, surveyed, monkeypatch):
    """A run of three jobs: which of them were worked on, and what stops it where."""

    class Jobs:
        done: list[str] = []
        killed_before: str | None = None
        digits = "a" * 64

        def prepare(self, run):
            return Prepared(self.digits, tuple(map(self.job, ("one", "two", "three"))))

        def job(self, name):
            def work(progress):
                if name == self.killed_before:
                    raise OperationalError("killed")
                self.done.append(name)
                return {"name": name}

            return Job(name, "index", work)

    jobs = Jobs()
    jobs.done = []
    monkeypatch.setattr(chaining_work, "prepare", jobs.prepare)
    monkeypatch.setattr(chaining_drawings, "draw", lambda run, parts: iter(()))
    jobs.run = make_run(evaluator, surveyed)
    return jobs


def attempt(run: Run, at) -> Run:
    claimed = claim_run(at=at)
    assert claimed == run
    with suppress(OperationalError):  # the worker was killed
        execute_run(run_id=run.pk, token=claimed.claim_token, clock=lambda: at)
    run.refresh_from_db()
    return run


@pytest.mark.django_db
def test_a_killed_run_goes_on_at_the_first_missing_part(three_jobs):
    three_jobs.killed_before = "two"
    run = attempt(three_jobs.run, AT)
    assert (run.status, list(parts_of(run))) == (RunStatus.RUNNING, ["one"])

    three_jobs.killed_before = None
    run = attempt(run, LATER)

    assert (run.status, run.attempt) == (RunStatus.SUCCEEDED, 2)
    assert list(parts_of(run)) == ["one", "two", "three"] == three_jobs.done
    assert list(run.parts.order_by("pk").values_list("attempt", flat=True)) == [1, 2, 2]


@pytest.mark.django_db
def test_a_run_that_gets_on_is_never_given_up(three_jobs):
    at = AT
    for place, name in enumerate(("one", "one", "two", "two", "three", "three", None)):
        three_jobs.killed_before = name
        run = attempt(three_jobs.run, at)
        at += STALE_AFTER + timedelta(seconds=1)
        assert run.status == (RunStatus.RUNNING if place < 6 else RunStatus.SUCCEEDED)

    assert (run.attempt, three_jobs.done) == (7, ["one", "two", "three"])


@pytest.mark.django_db
def test_a_run_does_not_mix_parts_of_different_rows(three_jobs):
    three_jobs.killed_before = "two"
    attempt(three_jobs.run, AT)

    three_jobs.digits, three_jobs.killed_before = "b" * 64, None
    run = attempt(three_jobs.run, LATER)

    assert (run.status, run.failure_reason) == (RunStatus.FAILED, "changed")
    assert (list(parts_of(run)), run.fingerprint) == (["one"], "a" * 64)


@pytest.mark.django_db
def test_a_run_does_not_mix_parts_of_different_programs(three_jobs, monkeypatch):
    three_jobs.killed_before = "two"
    attempt(three_jobs.run, AT)

    three_jobs.killed_before = None
    monkeypatch.setattr("evaluation.runs.kinds.RunKind.versions", lambda kind: {"method": "next"})
    run = attempt(three_jobs.run, LATER)

    assert (run.status, run.failure_reason) == (RunStatus.FAILED, "changed")


# -- Cancelling ----------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_waiting_run_is_cancelled_at_once(evaluator):
    run = cancel_run(run_id=make_run(evaluator).pk, acting=evaluator, at=AT)

    assert (run.status, run.cancel_requested_by) == (RunStatus.CANCELLED, evaluator)
    with pytest.raises(Conflict, match="already ended"):
        cancel_run(run_id=run.pk, acting=evaluator, at=AT)
    assert claim_run(at=AT) is None


@pytest.mark.django_db
def test_a_running_run_is_cancelled_at_its_next_step(evaluator, surveyed):
    run = make_run(evaluator, surveyed)
    claimed = claim_run(at=AT)
    assert cancel_run(run_id=run.pk, acting=evaluator, at=AT).status == RunStatus.RUNNING

    with pytest.raises(RunCancelled):
        claim_of(claimed).progress("models", 10)
    execute_run(run_id=run.pk, token=claimed.claim_token, clock=clock)

    run.refresh_from_db()
    assert run.status == RunStatus.CANCELLED
    assert not parts_of(run)


@pytest.mark.django_db
def test_a_run_that_is_cancelled_while_its_charts_are_drawn_does_not_succeed(evaluator, surveyed):
    run = make_run(evaluator, surveyed)
    claim = claim_of(claim_run(at=AT))
    claim.begin("0" * 64, {})
    claim.store("chaining", {})
    cancel_run(run_id=run.pk, acting=evaluator, at=AT)

    with pytest.raises(RunCancelled):
        claim.succeed([])


@pytest.mark.django_db
def test_a_cancelled_run_whose_worker_died_is_ended_by_the_next(evaluator):
    run = make_run(evaluator)
    claim_run(at=AT)
    cancel_run(run_id=run.pk, acting=evaluator, at=AT)

    assert claim_run(at=LATER) is None

    run.refresh_from_db()
    assert run.status == RunStatus.CANCELLED


# -- What the database refuses ---------------------------------------------------------------------


@pytest.mark.django_db
def test_a_finished_run_is_never_changed_nor_removed(evaluator, surveyed):
    run = work(make_run(evaluator, surveyed))

    for sql in (
        "UPDATE evaluation_run SET versions = '{}' WHERE id = %s",
        "UPDATE evaluation_run SET status = 'queued', finished_at = NULL WHERE id = %s",
        "DELETE FROM evaluation_run WHERE id = %s",
    ):
        with (
            pytest.raises(DatabaseError, match="is finished: its result is never changed"),
            transaction.atomic(),
            as_owner(),
            connection.cursor() as cursor,
        ):
            cursor.execute(sql, [run.pk])
    with pytest.raises(DatabaseError), transaction.atomic():
        run.drawings.update(svg="")
    with pytest.raises(DatabaseError), transaction.atomic():
        run.drawings.all().delete()
    with (
        pytest.raises(DatabaseError, match="never changed or removed"),
        transaction.atomic(),
        as_owner(),
    ):
        run.parts.update(data={})
    with pytest.raises(DatabaseError, match="while their run works"), transaction.atomic():
        RunPart.objects.create(run=run, name="late", data={}, attempt=1, stored_at=AT)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("status = 'succeeded', finished_at = now()", "does not go from"),
        ("status = 'failed', finished_at = now(), failure_reason = 'data'", "does not go from"),
        ("status = 'running'", "run_claimed"),
        ("percent = 101", "run_percent"),
        ("finished_at = now()", "run_finished_at"),
        ("failure_reason = 'data'", "run_failure_reason"),
        ("phase = 'No phase'", "run_status"),
        ("seed = seed + 1", "asked never changes"),
        ("specification = '{}'", "asked never changes"),
    ],
)
def test_impossible_rows_are_refused_by_the_database(evaluator, change, message):
    run = make_run(evaluator)

    with (
        pytest.raises(DatabaseError, match=message),
        transaction.atomic(),
        as_owner(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"UPDATE evaluation_run SET {change} WHERE id = %s", [run.pk])


@pytest.mark.django_db
def test_a_run_succeeds_only_with_parts_found_in_rows_it_named(evaluator):
    run = make_run(evaluator)
    claim = claim_of(claim_run(at=AT))
    part = {"run": run, "name": "early", "data": {}, "attempt": 1, "stored_at": AT}

    with pytest.raises(DatabaseError, match="while their run works"), transaction.atomic():
        RunPart.objects.create(**part)
    claim.begin("0" * 64, {})
    with pytest.raises(DatabaseError, match="succeeds with the parts"), transaction.atomic():
        claim.succeed([])
    claim.store("early", {})
    with pytest.raises(DatabaseError, match="once"), transaction.atomic():
        claim.store("early", {})
    with pytest.raises(DatabaseError, match="rows it began with"), transaction.atomic():
        Run.objects.filter(pk=run.pk).update(fingerprint="1" * 64)
    claim.succeed([])


@pytest.mark.django_db
def test_a_run_starts_in_the_queue_and_alone(evaluator):
    run = make_run(evaluator)
    values = {
        "kind": "chaining",
        "specification": run.specification,
        "seed": 1,
        "requested_by": evaluator,
        "requested_at": AT,
    }

    with pytest.raises(DatabaseError, match="starts in the queue"), transaction.atomic():
        Run.objects.create(study=run.study, key=uuid4(), status="running", **values)
    with pytest.raises(DatabaseError, match="one_active_per_study"), transaction.atomic():
        Run.objects.create(study=run.study, key=uuid4(), **values)


@pytest.mark.django_db
def test_a_run_asks_what_its_frozen_study_asks(evaluator):
    frozen, still_open = make_study(evaluator), make_study(evaluator, frozen=False)

    for study, asked in ((frozen, {}), (still_open, still_open.specification)):
        with pytest.raises(DatabaseError, match="its study, frozen"), transaction.atomic():
            Run.objects.create(
                study=study,
                kind="chaining",
                specification=asked,
                seed=1,
                key=uuid4(),
                requested_by=evaluator,
                requested_at=AT,
            )


@pytest.mark.django_db
@pytest.mark.parametrize("table", ["run", "rundrawing", "study", "response"])
def test_what_was_found_is_not_emptied_at_a_stroke(table):
    with (
        pytest.raises(DatabaseError, match="never"),
        transaction.atomic(),
        as_owner(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"TRUNCATE evaluation_{table} CASCADE")


@pytest.mark.django_db
def test_a_study_of_another_wave_is_another_run(evaluator):
    study = create_study(
        title="Otra",
        wave_id=make_wave(evaluator).pk,
        specification=chaining_spec(),
        acting=evaluator,
        at=AT,
    )

    with pytest.raises(DomainError):
        make_run(evaluator, study)
