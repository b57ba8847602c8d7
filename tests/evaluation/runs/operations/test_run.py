"""A run of operations from launch to downloads: killed between parts, read, exported, launched."""

import csv
import io
import json
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import OperationalError
from django.urls import reverse

from alliances.models import Membership
from evaluation.models import Run
from evaluation.runs.jobs import Job, Prepared
from evaluation.runs.operations import work as operations_work
from evaluation.runs.selectors import parts_of
from evaluation.runs.services import claim_run, execute_run
from evaluation.runs.table import STALE_AFTER
from tests.evaluation.runs.operations.portfolio import UNTIL, portfolio, spec
from tests.factories.alliances import make_alliance, make_call, make_membership
from tests.factories.evaluation import AT, make_operations_study, make_run

pytestmark = pytest.mark.django_db
PARTS = [
    "funnel",
    "headline",
    "stages",
    "steps_of_requests",
    "bottlenecks",
    "actors",
    "returns",
    "payments",
    "contributions_paid",
    "administration",
    "support",
    "ruptures",
    "before_ruptures",
]
ASKED = {name: getattr(spec(), name) for name in ("from_on", "until_on", "minimum_cell")}


@pytest.fixture(autouse=True)
def hand_made(monkeypatch):
    """Workers read the portfolio that is reckoned by hand."""
    read_portfolio(monkeypatch)


def read_portfolio(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operations_work, "operations_rows", lambda asked: portfolio())


def work(at=AT):
    claimed = claim_run(at=at)
    execute_run(run_id=claimed.pk, token=claimed.claim_token, clock=lambda: at)


@pytest.fixture(scope="module")
def evaluator(module_rows: None) -> Membership:
    return make_membership("evaluator")


@pytest.fixture(scope="module")
def finished(evaluator) -> Run:
    make_call("A")
    run = make_run(evaluator, make_operations_study(evaluator, **ASKED))
    with pytest.MonkeyPatch.context() as patch:
        read_portfolio(patch)
        work()
    run.refresh_from_db()
    assert run.has_succeeded, run.failure_detail
    return run


def read(client, run, **headers):
    answer = client.get(reverse("evaluation:run-detail", args=[run.pk]), headers=headers)
    assert answer.status_code == 200
    return answer.content.decode()


def test_its_charts_keep_the_schema(finished, charts_by_schema):
    assert charts_by_schema(finished) == 2


def test_a_worker_that_dies_before_any_part_leaves_the_same_result(
    evaluator, finished, monkeypatch
):
    run, at, prepare = make_run(evaluator, finished.study), AT, operations_work.prepare

    def die(progress):
        raise OperationalError("killed")

    for name in [*PARTS, None]:

        def prepared(run, name=name):
            whole = prepare(run)
            jobs = (
                Job(job.name, job.phase, die) if job.name == name else job for job in whole.jobs
            )
            return Prepared(whole.fingerprint, tuple(jobs))

        monkeypatch.setattr(operations_work, "prepare", prepared)
        if name:
            with pytest.raises(OperationalError):
                work(at)
            assert list(parts_of(run)) == PARTS[: PARTS.index(name)]
        else:
            work(at)
        at += STALE_AFTER + timedelta(seconds=1)

    run.refresh_from_db()
    assert (run.status, run.attempt) == ("succeeded", len(PARTS) + 1)
    assert json.dumps(parts_of(run)) == json.dumps(parts_of(finished))
    assert run.fingerprint == finished.fingerprint


def test_a_minister_reads_sentence_and_three_figures_first(policy, as_member, finished):
    page = read(as_member(policy), finished)

    assert "half reached execution within 15 working days" in page
    assert "25% came late or are overdue" in page
    assert "81% arrived" in page
    order = [
        'class="finding"',
        'class="figures"',
        'id="apart"',
        'id="time"',
        "stages.en",
        'id="every"',
    ]
    assert sorted(order, key=page.index) == order
    assert "North" in page
    assert "Stored rows" in page
    for code in PARTS[2:]:
        assert f'id="section-{code}"' in page


def test_parts_are_shown_as_they_come(evaluator, as_member):
    run = make_run(evaluator, make_operations_study(evaluator, **ASKED))
    claimed = claim_run(at=AT)
    whole = operations_work.prepare(run)
    Run.objects.filter(pk=run.pk).update(fingerprint="0" * 64)
    pages = []
    for job in whole.jobs[:3]:
        run.parts.create(
            name=job.name, data=job.work(lambda *_: None), attempt=claimed.attempt, stored_at=AT
        )
        pages.append(read(as_member(evaluator), run))

    assert 'class="finding"' not in pages[0]
    assert "half reached execution" in pages[1]
    assert 'id="section-stages"' not in pages[1]
    assert 'id="section-stages"' in pages[2]


