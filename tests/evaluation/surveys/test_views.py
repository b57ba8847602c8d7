"""Pages of the surveys: from an empty wave to answers, with every mistake shown on the way."""

import io
from functools import partial
from uuid import uuid4

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from evaluation.models import Response, SurveyImport, Wave
from kit.files import reading
from tests.evaluation.surveys.files import csv_file, spss_file, stata_file
from tests.factories.alliances import make_alliance, make_producer
from tests.factories.evaluation import AT, make_wave
from tests.pages import form_with

pytestmark = pytest.mark.django_db


@pytest.fixture
def wave(evaluator):
    return make_wave(evaluator)


@pytest.fixture
def producers():
    alliance = make_alliance("executing")
    return [make_producer(alliance) for _ in range(2)]


def send(client, wave, content, name="encuesta.csv", **values):
    file = SimpleUploadedFile(name, content)
    return client.post(
        reverse("evaluation:import-create", args=[wave.code]), {"file": file, **values}
    )


def decide(client, verb="confirm"):
    """Press a button of the preview of the only file, as it stands."""
    survey_import = SurveyImport.objects.get()
    page = client.get(reverse("evaluation:import-detail", args=[survey_import.pk]))
    form = page.context[verb]
    sent = {"key": form["key"].value(), "seen": form.initial.get("seen", "")}
    return partial(client.post, reverse(f"evaluation:import-{verb}", args=[survey_import.pk]), sent)


def rows_of(producers, **changes):
    return [{"documento": row.document_number, "wellbeing": "4"} | changes for row in producers]


def test_an_evaluator_opens_a_wave_and_adds_a_variable(evaluator, as_member):
    client = as_member(evaluator)
    sent = {
        "code": "seguimiento-2021",
        "title": "Seguimiento 2021",
        "collected_from": "2021-03-01",
        "collected_until": "2021-06-30",
    }

    answer = client.post(reverse("evaluation:wave-create"), sent)
    again = client.post(reverse("evaluation:wave-create"), sent)
    wave = Wave.objects.get()
    variable = {
        "name": "trust",
        "label": "Confianza",
        "kind": "choice",
        "measured": "after",
        "role": "outcome",
        "answers": "1 = Poca\n2=Mucha",
        "missing": "98 99",
    }
    added = client.post(reverse("evaluation:variable-create", args=[wave.code]), variable)

    assert answer.headers["Location"] == reverse("evaluation:wave-detail", args=[wave.code])
    assert again.status_code == 422
    assert added.status_code == 302
    stored = wave.variables.get(name="trust")
    assert stored.value_labels == {"1": "Poca", "2": "Mucha"}
    assert stored.missing_codes == ["98", "99"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"answers": "Poca"}, "code = label"),
        ({"answers": ""}, "at least one answer"),
        ({"name": "Con Fianza"}, "Small letters"),
        ({"name": "wellbeing"}, "already has"),
    ],
)
def test_a_crooked_variable_is_refused_beside_its_field(
    evaluator, wave, as_member, change, message
):
    sent = {
        "name": "trust",
        "label": "Confianza",
        "kind": "choice",
        "measured": "after",
        "role": "outcome",
        "answers": "1=Poca",
    } | change

    answer = as_member(evaluator).post(
        reverse("evaluation:variable-create", args=[wave.code]), sent
    )

    assert answer.status_code == 422
    assert message in answer.content.decode()


def test_one_answer_is_told_in_the_singular(evaluator, wave, producers, as_member):
    client = as_member(evaluator)

    preview_url = send(client, wave, csv_file(rows_of(producers[:1]))).headers["Location"]
    assert "Import 1 answer<" in client.get(preview_url).content.decode()
    answer = decide(client)(follow=True)

    assert "1 answer was imported." in answer.content.decode()


def test_a_file_goes_from_upload_to_answers(evaluator, wave, producers, as_member):
    client = as_member(evaluator)

    preview_url = send(client, wave, csv_file(rows_of(producers))).headers["Location"]
    preview = client.get(preview_url).content.decode()
    confirm = decide(client)
    answer, again = confirm(), confirm()
    other = client.post(confirm.args[0], confirm.args[1] | {"key": uuid4()})

    assert confirm.args[0] in preview
    assert producers[0].document_number not in preview  # masked
    assert answer.headers["Location"] == reverse("evaluation:wave-detail", args=[wave.code])
    assert Response.objects.count() == 2
    assert again.headers["Location"] == answer.headers["Location"]  # two clicks are one act
    assert other.status_code == 409
    assert "2 answers" in client.get(answer.headers["Location"]).content.decode()


