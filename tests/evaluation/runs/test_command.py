"""``manage.py launch_run``: the same run, from the shell."""

from datetime import date

import pytest
from django.core.management import CommandError, call_command

from alliances.models import Membership
from evaluation.models import Run
from evaluation.runs.table import Status
from tests.factories.evaluation import make_study, make_surveyed, make_wave

pytestmark = pytest.mark.django_db


@pytest.fixture
def study(evaluator):
    wave = make_wave(evaluator)
    make_surveyed(wave, evaluator, alliances=12, members=3)
    return make_study(evaluator, wave)


def test_a_study_is_launched_by_its_author(study, evaluator, capsys):
    call_command("launch_run", study=study.pk)

    run = Run.objects.get()
    assert (run.status, run.requested_by) == (Status.QUEUED, evaluator)
    assert f"Run {run.pk} is in the queue" in capsys.readouterr().out


def test_waiting_works_the_run_to_its_end(study, capsys):
    call_command("launch_run", study=study.pk, wait=True)

    run = Run.objects.get()
    assert run.status == Status.SUCCEEDED
    assert run.fingerprint in capsys.readouterr().out


def test_another_evaluator_may_launch_and_nobody_else(study, evaluator, policy):
    call_command("launch_run", study=study.pk, user=evaluator.user.username)

    with pytest.raises(CommandError, match="not an evaluator"):
        call_command("launch_run", study=study.pk, user=policy.user.username)


def test_an_author_who_left_launches_no_more(study, evaluator):
    Membership.objects.filter(pk=evaluator.pk).update(valid_until=date(2026, 1, 1))

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
