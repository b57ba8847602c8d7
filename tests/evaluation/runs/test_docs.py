"""The published dictionary says what the columns in code say, and covers every bridge."""

from django.conf import settings

from evaluation.estimators.chaining.spec import BEHAVIOUR
from evaluation.runs.rows.columns import BRIDGE
from evaluation.runs.rows.docs import dictionary_page
from evaluation.studies import dataset
from evaluation.studies.covariates import IMPACT_COVARIATES


def test_the_page_matches_the_columns() -> None:
    written = (settings.BASE_DIR / "docs" / "data-dictionary.md").read_text(encoding="utf-8")
    assert written == dictionary_page(), "run: manage.py write_data_dictionary"


def test_every_column_of_the_bridge_is_described() -> None:
    marked = {value for value in vars(dataset).values() if str(value)[:1] == "@"}
    assert {"producer", *marked, *BEHAVIOUR, *IMPACT_COVARIATES} <= set(BRIDGE)