@pytest.mark.parametrize(
    ("made", "name"), [(stata_file, "encuesta.dta"), (spss_file, "encuesta.sav")]
)
def test_a_statistical_file_goes_the_same_way(evaluator, wave, producers, as_member, made, name):
    client = as_member(evaluator)
    content = made(
        [{"documento": row.document_number, "wellbeing": 1.0} for row in producers],
        labels={"wellbeing": {1: "Mejor"}},
    )

    send(client, wave, content, name)
    decide(client)()

    assert {row.answers["wellbeing"] for row in Response.objects.all()} == {4}


def test_mistakes_are_shown_by_row_and_column_and_cannot_be_confirmed(
    evaluator, wave, producers, as_member
):
    client = as_member(evaluator)
    rows = rows_of(producers)
    rows[1] |= {"wellbeing": "Regular"}

    preview_url = send(client, wave, csv_file(rows)).headers["Location"]
    preview = client.get(preview_url)
    confirm = reverse("evaluation:import-confirm", args=[SurveyImport.objects.get().pk])
    forced = decide(client)()

    (error,) = preview.context["preview"].errors
    assert (error.row, error.column) == (3, "wellbeing")
    assert "«Regular» is not one of the answers." in preview.content.decode()
    assert confirm not in preview.content.decode()
    assert forced.headers["Location"] == preview_url
    assert not Response.objects.exists()


def test_columns_are_mapped_by_hand(evaluator, wave, producers, as_member):
    client = as_member(evaluator)
    rows = [{"CC": row.document_number, "p12": "5"} for row in producers]
    url = send(client, wave, csv_file(rows)).headers["Location"]

    before = client.get(url).content.decode()
    refused = client.post(url, {"column-0": "", "column-1": "wellbeing"})
    mapped = client.post(url, {"column-0": "@document", "column-1": "wellbeing"}, follow=True)

    assert "identifies the producer" in before
    assert refused.status_code == 422
    assert "Import 2 answers" in mapped.content.decode()


def test_columns_that_a_colleague_mapped_meanwhile_are_shown_and_not_overwritten(
    evaluator, wave, producers, as_member
):
    client = as_member(evaluator)
    rows = [{"CC": row.document_number, "p12": "5"} for row in producers]
    url = send(client, wave, csv_file(rows)).headers["Location"]
    mine = form_with(client.get(url).content.decode(), "column-1")
    client.post(url, {"column-0": "@document", "column-1": "wellbeing"})

    answer = client.post(url, mine | {"column-0": "@producer"})
    again = form_with(answer.content.decode(), "column-1")

    assert answer.status_code == 409
    assert SurveyImport.objects.get().mapping["CC"] == "@document"
    assert again["column-0"] == ["@producer"]
    mended = {"column-0": ["@document"], "column-1": ["wellbeing"]}
    assert client.post(url, again | mended).status_code == 302


