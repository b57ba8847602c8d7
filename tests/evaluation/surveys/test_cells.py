"""Answers stored for the right person, as they were given, from the file to the database."""

from decimal import Decimal
from uuid import uuid4

import pytest
from django.urls import reverse

from evaluation.models import Response
from evaluation.surveys.services import confirm_import, map_columns, receive_file
from kit.errors import InvalidFile
from tests.evaluation.surveys.files import csv_file, xlsx_file
from tests.factories.alliances import make_alliance, make_producer
from tests.factories.evaluation import AT, make_wave

pytestmark = pytest.mark.django_db


@pytest.fixture
def wave(evaluator):
    wave = make_wave(evaluator)
    wave.variables.create(name="share", label="Parte", kind="number", position=99)
    return wave


@pytest.fixture
def alliance():
    return make_alliance("executing")


@pytest.fixture
def producers(alliance):
    return [make_producer(alliance) for _ in range(3)]


def receive(wave, evaluator, content, name="encuesta.csv"):
    return receive_file(wave_id=wave.pk, file_name=name, content=content, acting=evaluator, at=AT)


def confirm(survey_import, evaluator):
    return confirm_import(import_id=survey_import.pk, acting=evaluator, at=AT)


def refused(survey_import, evaluator):
    with pytest.raises(InvalidFile) as refusal:
        confirm(survey_import, evaluator)
    assert not Response.objects.exists()
    return [(error.row, error.column, error.message) for error in refusal.value.errors]


def shares_of(producers, shares):
    pairs = zip(producers, shares, strict=True)
    return [{"documento": row.document_number, "share": share} for row, share in pairs]


def stored(producers):
    found = dict(Response.objects.values_list("producer", "answers"))
    return [found[row.pk].get("share") for row in producers]


# -- Who ------------------------------------------------------------------------------------------
def test_the_point_of_a_data_frame_leads_to_this_person_and_no_other(wave, evaluator, alliance):
    meant = make_producer(alliance, document_number="2283")
    make_producer(alliance, document_number="22830")

    rows = [{"documento": "2283.0", "share": "0.5"}]
    confirm(receive(wave, evaluator, csv_file(rows)), evaluator)

    assert Response.objects.get().producer == meant


def test_the_point_of_a_data_frame_in_a_programme_id(wave, evaluator, producers):
    rows = [{"id_programa": f"{producers[0].pk}.0", "share": "0.5"}]

    confirm(receive(wave, evaluator, csv_file(rows, delimiter=";")), evaluator)

    assert Response.objects.get().producer == producers[0]


@pytest.mark.parametrize(
    "written", ["{}.0", "{},0", "00{}", "{:,}", "{}\u00a0"], ids=lambda style: style
)
def test_one_person_however_the_document_is_written(wave, evaluator, producers, written):
    rows = [{"documento": written.format(int(producers[0].document_number)), "share": "0.5"}]

    confirm(receive(wave, evaluator, csv_file(rows, delimiter="|")), evaluator)

    assert Response.objects.get().producer == producers[0]


@pytest.mark.parametrize(
    ("written", "says"), [("98765432-1", "dash"), ("9.87E+07", "lost digits"), ("12.34", "lost")]
)
def test_a_document_that_may_be_two_is_asked(wave, evaluator, producers, written, says):
    rows = [{"documento": written, "share": "0.5"}]

    ((row, column, message),) = refused(receive(wave, evaluator, csv_file(rows)), evaluator)

    assert (row, column) == (2, "documento")
    assert says in message


# -- What -----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("build", "name", "written"),
    [
        (lambda rows: csv_file(rows, delimiter=";"), "e.csv", "0.125"),
        (lambda rows: csv_file(rows, delimiter=";"), "e.csv", "0,125"),
        (lambda rows: csv_file(rows, delimiter=","), "e.csv", "0,125"),
        (lambda rows: csv_file(rows, delimiter=","), "e.csv", "0.125"),
        (xlsx_file, "e.xlsx", "0.125"),
        (xlsx_file, "e.xlsx", "0,125"),
        (xlsx_file, "e.xlsx", 0.125),
    ],
)
def test_an_eighth_is_an_eighth_in_every_file(wave, evaluator, producers, build, name, written):
    content = build(shares_of(producers, [written] * 3))

    confirm(receive(wave, evaluator, content, name), evaluator)

    assert stored(producers) == [0.125] * 3


@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_a_column_that_can_be_read_in_two_ways_is_asked(wave, evaluator, producers, delimiter):
    rows = shares_of(producers, ["1.234", "7", "2.345"])

    found = refused(receive(wave, evaluator, csv_file(rows, delimiter=delimiter)), evaluator)

    assert [(row, column) for row, column, _message in found] == [(2, "share"), (4, "share")]
    assert "«1.234» can be read in two ways, 1234 or 1.234" in found[0][2]


@pytest.mark.parametrize(("mark", "expected"), [(",", [1234, 7, 2345]), (".", [1.234, 7, 2.345])])
def test_the_mark_that_somebody_chose_is_kept_and_used(wave, evaluator, producers, mark, expected):
    rows = shares_of(producers, ["1.234", "7", "2.345"])
    received = receive(wave, evaluator, csv_file(rows, delimiter=";"))

    chosen = map_columns(
        import_id=received.pk,
        mapping=received.mapping,
        marks={"share": mark},
        at=AT,
        acting=evaluator,
    )
    done = confirm(received, evaluator)

    assert chosen.decimal_marks == done.decimal_marks == {"share": mark}
    assert stored(producers) == expected


