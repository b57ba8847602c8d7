"""A wave's dictionary goes out as an XLSForm, and what Kobo answers comes back as its variables."""

import io
import re
from typing import Any

import openpyxl
import pytest

from evaluation.models import SurveyImport, Variable, Wave
from evaluation.surveys.selectors import dictionary, preview_of
from evaluation.surveys.services import add_variable, confirm_import, receive_file
from evaluation.surveys.xlsform import GROUP, xlsform_of
from tests.evaluation.surveys.files import csv_file
from tests.factories.alliances import make_alliance, make_producer
from tests.factories.evaluation import AT, make_wave

pytestmark = pytest.mark.django_db
LABELS = ("label::Español (es)", "label::English (en)")


@pytest.fixture
def wave(evaluator):
    wave = make_wave(evaluator)
    values: dict[str, Any] = {"wave_id": wave.pk, "at": AT, "acting": evaluator}
    add_variable(
        **values,
        name="agrees",
        label="¿Acepta responder?",
        label_en="Do you agree to answer?",
        kind="yes_no",
        measured="before",
        role="consent",
    )
    add_variable(**values, name="village", label="=Vereda", kind="text")
    return wave


def sheets_of(wave: Wave) -> dict[str, list[dict[str, Any]]]:
    workbook = openpyxl.load_workbook(io.BytesIO(xlsform_of(wave, dictionary(wave))))
    sheets = {}
    for sheet in workbook:
        headings, *rows = sheet.iter_rows(values_only=True)
        sheets[sheet.title] = [dict(zip(headings, row, strict=True)) for row in rows]
    return sheets


def test_the_form_is_well_built(wave):
    sheets = sheets_of(wave)
    survey, choices = sheets["survey"], sheets["choices"]
    lists = {row["list_name"] for row in choices}
    names = [row["name"] for row in survey if row["type"] != "end_group"]

    assert list(sheets) == ["survey", "choices", "settings"]
    assert len(names) == len(set(names))
    assert all(re.fullmatch("[A-Za-z_][A-Za-z0-9_.-]*", name) for name in names)
    used = {row["type"].split()[1] for row in survey if row["type"].startswith("select_one")}
    assert used == lists
    codes = [(row["list_name"], row["name"]) for row in choices]
    assert len(codes) == len(set(codes))
    asked = [row for row in survey if row["type"] not in ("start", "end", "end_group")]
    assert all(row[label] for row in [*asked, *choices] for label in LABELS)
    (settings,) = sheets["settings"]
    assert (settings["form_id"], settings["default_language"]) == (wave.code, "Español (es)")


def test_the_form_asks_what_the_dictionary_says(wave):
    sheets = sheets_of(wave)
    rows = {row["name"]: row for row in sheets["survey"] if row["type"] != "end_group"}

    assert "respondent_name" not in rows
    assert rows[GROUP]["relevant"] == "${agrees} = '1'"
    assert list(rows).index("agrees") < list(rows).index(GROUP) < list(rows).index("documento")
    assert rows["schooling_years"]["type"] == "integer"
    assert rows["schooling_years"]["constraint"] == "(. >= 0 and . <= 25) or . = 98 or . = 99"
    assert rows["sales_cop"]["constraint"] == ". >= 0 and . <= 2000000000"
    assert (rows["wellbeing"]["required"], rows["village"]["required"]) == ("yes", None)
    assert rows["village"][LABELS[0]] == "=Vereda"
    answers = [
        (row["name"], row[LABELS[0]], row[LABELS[1]])
        for row in sheets["choices"]
        if row["list_name"] == rows["wellbeing"]["type"].split()[1]
    ]
    assert answers[:2] == [("1", "Mucho peor", "Much worse"), ("2", "Peor", "Worse")]
    assert [code for code, *_labels in answers[-2:]] == ["98", "99"]


def test_what_kobo_answers_comes_back_as_the_same_variables(wave, evaluator):
    sheets = sheets_of(wave)
    alliance = make_alliance("executing")
    rows = [_answered(sheets, make_producer(alliance).document_number, "1") for _ in range(2)]
    rows.append(dict.fromkeys(rows[0], "") | {"_id": "9", "agrees": "0"})
    content = csv_file(rows, delimiter=";")

    received = receive_file(
        wave_id=wave.pk, file_name="kobo.csv", content=content, acting=evaluator, at=AT
    )
    preview = preview_of(received)
    done = confirm_import(import_id=received.pk, acting=evaluator, at=AT)

    asked = set(wave.variables.filter(is_personal=False).values_list("name", flat=True))
    assert (preview.unread, preview.errors, preview.doubtful) == ((), (), ())
    assert {target for target in received.mapping.values() if target} == asked | {"@document"}
    assert [set(row.answers) for row in wave.responses.all()] == [asked, asked]
    assert done.set_aside == [[4, "no_consent", None]]
    assert SurveyImport.objects.get().stored_rows == 2


def _answered(sheets: dict[str, list[dict[str, Any]]], document: str, agrees: str) -> dict:
    """A row as Kobo exports it: questions under their group, and what it adds by itself."""
    row = {"start": "2021-03-02T08:00:00-05:00", "end": "2021-03-02T08:30:00-05:00"}
    first = {}
    for choice in sheets["choices"]:
        first.setdefault(choice["list_name"], choice["name"])
    group = ""
    for question in sheets["survey"]:
        kind, name = question["type"], question["name"]
        if kind in ("begin_group", "end_group"):
            group = f"{name}/" if kind == "begin_group" else ""
        elif name == "documento":
            row[f"{group}{name}"] = document
        elif kind.startswith("select_one"):
            row[f"{group}{name}"] = first[kind.split()[1]]
        elif kind in ("integer", "decimal", "text"):
            row[f"{group}{name}"] = "1"
    added = {"_id": "7", "_uuid": "a-b", "_submission_time": "2021-03-02T13:31:00", "_tags": "x"}
    return row | {"agrees": agrees} | added


def test_several_answers_in_one_question_are_read_from_their_columns(wave, evaluator):
    producer = make_producer(make_alliance("executing"))
    row = {
        "documento": producer.document_number,
        "agrees": "1",
        "why": "motivation_inputs",
        "why/motivation_inputs": "1",
        "why/motivation_advice": "0",
    }

    received = receive_file(
        wave_id=wave.pk, file_name="k.csv", content=csv_file([row]), acting=evaluator, at=AT
    )

    assert preview_of(received).unread == ()
    confirm_import(import_id=received.pk, acting=evaluator, at=AT)
    assert wave.responses.get().answers == {
        "agrees": 1,
        "motivation_inputs": 1,
        "motivation_advice": 0,
    }
    assert Variable.objects.filter(wave=wave, role="consent").count() == 1
