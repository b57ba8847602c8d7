"""Pages of the surveys: from an empty wave to answers, with every mistake shown on the way."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from evaluation.models import Response, SurveyImport, Wave
from kit.files import reading
from tests.evaluation.surveys.files import csv_file, stata_file
from tests.factories.alliances import make_alliance, make_producer
from tests.factories.evaluation import AT, make_wave

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
    confirm = reverse("evaluation:import-confirm", args=[SurveyImport.objects.get().pk])
    answer = client.post(confirm, follow=True)

    assert "1 answer was imported." in answer.content.decode()


def test_a_file_goes_from_upload_to_answers(evaluator, wave, producers, as_member):
    client = as_member(evaluator)

    preview_url = send(client, wave, csv_file(rows_of(producers))).headers["Location"]
    preview = client.get(preview_url).content.decode()
    confirm = reverse("evaluation:import-confirm", args=[SurveyImport.objects.get().pk])
    answer = client.post(confirm)
    second = client.post(confirm)

    assert confirm in preview
    assert producers[0].document_number not in preview  # masked
    assert answer.headers["Location"] == reverse("evaluation:wave-detail", args=[wave.code])
    assert Response.objects.count() == 2
    assert second.status_code == 409
    assert "2 answers" in client.get(answer.headers["Location"]).content.decode()


def test_a_stata_file_goes_the_same_way(evaluator, wave, producers, as_member):
    client = as_member(evaluator)
    content = stata_file(
        [{"documento": row.document_number, "wellbeing": 1.0} for row in producers],
        labels={"wellbeing": {1: "Mejor"}},
    )

    send(client, wave, content, "encuesta.dta")
    client.post(reverse("evaluation:import-confirm", args=[SurveyImport.objects.get().pk]))

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
    forced = client.post(confirm)

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


def test_a_file_is_read_once_by_each_request(evaluator, wave, producers, as_member, monkeypatch):
    asked = []
    answer_of = reading.run
    monkeypatch.setattr(reading, "run", lambda *each: asked.append(1) or answer_of(*each))
    client = as_member(evaluator)

    send(client, wave, csv_file(rows_of(producers)))
    url = reverse("evaluation:import-detail", args=[SurveyImport.objects.get().pk])
    confirm = reverse("evaluation:import-confirm", args=[SurveyImport.objects.get().pk])
    client.get(url)
    client.post(url, {"column-0": "@document", "column-1": "wellbeing"})
    client.post(confirm)

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

    client.post(reverse("evaluation:import-discard", args=[received.pk]))

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
    for name in ("import-confirm", "import-discard"):
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

    headings = answer.content.decode("utf-8-sig").strip().split(";")
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
