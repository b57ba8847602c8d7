"""Charts of runs that ended before small counts were hidden: drawn anew, once, for everybody."""

import pytest
from django.db import connection
from django.urls import reverse

from alliances.models import Membership
from evaluation.models import Run, RunDrawing
from evaluation.runs.giving.pictures import pictures_of
from evaluation.runs.services import drawings_of
from paap.roles import as_owner
from tests.evaluation.runs.impact.rows import impact_rows, impact_spec
from tests.evaluation.runs.impact.scene import make_impact_run, work_on
from tests.factories.alliances import make_membership

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("module_media")]
OLD = "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'><text>3 profiles</text></svg>"


@pytest.fixture(scope="module")
def evaluator(module_rows: None) -> Membership:
    return make_membership("evaluator")


@pytest.fixture(scope="module")
def old(evaluator) -> Run:
    """A run whose charts show every count, as runs stored them once."""
    spec = impact_spec(outcomes=("sales_cop",), standardised=(), covariates=(), placebos=0)
    run = work_on(make_impact_run(evaluator, spec), impact_rows(alliances=60))
    assert set(run.drawings.values_list("hides_few", flat=True)) == {True}
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE evaluation_rundrawing DISABLE TRIGGER USER")
        cursor.execute("UPDATE evaluation_rundrawing SET hides_few = false, svg = %s", [OLD])
        cursor.execute("ALTER TABLE evaluation_rundrawing ENABLE TRIGGER USER")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")  # as each test expects them
    return run


@pytest.mark.parametrize("reader", ["evaluator", "policy"])
def test_a_chart_of_an_older_run_is_drawn_anew(old, reader, request, as_member):
    address = reverse("evaluation:run-drawing", args=[old.pk, "scores", "en", "light", "svg"])

    answer = as_member(request.getfixturevalue(reader)).get(address)

    assert answer.status_code == 200
    assert "3 profiles" not in answer.content.decode()


def test_it_is_drawn_once_and_what_was_stored_stays(old):
    before = RunDrawing.objects.filter(run=old).count()
    first = set(drawings_of(old).values_list("pk", flat=True))

    assert len(first) == before
    assert set(drawings_of(old).values_list("pk", flat=True)) == first
    assert RunDrawing.objects.filter(run=old, svg=OLD).count() == before


def test_reports_take_the_charts_drawn_anew(old):
    assert pictures_of(old, "es")("scores")
    assert RunDrawing.objects.filter(run=old, hides_few=True).exists()