def test_a_file_is_read_once_by_each_request(evaluator, wave, producers, as_member, monkeypatch):
    asked = []
    answer_of = reading.run
    monkeypatch.setattr(reading, "run", lambda *each: asked.append(1) or answer_of(*each))
    client = as_member(evaluator)

    send(client, wave, csv_file(rows_of(producers)))
    url = reverse("evaluation:import-detail", args=[SurveyImport.objects.get().pk])
    confirm = decide(client)
    client.post(url, {"column-0": "@document", "column-1": "wellbeing"})
    confirm()

    assert Response.objects.count() == 2
    assert len(asked) == 4


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("x.pdf", b"%PDF", "Only CSV"),
        ("x.csv", b"", "empty"),
        ("x.xlsx", b"PK\x03\x04", "cannot be opened"),
        ("x.csv", b"a,b\n1,2\n3\n", "do not match"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_at_the_door(
    evaluator, wave, as_member, name, content, message
):
    answer = send(as_member(evaluator), wave, content, name)

    assert answer.status_code == 422
    assert message in answer.content.decode()
    assert not SurveyImport.objects.exists()


def test_a_discarded_file_is_forgotten(evaluator, wave, producers, as_member):
    client = as_member(evaluator)
    send(client, wave, csv_file(rows_of(producers)))
    received = SurveyImport.objects.get()

    decide(client, "discard")()

    received.refresh_from_db()
    assert (received.status, received.content) == ("discarded", None)
    back = client.get(reverse("evaluation:import-detail", args=[received.pk]))
    assert back.headers["Location"] == reverse("evaluation:wave-detail", args=[wave.code])


def test_readers_read_waves_and_do_not_handle_files(evaluator, policy, wave, producers, as_member):
    send(as_member(evaluator), wave, csv_file(rows_of(producers)))
    received, client = SurveyImport.objects.get(), as_member(policy)

    assert client.get(reverse("evaluation:wave-detail", args=[wave.code])).status_code == 200
    for name in ("import-detail",):
        assert client.get(reverse(f"evaluation:{name}", args=[received.pk])).status_code == 403
    for name in ("import-confirm", "import-discard", "import-withdraw"):
        assert client.post(reverse(f"evaluation:{name}", args=[received.pk])).status_code == 403
    for name in ("wave-create",):
        assert client.get(reverse(f"evaluation:{name}")).status_code == 403
    for name in ("import-create", "variable-create"):
        assert client.get(reverse(f"evaluation:{name}", args=[wave.code])).status_code == 403


def test_outsiders_see_no_wave(outsider, wave, as_member):
    client = as_member(outsider)

    for name in ("wave-detail", "wave-template"):
        assert client.get(reverse(f"evaluation:{name}", args=[wave.code])).status_code == 403


@pytest.mark.parametrize("name", ["import-confirm", "import-discard"])
def test_decisions_do_not_answer_get_nor_strange_numbers(evaluator, as_member, name):
    client = as_member(evaluator)

    assert client.get(reverse(f"evaluation:{name}", args=[1])).status_code == 405
    assert client.post(reverse(f"evaluation:{name}", args=[999999])).status_code == 404


def test_the_template_has_every_impersonal_heading(evaluator, wave, as_member):
    answer = as_member(evaluator).get(reverse("evaluation:wave-template", args=[wave.code]))

    headings = answer.content.decode("utf-8-sig").strip().split(",")  # asked in English
    assert headings[0] == "documento"
    assert "ally_buys" in headings
    assert "respondent_name" not in headings


def test_the_list_of_waves_asks_the_same_queries_however_long(evaluator, as_member, query_counter):
    client, url = as_member(evaluator), reverse("evaluation:wave-list")
    make_wave(evaluator)
    client.get(url)
    few = query_counter(lambda: client.get(url))

    for _more in range(4):
        make_wave(evaluator)

    assert query_counter(lambda: client.get(url)) == few


def test_a_wave_asks_the_same_queries_however_many_its_files(
    evaluator, wave, producers, as_member, query_counter
):
    client, url = as_member(evaluator), reverse("evaluation:wave-detail", args=[wave.code])
    client.get(url)
    few = query_counter(lambda: client.get(url))

    for place in range(4):
        send(client, wave, csv_file(rows_of(producers, extra=str(place))))

    assert query_counter(lambda: client.get(url)) == few
    assert SurveyImport.objects.filter(received_at__gte=AT).count() == 4


def test_the_dictionary_says_what_was_settled_before_selection(evaluator, as_member, wave):
    page = as_member(evaluator).get(reverse("evaluation:wave-detail", args=[wave.code]))
    rows = page.content.decode().split("<tr>")

    said = {
        row.name: next(part for part in rows if f">{row.name}</th>" in part)
        for row in wave.variables.all()
    }

    assert "Before selection" in said["schooling_years"]
    assert "After selection" in said["sales_cop"]
    assert "selection" not in said["respondent_name"]


# -- What was read is what is imported -------------------------------------------------------------
def test_a_preview_that_is_no_longer_true_imports_nothing(evaluator, wave, producers, as_member):
    client = as_member(evaluator)
    url = send(client, wave, csv_file(rows_of(producers, p12="2"))).headers["Location"]
    confirm = decide(client)
    client.post(url, {"column-0": "@document", "column-2": "wellbeing"})

    answer = confirm()

    assert answer.status_code == 409
    assert "changed after you opened it" in answer.content.decode()
    assert not Response.objects.exists()


@pytest.mark.parametrize("verb", ["confirm", "discard"])
def test_a_decision_without_its_preview_is_not_taken(evaluator, wave, producers, as_member, verb):
    client = as_member(evaluator)
    url = send(client, wave, csv_file(rows_of(producers))).headers["Location"]
    received = SurveyImport.objects.get()

    address = reverse(f"evaluation:import-{verb}", args=[received.pk])
    answer = client.post(address, {"key": ""}, follow=True)

    assert answer.redirect_chain[-1][0] == url
    assert "decide from this page" in answer.content.decode()
    received.refresh_from_db()
    assert received.is_pending


# -- What stays outside ----------------------------------------------------------------------------
def preview_of_file(client, wave, content, name="encuesta.csv"):
    page = client.get(send(client, wave, content, name).headers["Location"])
    return page.context["preview"], page.content.decode()


def test_what_is_left_out_is_counted_on_the_button_and_success_is_not_announced(
    evaluator, wave, producers, as_member
):
    extra = {"comentario": "x", "hora": "8", "vacía": "", "respondent_name": "Rosa"}

    preview, page = preview_of_file(
        as_member(evaluator), wave, csv_file(rows_of(producers, **extra))
    )

    assert "Save 2 of 6 columns; 4 are left out" in page
    assert 'class="btn btn-secondary">Save 2' in page
    assert (preview.unread, preview.personal, preview.is_whole) == (
        ("comentario", "hora"),
        1,
        False,
    )
    assert "No mistake was found" not in page
    assert "2 columns left out, with data: comentario, hora" in page


def test_a_file_of_which_only_blanks_and_personal_columns_stay_outside_is_whole(
    evaluator, wave, producers, as_member
):
    extra = {"vacía": "", "respondent_name": "Rosa"}

    preview, page = preview_of_file(
        as_member(evaluator), wave, csv_file(rows_of(producers, **extra))
    )

    assert preview.is_whole
    assert 'class="btn btn-primary">Save 2 of 4 columns; 2 are left out' in page
    assert "1 personal column is never stored." in page


@pytest.mark.parametrize("mark", ["/", ".", ":", "-"])
def test_grouped_names_are_known_by_their_last_part(evaluator, wave, producers, as_member, mark):
    names = [row.name for row in wave.variables.filter(is_personal=False)]
    codes = {row.name: "1" for row in wave.variables.all()}
    rows = [
        {f"persona{mark}documento": row.document_number}
        | {f"hogar{mark}grupo{mark}{name}": codes[name] for name in names}
        for row in producers
    ]

    preview, page = preview_of_file(as_member(evaluator), wave, csv_file(rows, delimiter=";"))

    assert preview.left_out == 0
    assert preview.needs == ()
    assert "Import 2 answers" in page


def test_two_columns_with_one_last_part_are_asked(evaluator, wave, producers, as_member):
    rows = [
        {"documento": row.document_number, "a/wellbeing": "4", "b/wellbeing": "2", "ally_buys": "1"}
        for row in producers
    ]

    preview, page = preview_of_file(as_member(evaluator), wave, csv_file(rows))

    assert preview.doubtful == (("a/wellbeing", "b/wellbeing"),)
    assert "say below which one is meant" in page
    assert not preview.is_whole


def test_it_is_said_what_cannot_be_computed(evaluator, wave, producers, as_member):
    preview, page = preview_of_file(as_member(evaluator), wave, csv_file(rows_of(producers)))

    lacking = {need.result: need.variables for need in preview.needs}
    assert "ally_buys" in lacking["Chaining: the index of organisation and ally"]
    assert "wellbeing" not in lacking["Chaining: what goes with the levels"]
    assert "What cannot be computed with this file" in page


def test_rows_and_sheets_that_are_not_read_are_said(evaluator, wave, producers, as_member):
    workbook = openpyxl.Workbook()
    workbook.active.append(["Encuesta de 2021"])
    for row in (
        ["documento", "wellbeing"],
        [producers[0].document_number, "4"],
        [producers[1].document_number, None],
    ):
        workbook.active.append(row)
    workbook.create_sheet("Portada", 0).append(["Hecha en Pasto"])
    content = io.BytesIO()
    workbook.save(content)

    preview, page = preview_of_file(as_member(evaluator), wave, content.getvalue(), "e.xlsx")

    assert (preview.rows, preview.sheet, preview.above) == (2, "Sheet", (1,))
    assert "Only the sheet «Sheet» is read. Left out, with data: Portada." in page
    assert "Above the headings, row 1 is not read." in page
    assert "1 row has no answer at all" in page


def test_the_sheet_is_asked_where_none_has_the_headings(evaluator, wave, producers, as_member):
    workbook = openpyxl.Workbook()
    for page in (workbook.active, workbook.create_sheet("Otra")):
        for row in (["CC", "p12"], [producers[0].document_number, "4"], [1, 2]):
            page.append(row)
    content = io.BytesIO()
    workbook.save(content)
    client = as_member(evaluator)

    asked = send(client, wave, content.getvalue(), "e.xlsx")
    taken = send(client, wave, content.getvalue(), "e.xlsx", sheet="otra")

    assert "Say which one to read" in asked.content.decode()
    assert taken.status_code == 302
    assert SurveyImport.objects.get().sheet == "Otra"


# -- Withdrawing -----------------------------------------------------------------------------------
def test_a_corrected_file_is_told_what_stands_and_how_to_take_its_place(
    evaluator, wave, producers, as_member
):
    client = as_member(evaluator)
    send(client, wave, csv_file(rows_of(producers)))
    decide(client)()
    first = SurveyImport.objects.get()
    withdraw = reverse("evaluation:import-withdraw", args=[first.pk])

    _preview, page = preview_of_file(
        client, wave, csv_file(rows_of(producers, wellbeing="2")), "b.csv"
    )
    shown = client.get(withdraw)
    refused = client.post(withdraw, {"key": uuid4(), "reason": " "})
    why = {"reason": "Se subió con otra pregunta", "reason_code": "mistake"}
    done = client.post(withdraw, why, follow=True)

    assert "2 producers of this file already have answers in the wave, from «encuesta.csv»" in page
    assert f'href="{withdraw}"' in page
    assert "2 answers. No study will read them" in shown.content.decode()
    assert refused.status_code == 422
    assert "no study will read them" in done.content.decode()
    first.refresh_from_db()
    assert first.status == "withdrawn"
    assert Wave.objects.get().responses.count() == 2
    assert "0 answers" in done.content.decode()


def test_long_text_is_refused_and_never_cut_by_the_browser(evaluator, wave, producers, as_member):
    client = as_member(evaluator)
    send(client, wave, csv_file(rows_of(producers)))
    decide(client)()
    withdraw = reverse("evaluation:import-withdraw", args=[SurveyImport.objects.get().pk])

    page = client.get(withdraw).content.decode()
    refused = client.post(withdraw, {"key": uuid4(), "reason": "x" * 4001})

    assert "<textarea" in page
    assert "maxlength" not in page
    assert "at most 4000 characters (it has 4001)" in refused.content.decode()


def test_rows_left_out_are_downloaded_with_their_reasons(evaluator, wave, producers, as_member):
    client = as_member(evaluator)
    rows = [*rows_of(producers), *rows_of(producers[:1]), *rows_of(producers[:1], documento="77")]
    send(client, wave, csv_file(rows))
    survey_import = SurveyImport.objects.get()
    url = reverse("evaluation:import-detail", args=[survey_import.pk])
    sent = form_with(client.get(url).content.decode(), "column-0")
    client.post(url, sent | {"handling-repeated": "leave_out", "handling-unlinked": "leave_out"})
    download = reverse("evaluation:import-set-aside", args=[survey_import.pk])

    page = client.get(url).content.decode()
    before = client.get(download).content.decode("utf-8-sig").splitlines()
    decide(client)()
    after = client.get(download).content.decode("utf-8-sig").splitlines()

    assert "2 rows will not be stored" in page
    assert download in page
    assert "is not a document" in before[2]
    assert [line[0] for line in after[1:]] == ["4", "5"]
    assert wave.responses.count() == 2
