"""An evaluator launches the chaining run, watches it and reads it, in a real browser."""

from collections.abc import Callable

import pytest
from django.utils.timezone import now
from playwright.sync_api import expect

from evaluation.models import Run
from evaluation.runs.services import claim_run, execute_run
from tests.browser.conftest import Visitor
from tests.factories.alliances import make_membership
from tests.factories.evaluation import make_study, make_surveyed, make_wave

pytestmark = pytest.mark.django_db(transaction=True)
Open = Callable[..., Visitor]


@pytest.mark.parametrize(("size", "scheme"), [("phone", "dark"), ("desktop", "light")])
def test_an_evaluator_launches_watches_and_reads(
    visitor: Open, monkeypatch: pytest.MonkeyPatch, size: str, scheme: str
) -> None:
    # The worker is asleep until the page has shown the run waiting; then it works, beside it.
    monkeypatch.setattr("evaluation.runs.tasks.work_pending_runs.delay", lambda: None)
    evaluator = make_membership("evaluator")
    wave = make_wave(evaluator)
    make_surveyed(wave, evaluator, alliances=14, members=5)
    study = make_study(evaluator, wave, bootstrap_replicates=5)
    someone = visitor(evaluator, size, scheme)
    page = someone.page

    someone.go(f"/evaluacion/estudios/{study.pk}/")
    someone.look("study")
    page.locator("form[action$='correr/'] button").click()
    page.wait_for_url("**/corridas/*/")
    expect(page.locator("progress, [role=progressbar]").first).to_be_visible()
    someone.look("run-waiting")
    assert Run.objects.get().status == "queued"

    claimed = claim_run(at=now())
    assert claimed
    execute_run(run_id=claimed.pk, token=claimed.claim_token, clock=now)
    # The page reloads once the run has ended: its downloads are there only then.
    page.wait_for_selector("a[href$='informe.pdf']", timeout=30_000)
    expect(page.locator(".finding")).to_be_visible()
    someone.settle()
    someone.look("run")
    assert Run.objects.get().status == "succeeded"
