"""An evaluator writes a study of operations without a survey, and a minister reads its run."""

from collections.abc import Callable

import pytest

from evaluation.models import Study
from evaluation.runs.operations import work
from evaluation.runs.services import claim_run, execute_run
from tests.browser.conftest import Visitor
from tests.evaluation.runs.operations.portfolio import portfolio, spec
from tests.factories.alliances import make_membership
from tests.factories.evaluation import AT, make_operations_study, make_run

pytestmark = pytest.mark.django_db(transaction=True)
Open = Callable[..., Visitor]


@pytest.mark.parametrize(("size", "scheme"), [("phone", "dark"), ("desktop", "light")])
def test_a_run_of_operations_is_read(
    visitor: Open, monkeypatch: pytest.MonkeyPatch, size: str, scheme: str
) -> None:
    monkeypatch.setattr(work, "operations_rows", lambda spec: portfolio())
    choices = {name: getattr(spec(), name) for name in ("from_on", "until_on", "minimum_cell")}
    evaluator = make_membership("evaluator")
    run = make_run(evaluator, make_operations_study(evaluator, **choices))
    claimed = claim_run(at=AT)
    execute_run(run_id=run.pk, token=claimed.claim_token, clock=lambda: AT)
    someone = visitor(make_membership("policy"), size, scheme)

    someone.go(f"/evaluacion/corridas/{run.pk}/")
    someone.look("operations")
    for section in someone.page.locator("details.section > summary").all():
        section.click()
    someone.settle()
    someone.look("operations-open")


def test_a_study_is_written_without_a_survey(visitor: Open) -> None:
    someone = visitor(make_membership("evaluator"), "phone", "light")
    page = someone.page

    someone.go("/evaluacion/estudios/nuevo/")
    page.locator("input[name=kind][value=operations]").check()
    page.locator("form[method=get].form button").click()
    someone.settle()
    someone.look("operations-form")
    page.locator("input[name=title]").fill("Operación de 2026")
    page.locator("form.form-long .form-foot button").click()
    page.wait_for_url("**/evaluacion/estudios/*/")
    someone.look("operations-open-study")

    assert Study.objects.get().wave is None
