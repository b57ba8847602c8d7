"""A reader opens an impact run: nothing overflows, every check opens in place."""

from collections.abc import Callable

import pytest

from tests.browser.conftest import Visitor
from tests.evaluation.runs.impact.rows import impact_rows, impact_spec
from tests.evaluation.runs.impact.scene import make_impact_run, work_on
from tests.factories.alliances import make_membership

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(("size", "scheme"), [("phone", "dark"), ("desktop", "light")])
def test_an_impact_run_is_read(visitor: Callable[..., Visitor], size: str, scheme: str) -> None:
    run = work_on(make_impact_run(make_membership("evaluator"), impact_spec()), impact_rows())
    someone = visitor(make_membership("policy"), size, scheme)

    someone.go(f"/evaluacion/corridas/{run.pk}/")
    someone.look("impact")

    for check in someone.page.locator("details.check > summary").all():
        check.click()
    someone.settle()
    someone.look("impact-open")
