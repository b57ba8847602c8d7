"""``manage.py launch_run``: the same run, from the shell."""

import json
from datetime import date

import pytest
from django.core.management import CommandError, call_command

from evaluation.models import Run
from evaluation.runs.table import RunStatus
from tests.evaluation.estimators.rd.test_expected import CASES, table
from tests.evaluation.runs.impact.files import synthetic_wave
from tests.factories.alliances import end
from tests.factories.evaluation import make_impact_study, make_study, make_surveyed, make_wave

pytestmark = pytest.mark.django_db


@pytest.fixture
def study(evaluator):
    wave = make_wave(evaluator)
    make_surveyed(wave, evaluator, alliances=12, members=3)
    return make_study(evaluator, wave)


def test_a_study_is_launched_by_its_author(study, evaluator, capsys):
    call_command("launch_run", study=study.pk)

    run = Run.objects.get()
    assert (run.status, run.requested_by) == (RunStatus.QUEUED, evaluator)
    assert f"Run {run.pk} is in the queue" in capsys.readouterr().out


def test_waiting_works_the_run_to_its_end(study, capsys):
    call_command("launch_run", study=study.pk, wait=True)

    run = Run.objects.get()
    assert run.status == RunStatus.SUCCEEDED
    assert run.fingerprint in capsys.readouterr().out


def test_another_evaluator_may_launch_and_nobody_else(study, evaluator, policy):
    call_command("launch_run", study=study.pk, user=evaluator.user.username)

    with pytest.raises(CommandError, match="not an evaluator"):
        call_command("launch_run", study=study.pk, user=policy.user.username)


def test_an_author_who_left_launches_no_more(study, evaluator):
    end(evaluator, date(2026, 1, 1))

    with pytest.raises(CommandError, match="not an evaluator"):
        call_command("launch_run", study=study.pk)


def test_what_cannot_be_launched_is_said(study, evaluator):
    with pytest.raises(CommandError, match="no study"):
        call_command("launch_run", study=999999)
    with pytest.raises(CommandError, match="Freeze"):
        call_command("launch_run", study=make_study(evaluator, frozen=False).pk)
    call_command("launch_run", study=study.pk)
    with pytest.raises(CommandError, match="already running"):
        call_command("launch_run", study=study.pk)


def test_a_failed_run_fails_the_command(study, monkeypatch):
    def unfit(run):
        raise ValueError("off the scale")

    monkeypatch.setattr("evaluation.runs.chaining.work.prepare", unfit)

    with pytest.raises(CommandError, match="failed data"):
        call_command("launch_run", study=study.pk, wait=True)


def test_an_impact_study_is_launched_by_its_short_name_and_answers_json(evaluator, capsys):
    wave = synthetic_wave(evaluator, table("alianzas_sintetico.csv"))
    study = make_impact_study(
        evaluator,
        wave,
        outcomes=("ventas_cop",),
        treatment="answer",
        treatment_variable="participo",
        bandwidth_on="fuzzy",
        placebos=2,
    )

    call_command("launch_run", study=study.slug, wait=True, format="json")

    told = json.loads(capsys.readouterr().out)
    run = Run.objects.get()
    assert (told["run"], told["study"], told["fingerprint"]) == (
        run.pk,
        study.slug,
        run.fingerprint,
    )
    (row,) = told["headline"]
    assert set(row) == {
        "outcome",
        "coef_conventional",
        "se_conventional",
        "pv_robust",
        "ci_robust",
        "n",
        "h",
    }
    assert (row["outcome"], row["n"]) == ("ventas_cop", 796)
    expected = next(case for case in CASES if case["name"] == "alianzas_ventas_cop_cr3")["expected"]
    assert row["coef_conventional"] == pytest.approx(expected["coef_conventional"], rel=1e-6)
    assert row["ci_robust"] == pytest.approx(expected["ci_robust"], rel=1e-6)
