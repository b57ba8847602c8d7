"""An evaluator writes an impact study, launches it, cancels it, launches it again, reads it while
checks go on, downloads it and compares."""

import csv
import io
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from django.utils.timezone import now
from playwright.sync_api import expect

from evaluation.models import Run, Study
from evaluation.runs.impact import work
from evaluation.runs.kinds import kind_of
from evaluation.runs.services import Claim, claim_run, execute_run
from tests.browser.conftest import SCREENSHOTS, Visitor
from tests.evaluation.estimators.rd.test_expected import table
from tests.evaluation.runs.impact.files import synthetic_wave
from tests.evaluation.runs.impact.rows import impact_rows, impact_spec
from tests.evaluation.runs.impact.scene import make_impact_run, work_on
from tests.factories.alliances import make_membership

pytestmark = pytest.mark.django_db(transaction=True)
Open = Callable[..., Visitor]


@pytest.mark.parametrize(("size", "scheme"), [("phone", "light"), ("desktop", "dark")])
def test_an_impact_run_is_read(visitor: Open, size: str, scheme: str) -> None:
    run = work_on(make_impact_run(make_membership("evaluator"), impact_spec()), impact_rows())
    someone = visitor(make_membership("policy"), size, scheme)

    someone.go(f"/evaluacion/corridas/{run.pk}/")
    someone.look("impact")

    for check in someone.page.locator("details.check > summary").all():
        check.click()
    someone.settle()
    someone.look("impact-open")


@pytest.mark.parametrize(("size", "scheme"), [("phone", "dark"), ("desktop", "light")])
def test_an_evaluator_writes_launches_cancels_watches_reads_downloads_and_compares(
    visitor: Open, monkeypatch: pytest.MonkeyPatch, size: str, scheme: str
) -> None:
    # The worker is asleep; the parts come when the page has been seen without them.
    monkeypatch.setattr("evaluation.runs.tasks.work_pending_runs.delay", lambda: None)
    evaluator = make_membership("evaluator")
    wave = synthetic_wave(evaluator, table("alianzas_sintetico.csv"))
    someone = visitor(evaluator, size, scheme)
    page = someone.page

    someone.go("/evaluacion/estudios/")
    someone.press("Escribir un estudio")
    someone.look("study-begin")
    page.locator("input[name=kind][value=impact]").check()
    page.locator("select[name=wave]").select_option(str(wave.pk))
    page.locator("form[method=get].form button").click()
    someone.settle()
    someone.look("study-form")
    _write(someone)
    someone.look("study-open")
    study = Study.objects.get()
    assert (study.kind, study.specification["outcomes"]) == ("impact", ["ventas_cop"])

    page.locator("form[action$='congelar/'] button").click()
    someone.settle()
    someone.look("study-frozen")
    page.locator("form[action$='correr/'] button").first.click()
    page.wait_for_url("**/corridas/*/")
    page.locator("form[action$='cancelar/'] button").click()
    someone.settle()
    someone.look("impact-cancelled")
    cancelled = Run.objects.get()
    assert cancelled.status == "cancelled"

    run = _launched_again(someone, study)
    claim = _first_parts(run)
    expect(page.locator(".finding")).to_be_visible(timeout=15_000)
    expect(page.get_by_role("progressbar").or_(page.locator("progress")).first).to_be_visible()
    someone.look("impact-streaming")

    execute_run(run_id=run.pk, token=claim.token, clock=now)
    page.wait_for_selector("a[href$='informe.pdf']", timeout=30_000)
    someone.settle()
    someone.look("impact-finished")
    with page.expect_download() as download:
        page.get_by_label("Otros archivos y comparar").click()
        page.locator("a[href$='resultado.csv']").click()
    text = download.value.path().read_text("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text), delimiter=";"))  # as a Spanish Excel opens it
    headline = next(row for row in rows if row["table"] == "headline")
    assert headline["outcome"] == "ventas_cop"
    assert float(headline["coef_conventional"].replace(",", ".")) > 0
    with page.expect_download() as download:
        page.locator("a[href$='informe.pdf']").click()
    _look_at_paper(someone, download.value.path())

    again = _launched_again(someone, study)
    execute_run(run_id=again.pk, token=_first_parts(again).token, clock=now)
    someone.go(f"/evaluacion/corridas/{again.pk}/comparar/?other={run.pk}")
    someone.look("impact-compared")
    expect(page.get_by_text("las dos corridas preguntaron lo mismo")).to_be_visible()


def _launched_again(someone: Visitor, study: Study) -> Run:
    """From the study's page, whose run it is then."""
    someone.go(f"/evaluacion/estudios/{study.pk}/")
    someone.page.locator("form[action$='correr/'] button").first.click()
    someone.page.wait_for_url("**/corridas/*/")
    return Run.objects.latest("pk")


def _look_at_paper(someone: Visitor, path: Path) -> None:
    """The report is a PDF of some pages; they are drawn where pictures are asked for."""
    assert path.read_bytes().startswith(b"%PDF")
    if SCREENSHOTS and shutil.which("pdftoppm"):
        target = f"{SCREENSHOTS}/impact-report-{someone.name}"
        subprocess.run(["pdftoppm", "-r", "60", "-png", str(path), target], check=True)


def _write(someone: Visitor) -> None:
    """One outcome, treatment by an answer, and the six covariates of before."""
    page = someone.page
    page.locator("input[name=title]").fill("Impacto en las ventas")
    for name in ("outcomes", "standardised", "covariates"):
        ticked = page.locator(f"input[name={name}]:checked")
        while ticked.count():
            ticked.first.uncheck()
    page.locator("input[name=outcomes][value=ventas_cop]").check()
    page.locator("input[name=treatment][value=answer]").check()
    page.locator("select[name=treatment_variable]").select_option("participo")
    for name in ("edad", "mujer", "upa_ha"):
        page.locator(f"input[name=covariates][value={name}]").check()
    someone.press("Guardar el estudio")


def _first_parts(run: Run) -> Claim:
    """What a worker leaves in its first moment: the headline, before any check."""
    claimed = claim_run(at=now())
    assert claimed == run
    assert claimed.claim_token
    claim = Claim(run.pk, claimed.claim_token, now)
    prepared = work.prepare(claimed)
    claim.begin(prepared.fingerprint, kind_of(claimed).versions())
    for job in prepared.jobs[:3]:
        claim.store(job.name, job.work(lambda phase, done: None))
    return claim