def test_a_chosen_mark_never_overrules_what_the_cells_show(wave, evaluator, producers):
    received = receive(wave, evaluator, csv_file(shares_of(producers, ["1.234", "7", "2.5"])))
    map_columns(
        import_id=received.pk,
        mapping=received.mapping,
        marks={"share": ","},
        at=AT,
        acting=evaluator,
    )

    confirm(received, evaluator)

    assert stored(producers) == [1.234, 7, 2.5]


def test_a_mark_that_is_none_is_not_kept(wave, evaluator, producers):
    received = receive(wave, evaluator, csv_file(shares_of(producers, ["1", "2", "3"])))

    chosen = map_columns(
        import_id=received.pk,
        mapping=received.mapping,
        marks={"share": "x", "otra": ","},
        at=AT,
        acting=evaluator,
    )

    assert chosen.decimal_marks == {}


def test_two_marks_in_one_column_name_both_cells(wave, evaluator, producers):
    rows = shares_of(producers, ["1.234,5", "7", "2.5"])

    ((row, column, message),) = refused(
        receive(wave, evaluator, csv_file(rows, delimiter=";")), evaluator
    )

    assert (row, column) == (4, "share")
    assert "«2.5» and «1.234,5», in row 2" in message


@pytest.mark.parametrize(
    ("build", "name"), [(xlsx_file, "e.xlsx"), (csv_file, "e.csv")], ids=["xlsx", "csv"]
)
@pytest.mark.parametrize("cell", ["#N/A", "#REF!", "#DIV/0!"])
def test_an_error_cell_is_never_no_answer(wave, evaluator, producers, build, name, cell):
    content = build(shares_of(producers, [0.5, cell, 0.5]))

    ((row, column, message),) = refused(receive(wave, evaluator, content, name), evaluator)

    assert (row, column) == (3, "share")
    assert cell in message


def test_a_formula_never_calculated_is_never_no_answer(wave, evaluator, producers):
    rows = shares_of(producers, [0.5, 0.25, "=B2+B3"])
    rows[0]["documento"] = '="10"&"85"'

    found = refused(receive(wave, evaluator, xlsx_file(rows), "e.xlsx"), evaluator)

    assert [(row, column) for row, column, _why in found] == [(2, "documento"), (4, "share")]
    assert all("never computed" in why for _row, _column, why in found)


def test_a_data_frame_with_gaps_is_stored_as_given(wave, evaluator, producers):
    rows = [
        {"documento": f"{row.document_number}.0", "wellbeing": "4.0", "share": "1500000.0"}
        for row in producers
    ]
    rows[1] |= {"wellbeing": "", "share": "NaN"}

    confirm(receive(wave, evaluator, csv_file(rows)), evaluator)

    assert stored(producers) == [1_500_000, None, 1_500_000]
    assert Response.objects.get(producer=producers[0]).answers["wellbeing"] == 4


# -- The preview says what will be stored ---------------------------------------------------------
def page_of(client, received):
    return client.get(reverse("evaluation:import-detail", args=[received.pk]))


def test_preview_shows_what_will_be_stored(wave, evaluator, producers, as_member):
    rows = shares_of(producers, ["0.125", "1500.5", ""])
    for row, answer in zip(rows, ["4", "Mejor", "2"], strict=True):
        row |= {"wellbeing": answer, "de_mas": "x", "respondent_name": "Rosa"}
    received = receive(wave, evaluator, csv_file(rows, delimiter=";"))

    answer = page_of(as_member(evaluator), received)

    share, wellbeing = answer.context["preview"].stored
    assert (share.answered, share.blank) == (2, 1)
    assert (share.minimum, share.median, share.maximum) == ("0.125", "750.3125", "1,500.5")
    assert share.first == ("0.125", "1,500.5", "—")
    assert dict(wellbeing.counts) == {"Mejor": 2, "Peor": 1}
    body = answer.content.decode()
    assert "2 columns are left out" in body
    assert "Save 3 of 5 columns; 2 are left out" in body
    assert "Rosa" not in body


def test_preview_asks_for_the_mark_only_where_it_is_needed(wave, evaluator, producers, as_member):
    client = as_member(evaluator)
    rows = shares_of(producers, ["1.234", "7", "2.345"])
    received = receive(wave, evaluator, csv_file(rows, delimiter=";"))
    url = reverse("evaluation:import-detail", args=[received.pk])

    asked = client.get(url).content.decode()
    mapped = {"column-0": "@document", "column-1": "share", "mark-column-1": ","}
    answered = client.post(url, mapped, follow=True)

    assert "With a decimal comma: «1.234» is 1234" in asked
    assert "With a decimal point: «1.234» is 1.234" in asked
    assert "Choose below how these columns write their numbers: share." in asked
    assert "mark-column-0" not in asked
    (share,) = answered.context["preview"].stored
    assert (share.minimum, share.maximum) == ("7", "2,345")
    assert answered.context["preview"].can_be_confirmed
    key, seen = uuid4(), answered.context["survey_import"].version
    sent = {"key": key, "seen": seen}
    client.post(reverse("evaluation:import-confirm", args=[received.pk]), sent)
    assert stored(producers) == [1234, 7, 2345]


def test_figures_of_the_preview_are_those_of_the_database(wave, evaluator, producers, as_member):
    rows = shares_of(producers, ["1.234,5", "-0,0004", "12.000.000"])
    received = receive(wave, evaluator, csv_file(rows, delimiter=";"))

    (share,) = page_of(as_member(evaluator), received).context["preview"].stored
    confirm(received, evaluator)

    shown = [Decimal(each.replace(",", "")) for each in share.first]
    assert shown == [Decimal(repr(each)) for each in stored(producers)]