def test_what_is_not_enough_says_so_and_how_many(evaluator, as_member):
    study = make_operations_study(evaluator, **(ASKED | {"minimum_cell": 13}))
    run = make_run(evaluator, study)
    work()

    page = read(as_member(evaluator), run)

    assert "From profile to execution: too few alliances: 12." in page
    assert "There is not enough to tell." in page


def test_a_hidden_count_is_called_hidden(evaluator, policy, as_member):
    """Twelve alliances are fewer than thirteen: «no data» would be untrue."""
    run = make_run(evaluator, make_operations_study(evaluator, **(ASKED | {"minimum_cell": 13})))
    work()

    assert "Read: hidden alliances" in read(as_member(policy), run)
    assert "Read: 12 alliances" in read(as_member(evaluator), run)


def test_queries_of_the_page_are_few(evaluator, as_member, finished, query_counter):
    client = as_member(evaluator)
    url = reverse("evaluation:run-detail", args=[finished.pk])
    client.get(url)

    assert query_counter(lambda: client.get(url)) <= 15


def test_downloads_hold_every_figure(evaluator, as_member, finished):
    client = as_member(evaluator)
    whole = client.get(reverse("evaluation:run-result", args=[finished.pk, "json"])).json()
    table = client.get(reverse("evaluation:run-result", args=[finished.pk, "csv"]))
    rows = list(csv.DictReader(io.StringIO(table.content.decode("utf-8-sig"))))

    assert list(whole["result"]) == PARTS
    assert whole["specification"]["minimum_cell"] == 4
    assert len(rows) == sum(len(part.get("rows", ())) for part in whole["result"].values())
    (late,) = [
        row
        for row in rows
        if (row["table"], row["by"], row["what"], row["measure"])
        == ("payments", "all", "late", "share")
    ]
    assert (late["value"], late["n"], late["alliances"]) == ("0.25", "12", "12")
    (paid,) = [
        row
        for row in rows
        if (row["by"], row["what"], row["measure"]) == ("all", "government", "amounts")
    ]
    assert (paid["committed_cop"], paid["received_cop"]) == ("12000000.00", "9750001.50")
    absent = [row for row in rows if row["not_estimable"] == "few_cases"]
    assert absent
    assert not any(row["value"] for row in absent)


def test_the_api_tells_the_headline(policy, as_member, finished):
    told = as_member(policy).get(f"/api/v1/runs/{finished.pk}/").json()

    (first,) = [
        row for row in told["headline"] if (row["by"], row["what"]) == ("all", "to_execution")
    ]
    assert (told["kind"], first["median"], first["n"]) == ("operations", 15, 12)


def test_charts_are_drawn_in_both_languages_and_themes(evaluator, as_member, finished):
    names = ("stages", "late")
    drawn = finished.drawings.values_list("name", "language", "theme")

    assert sorted(drawn) == sorted(
        (name, language, theme)
        for name in names
        for language in ("es", "en")
        for theme in ("light", "dark")
    )


def test_it_is_launched_from_the_shell(evaluator, capsys):
    study = make_operations_study(evaluator, **ASKED)

    call_command("launch_run", study=study.slug, wait=True, format="json")

    told = json.loads(capsys.readouterr().out)
    assert (told["kind"], told["status"]) == ("operations", "succeeded")
    assert told["headline"][0]["what"] == "to_execution"


def test_a_later_study_is_stamped_with_the_runs_of_its_kind(evaluator, as_member, finished):
    later = make_operations_study(evaluator, **(ASKED | {"until_on": UNTIL.date()}))

    page = as_member(evaluator).get(reverse("evaluation:study-detail", args=[later.pk]))

    assert later.finished_before == [finished.pk]
    assert "One run of the same data had shown results" in page.content.decode()


def test_stored_rows_end_to_end(evaluator, as_member, monkeypatch):
    monkeypatch.undo()
    for _number in range(4):
        make_alliance("executing")
    run = make_run(evaluator, make_operations_study(evaluator, minimum_cell=3))
    work()
    run.refresh_from_db()

    assert run.has_succeeded, run.failure_detail
    assert "half reached execution within 0 working days" in read(as_member(evaluator), run)
