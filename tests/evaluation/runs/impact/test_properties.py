"""What must not change what a run stores: another order of rows, columns that nobody asked for,
rows that the study leaves out."""

import json
from typing import Any

import pandas as pd
import pytest

from alliances.models import Membership
from evaluation.models import Run
from evaluation.runs.selectors import parts_of
from evaluation.studies.impact_spec import Exclusion
from tests.evaluation.estimators.rd.test_expected import table
from tests.evaluation.runs.impact.files import (
    SYNTHETIC,
    imported_wave,
    run_of,
    surveyed_producers,
)
from tests.evaluation.runs.impact.scene import undrawn
from tests.factories.alliances import make_membership

pytestmark = pytest.mark.django_db
ASKED: dict[str, Any] = {
    "outcomes": ("ventas_cop", "utilidad_cop"),
    "standardised": ("ventas_cop",),
    "treatment": "answer",
    "treatment_variable": "participo",
    "covariates": ("edad", "mujer"),
    "balance_draws": 49,
}
#: Parts that speak of everybody, those left out too.
OF_ALL = {"funnel", "density", "density_departments", "heaping", "departments"}


@pytest.fixture(scope="module")
def evaluator(module_rows: None) -> Membership:
    return make_membership("evaluator")


@pytest.fixture(scope="module")
def rows(evaluator) -> pd.DataFrame:
    """The synthetic survey, with the producer of each row."""
    rows = table("alianzas_sintetico.csv")
    return rows.assign(producer=surveyed_producers(rows))


def stored(run: Run) -> dict[str, str]:
    """Each part, to the byte."""
    return {name: json.dumps(part) for name, part in parts_of(run).items()}


def charts(run: Run) -> list[tuple[str, ...]]:
    figures = run.drawings.order_by("name", "language", "theme")
    return list(figures.values_list("name", "language", "theme", "svg"))


def run_on(evaluator, rows: pd.DataFrame, columns=SYNTHETIC, **changes: Any) -> Run:
    """The study on a wave of its own, whose file holds these rows in their order."""
    wave = imported_wave(evaluator, rows, columns, rows["producer"].tolist())
    return run_of(evaluator, wave, **(ASKED | changes))


@pytest.fixture(scope="module")
def plain(evaluator, rows) -> Run:
    return run_on(evaluator, rows)


@pytest.mark.parametrize("seed", [1, 2])
def test_neither_the_order_of_rows_nor_another_column_changes_a_byte(evaluator, rows, plain, seed):
    shuffled = rows.sample(frac=1, random_state=seed)
    columns = {"zapatos": ("number", "after"), **dict(reversed(SYNTHETIC.items()))}

    other = run_on(evaluator, shuffled.assign(zapatos=range(len(rows))), columns)

    assert stored(other) == stored(plain)
    assert charts(other) == charts(plain)
    assert other.fingerprint == plain.fingerprint


def test_leaving_a_department_out_equals_deleting_its_rows(evaluator, rows):
    code = int(rows["departamento"].mode()[0])
    with undrawn():
        left_out = run_on(
            evaluator, rows, exclusions=(Exclusion(f"{code:02d}", "Cambió puntajes"),)
        )

        deleted = run_on(evaluator, rows[rows["departamento"] != code])

    ours, theirs = stored(left_out), stored(deleted)
    assert set(ours) - OF_ALL
    assert {name: ours[name] for name in set(ours) - OF_ALL} == {
        name: theirs[name] for name in set(theirs) - OF_ALL
    }
    analysed = [parts_of(run)["funnel"]["analysed"] for run in (left_out, deleted)]
    assert analysed[0] == analysed[1] < len(rows)
