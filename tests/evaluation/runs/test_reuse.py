"""The next run of the same data reads the rows that an earlier run kept; never stale ones."""

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from django.conf import settings
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from alliances.models import Event, Membership, Producer
from evaluation.models import Response, Run, Study, SurveyImport
from evaluation.runs.giving.document import card_of
from evaluation.runs.perception import work as perception_work
from evaluation.runs.rows.keeping import RunFrames, frame_of
from evaluation.runs.selectors import parts_of
from evaluation.runs.services import claim_run, execute_run
from evaluation.studies import dataset
from evaluation.studies.impact_spec import ImpactSpec
from evaluation.studies.perception_spec import PerceptionSpec
from evaluation.studies.services import create_study, freeze_study
from evaluation.studies.sources import stamp_of_rows, tables_of
from paap.roles import as_owner
from tests.application import as_application
from tests.evaluation.estimators.synthetic import chaining_spec
from tests.evaluation.runs.impact.scene import undrawn
from tests.factories.alliances import make_membership
from tests.factories.evaluation import (
    AT,
    make_impact_study,
    make_import,
    make_run,
    make_snapshot,
    make_study,
    make_surveyed,
    make_wave,
    sell,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def storage(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture(scope="module")
def evaluator(module_rows: None) -> Membership:
    return make_membership("evaluator")


@pytest.fixture(scope="module")
def people(evaluator) -> list[Producer]:
    """Twelve alliances with a score, three of each answered."""
    producers = make_surveyed(make_wave(evaluator), evaluator, alliances=12, members=3)
    alliances = {producer.alliance_id: producer.alliance for producer in producers}
    for place, alliance in enumerate(alliances.values()):
        make_snapshot(alliance, f"{64 + place}.50")
    return producers


@pytest.fixture(scope="module")
def study(evaluator, people) -> Study:
    wave = Response.objects.first().wave
    return make_impact_study(
        evaluator,
        wave,
        outcomes=("income_change_cop",),
        treatment="in_execution",
        treated_by=date(2026, 3, 1),
        minimum_controls=2,
        placebos=0,
    )


@pytest.fixture
def reads(monkeypatch) -> list[str]:
    """The readers that were asked for rows of the tables."""
    asked: list[str] = []
    for kind, name in (("impact", "impact_rows"), ("chaining", "chaining_rows")):
        read = getattr(dataset, name)

        def counted(*args, read=read, name=name):
            asked.append(name)
            return read(*args)

        monkeypatch.setattr(f"evaluation.runs.{kind}.work.{name}", counted)
    return asked


def worked(evaluator, study: Study) -> Run:
    run = make_run(evaluator, study)
    claimed = claim_run(at=AT)
    with undrawn():
        execute_run(run_id=run.pk, token=claimed.claim_token, clock=lambda: AT)
    run.refresh_from_db()
    assert run.status == "succeeded", (run.failure_reason, run.failure_detail)
    return run


def test_the_next_run_of_the_same_data_takes_the_rows_of_the_first(evaluator, study, reads):
    one, other = (worked(evaluator, study) for _ in range(2))

    assert reads == ["impact_rows"]
    assert one.fingerprint == other.fingerprint
    assert parts_of(one) == parts_of(other)
    files = [set(run.rows.values_list("name", "file", "sha256", "source")) for run in (one, other)]
    assert files[0] == files[1]
    assert dict(card_of(other))["Rows"].startswith(f"those that run {one.pk} read")
    assert "Rows" not in dict(card_of(one))


def test_so_does_a_chaining_run(evaluator, people, reads):
    study = make_study(evaluator, Response.objects.first().wave)
    one, other = (worked(evaluator, study) for _ in range(2))

    assert reads == ["chaining_rows"]
    assert parts_of(one) == parts_of(other)


def test_another_question_reads_anew(evaluator, study, reads):
    worked(evaluator, study)
    asked = ImpactSpec.from_data({**study.specification, "treated_by": "2026-03-02"})
    other = make_impact_study(evaluator, study.wave, **vars(asked))
    worked(evaluator, other)

    assert reads == ["impact_rows"] * 2


def one_answer(people: list[Producer]) -> None:
    """By the owner's own hand, past the triggers and without an event."""
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE evaluation_response DISABLE TRIGGER USER")
        cursor.execute(
            "UPDATE evaluation_response SET answers = answers || '{\"income_change_cop\": 1}'"
            " WHERE producer_id = %s",
            [people[0].pk],
        )


def one_score(people: list[Producer]) -> None:
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE alliances_evaluationsnapshot DISABLE TRIGGER USER")
        cursor.execute(
            "UPDATE alliances_evaluationsnapshot SET score = score + 1 WHERE alliance_id = %s",
            [people[0].alliance_id],
        )


def one_event(people: list[Producer]) -> None:
    Event.objects.create(
        alliance=people[0].alliance,
        verb="rupture",
        duty="accompany",
        at=AT,
        from_status="executing",
        to_status="ruptured",
        reason="other",
    )


def one_profile(people: list[Producer]) -> None:
    Producer.objects.filter(pk=people[0].pk).update(farm_area_ha=9)


def one_more_answer(people: list[Producer]) -> None:
    first = Response.objects.order_by("pk").first()
    other = Producer.objects.get(pk=people[0].pk)
    other.pk, other.document_number = None, "1085999999"
    other.save(force_insert=True)
    Response.objects.create(
        wave=first.wave,
        producer=other,
        survey_import=make_import(first.wave, first.survey_import.received_by),
        source_row=2,
        answers=first.answers,
    )


def a_withdrawal(people: list[Producer]) -> None:
    SurveyImport.objects.update(status="withdrawn")


@pytest.mark.parametrize(
    "change",
    [one_answer, one_score, one_profile, one_more_answer],
    ids=lambda change: change.__name__,
)
def test_one_change_and_the_rows_are_read_anew(evaluator, study, people, reads, change):
    one = worked(evaluator, study)
    with transaction.atomic():
        change(people)
    other = worked(evaluator, study)

    assert reads == ["impact_rows"] * 2
    expected = dataset.impact_rows(study.wave, ImpactSpec.from_data(study.specification))
    kept = frame_of(other.rows.get(name="rows"))
    pd.testing.assert_frame_equal(kept, expected, check_dtype=False)
    assert "Rows" not in dict(card_of(other))
    if change is not one_profile:  # the study asks nothing of it
        assert one.fingerprint != other.fingerprint


@pytest.mark.parametrize("change", [one_event, a_withdrawal])
def test_an_event_and_a_withdrawal_give_another_stamp(study, people, change: Callable):
    before = stamp_of_rows(study)
    assert stamp_of_rows(study) == before
    change(people)
    assert stamp_of_rows(study) != before


def test_the_role_of_the_worker_may_take_the_stamp(study):
    with as_application():
        assert len(stamp_of_rows(study)) == 64


def test_a_damaged_file_is_not_taken(evaluator, study, reads):
    one = worked(evaluator, study)
    stored = one.rows.get(name="rows")
    (Path(settings.MEDIA_ROOT) / stored.file.name).write_bytes(b"x" * stored.size)

    other = worked(evaluator, study)

    assert reads == ["impact_rows"] * 2
    assert other.fingerprint == one.fingerprint


def test_rows_that_change_while_they_are_read_are_kept_under_a_source_that_never_returns(
    evaluator, study, people
):
    frames = RunFrames(make_run(evaluator, study))
    one_profile(people)  # after the stamp, before the rows
    assert frames.source != RunFrames(frames.run).source


def perception_study(evaluator, wave) -> Study:
    chaining = worked(evaluator, make_study(evaluator, wave)).study
    spec = PerceptionSpec(
        questions=("wellbeing",), groups=("chaining",), chaining_study=chaining.slug
    )
    study = create_study(
        title="Percepción", wave_id=wave.pk, specification=spec, acting=evaluator, at=AT
    )
    return freeze_study(study_id=study.pk, acting=evaluator, at=AT)


def test_the_stamp_covers_every_table_that_a_reader_reads(evaluator, study):
    """A join that is added to a reader must be added to the stamp."""
    wave = study.wave
    spec = ImpactSpec.from_data(study.specification)
    assert tables_read(lambda: dataset.impact_rows(wave, spec)) <= tables_of("impact")
    assert tables_read(lambda: dataset.decided_scores(wave, spec)) <= tables_of("impact")
    asked = chaining_spec()
    assert tables_read(lambda: dataset.chaining_rows(wave, asked)) <= tables_of("chaining")
    told = PerceptionSpec(questions=("wellbeing",))
    assert tables_read(lambda: dataset.perception_rows(wave, told)) <= tables_of("perception")


def test_the_surveyed_calls_are_looked_for_once_without_crossing_tables(study):
    """Stale statistics make PostgreSQL compare every row of one with every row of the others."""
    with CaptureQueriesContext(connection) as queries:
        stamp_of_rows(study)
    tables = [
        set(re.findall(r'(?:FROM|JOIN) "(\w+)"', query["sql"]))
        for query in queries.captured_queries
    ]
    of_answers = [names for names in tables if "evaluation_response" in names]
    assert sorted(map(len, of_answers)) == [1, 2]  # their versions; the alliances that answered
    assert not any("EXISTS" in query["sql"] for query in queries.captured_queries)


def tables_read(read: Callable[[], object]) -> set[str]:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        read()
    found = {
        name
        for query in queries.captured_queries
        for name in re.findall(r'(?:FROM|JOIN) "(\w+)"', query["sql"])
    }
    assert found
    return found


def test_levels_of_another_study_count_for_perception(evaluator, people):
    wave = Response.objects.first().wave
    study = perception_study(evaluator, wave)
    before = stamp_of_rows(study)
    agreement = people[0].alliance.agreements.get()
    sell(agreement, promised=9, delivered=9, price=1000, promised_on=date(2021, 6, 1))
    assert stamp_of_rows(study) != before
    assert perception_work.ANSWERS != "rows"  # nothing describes it: it is not given away
