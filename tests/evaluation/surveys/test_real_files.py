"""A data set that a public package ships, through the pages of the import, as Stata and as SPSS.

No package at hand ships a file of SPSS, nor one of Stata with value labels: the young men of
Griliches (1976), which statsmodels brings as ``griliches76.dta``, are written anew in both formats
with a document, labels, codes of «no answer» and accents, every number as it was.
"""

import tempfile
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pandas as pd
import pyreadstat
import pytest

from evaluation.models import Response, SurveyImport
from evaluation.surveys.services import add_variable
from tests.evaluation.surveys.test_views import decide, send
from tests.factories.alliances import make_alliance, make_producer
from tests.factories.evaluation import AT, make_wave

pytestmark = pytest.mark.django_db
LABELS = {"casado": {0: "Soltero", 1: "Casado"}, "región": {0: "Otra región", 1: "Sureña"}}
#: Years of schooling of a mother who is not known, as the survey codes it.
UNKNOWN = 99
PEOPLE = 60


def griliches() -> pd.DataFrame:
    """The first of the 758 men: every number as statsmodels ships it, some under Spanish names."""
    package = find_spec("statsmodels")
    assert package
    assert package.submodule_search_locations
    folder = Path(package.submodule_search_locations[0]) / "sandbox" / "regression" / "tests"
    rows, _meta = pyreadstat.read_dta(str(folder / "griliches76.dta"))
    kept = {"mrt": "casado", "rns": "región", "med": "estudios_madre", "lw": "salario", "iq": "ci"}
    return rows.rename(columns=kept)[list(kept.values())].head(PEOPLE)


def written(write: Callable[..., None], name: str, rows: pd.DataFrame, **options: Any) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        labels = {"salario": "Logaritmo del salario, según el año"}
        write(rows, str(path), variable_value_labels=LABELS, column_labels=labels, **options)
        return path.read_bytes()


FILES = {
    "griliches.dta": (pyreadstat.write_dta, {}),
    "griliches.sav": (pyreadstat.write_sav, {"missing_ranges": {"estudios_madre": [UNKNOWN]}}),
}


@pytest.mark.parametrize("name", FILES)
def test_a_public_data_set_is_imported_with_labels_missing_codes_and_accents(
    evaluator, as_member, name
):
    wave, alliance = make_wave(evaluator), make_alliance()
    producers = [make_producer(alliance) for _man in range(PEOPLE)]
    for variable, label, kind, more in (
        ("casado", "¿Está casado?", "choice", {"value_labels": {"1": "Casado", "2": "Soltero"}}),
        ("region", "Región", "choice", {"value_labels": {"5": "Sureña", "6": "Otra región"}}),
        ("estudios_madre", "Estudios de la madre", "integer", {"missing_codes": ["99"]}),
        ("salario", "Salario", "number", {}),
        ("ci", "Cociente", "number", {}),
    ):
        add_variable(
            wave_id=wave.pk,
            acting=evaluator,
            at=AT,
            name=variable,
            label=label,
            kind=kind,
            measured="before",
            **more,
        )
    rows = griliches()
    rows.loc[[3, 7], "estudios_madre"] = UNKNOWN
    rows.loc[5, "salario"] = None
    rows.insert(0, "documento", [each.document_number for each in producers])
    write, options = FILES[name]
    client = as_member(evaluator)

    url = send(client, wave, written(write, name, rows, **options), name).headers["Location"]
    page = client.get(url).content.decode()
    read_by = SurveyImport.objects.get().mapping
    decide(client)()

    assert f"Import {PEOPLE} answers" in page
    assert read_by == {
        "documento": "@document",
        "casado": "casado",
        "región": "region",
        "estudios_madre": "estudios_madre",
        "salario": "salario",
        "ci": "ci",
    }
    stored = dict(Response.objects.values_list("producer__document_number", "answers"))
    for row in rows.to_dict("records"):
        answers = stored[row["documento"]]
        assert answers["casado"] == (1 if row["casado"] else 2)  # by label: the codes differ
        assert answers["region"] == (5 if row["región"] else 6)
        known = row["estudios_madre"] != UNKNOWN
        assert answers.get("estudios_madre") == (row["estudios_madre"] if known else None)
        assert answers.get("salario") == (None if pd.isna(row["salario"]) else row["salario"])
        assert answers["ci"] == row["ci"]
