"""Reference rows: read by few, changed by administrators as whole files, told, and left alone."""

import csv
from io import StringIO
from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.test import Client
from django.urls import reverse
from django.utils.timezone import now
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alliances.lifecycle.models import Event
from alliances.models import CropWindow, Membership, MinimumWage, TableUpload
from alliances.reference.reading import plan_table
from alliances.reference.registry import TABLES
from alliances.reference.selectors import file_of, version_of_table
from alliances.reference.services import change_reference, stage_reference
from alliances.territory.services import TableCount, load_reference
from alliances.uploads.services import KEPT_FOR, sweep
from kit.errors import NotAllowed, Overtaken
from kit.exports import exchanged_cell, exchanged_text
from kit.staging import LostUpload
from kit.text import tidy
from tests.application import as_application
from tests.factories.alliances import CAST, make_membership
from tests.factories.fiduciary import make_protocols
from tests.pages import Browser, form_with

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module", autouse=True)
def _loaded(module_rows: None) -> None:
    load_reference()
    make_protocols()


def signed_in(role: str) -> Client:
    client = Browser(headers={"accept-language": "en"})
    client.force_login(make_membership(role).user)
    return client


def saved(word: str, file: str | bytes, admin: Membership, seen: str | None = None) -> TableCount:
    """The file sent and saved, as a person does it."""
    upload = staged(word, file, admin)
    return change_reference(word=word, key=upload.key, acting=admin, at=now(), seen=seen)


def staged(word: str, file: str | bytes, admin: Membership) -> TableUpload:
    content = file.encode() if isinstance(file, str) else file
    return stage_reference(word=word, file_name="t.csv", content=content, acting=admin, at=now())


def sent_by(client: Client, word: str, content: bytes) -> Any:
    page = reverse("alliances:reference-table", args=[word])
    return client.post(page, {"file": SimpleUploadedFile("t.csv", content)}, follow=True)


@pytest.mark.parametrize("word", TABLES)
def test_what_leaves_comes_in_again_and_changes_nothing(word: str) -> None:
    client = signed_in("admin")
    assert client.get(reverse("alliances:reference-list")).status_code == 200
    assert client.get(reverse("alliances:reference-table", args=[word])).status_code == 200
    file = client.get(reverse("alliances:reference-file", args=[word])).content
    assert "Nothing changes" in sent_by(client, word, file).content.decode()
    admin = make_membership("admin")
    with as_application():
        count = saved(word, file, admin)
    assert (count.created, count.updated, count.removed) == (0, 0, 0)
    assert count.unchanged > 0
    assert not Event.objects.filter(verb="change_reference").exists()


@given(data=st.data())
@settings(
    deadline=None,
    max_examples=15,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_whatever_its_rows_say_and_their_order_a_table_comes_back_the_same(data: Any) -> None:
    """Sources with signs of formulas, quotation marks, apostrophes; rows and columns moved."""
    letters = st.text("=+-@'\"«»;,|ñÁ 5", min_size=1, max_size=12)
    sources = data.draw(st.lists(letters.map(tidy).filter(bool), min_size=3, max_size=3))
    for year, source in zip((2020, 2021, 2022), sources, strict=True):
        MinimumWage.objects.filter(year=year).update(source=source)
    headings, *rows = csv.reader(StringIO(file_of(TABLES["salarios"])))
    order = data.draw(st.permutations(range(len(headings))))
    lines = [headings, *data.draw(st.permutations(rows))]
    target = StringIO()
    csv.writer(target).writerows([line[place] for place in order] for line in lines)
    plan = plan_table(TABLES["salarios"], "t.csv", target.getvalue().encode())
    assert plan.changes_nothing, plan
    assert plan.compared.unchanged == len(rows)


@given(text=st.text("=+-@\t'5.a", max_size=6))
def test_a_cell_that_is_exchanged_is_what_it_was(text: str) -> None:
    [cell] = next(csv.reader(StringIO(exchanged_text([text], []), newline="")), [""])
    assert exchanged_cell(cell) == text
    assert not cell.startswith(("=", "+", "@"))


def test_a_preview_tells_what_is_new_changed_and_left() -> None:
    client, rows = signed_in("admin"), file_of(TABLES["ventanas"]).splitlines()
    first = rows[1].replace(",low", ",high")
    assert first != rows[1]
    new = "cafe,Nariño,sowing,11-01,12-15,Ejemplo,low,2027-01-01,"
    page = sent_by(client, "ventanas", "\n".join([rows[0], first, *rows[2:], new]).encode())
    text = " ".join(page.content.decode().split())
    assert "confidence: «low» → «high»" in text
    assert "cafe · Nariño · sowing · 11-01" in text
    plan = page.context["plan"]
    assert [len(kind) for kind in (plan.compared.created, plan.compared.changed)] == [1, 1]
    assert plan.compared.unchanged == len(rows) - 2
    assert CropWindow.objects.count() == len(rows) - 1
    assert not CropWindow.objects.filter(source="Ejemplo").exists()


def test_a_shock_that_its_file_does_not_have_is_gone_and_the_preview_says_so() -> None:
    client, rows = signed_in("admin"), file_of(TABLES["choques"]).splitlines()
    page = sent_by(client, "choques", "\n".join(rows[:-1]).encode())
    assert len(page.context["plan"].compared.removed) == 1
    assert "Rows that are gone" in page.content.decode()


def test_a_window_is_ended_by_its_last_day_and_not_taken_out() -> None:
    table, rows = TABLES["ventanas"], file_of(TABLES["ventanas"]).splitlines()
    plan = plan_table(table, "t.csv", "\n".join(rows[:-1]).encode())
    assert [(error.row, error.column) for error in plan.mistakes] == [(0, "valid_until")]
    assert rows[-1].split(",")[0] in plan.mistakes[0].message
    assert plan.compared.removed == ()
    # While a row cannot be read nobody is told that what it meant is missing.
    spoilt = [*rows[:-1], rows[-1].replace("2002-01-01", "ayer")]
    plan = plan_table(table, "t.csv", "\n".join(spoilt).encode())
    assert [error.column for error in plan.mistakes] == ["valid_from"]


def test_a_window_follows_another_once_that_one_has_its_last_day() -> None:
    table, (headings, first, *rest) = TABLES["ventanas"], file_of(TABLES["ventanas"]).splitlines()
    assert first.endswith(",2002-01-01,")
    follows = first.replace("2002-01-01", "2027-01-01")
    plan = plan_table(table, "t.csv", "\n".join([headings, first, follows, *rest]).encode())
    assert [(error.row, error.column) for error in plan.mistakes] == [(3, "valid_from")]
    assert "Row 2" in plan.mistakes[0].message
    ends = f"{first}2026-12-31"
    plan = plan_table(table, "t.csv", "\n".join([headings, follows, ends, *rest]).encode())
    assert not plan.mistakes
    assert [len(plan.compared.created), len(plan.compared.changed)] == [1, 1]
    admin = make_membership("admin")
    with as_application():
        saved("ventanas", "\n".join([headings, ends, follows, *rest]), admin)
    again = plan_table(table, "t.csv", file_of(table).encode())
    assert again.changes_nothing


def test_an_administrator_changes_a_table_and_the_page_names_who() -> None:
    client = signed_in("admin")
    changed = file_of(TABLES["salarios"]) + "2099,3000000,Decreto de ejemplo,low\n"
    preview = sent_by(client, "salarios", changed.encode())
    key = TableUpload.objects.get().key
    sent = form_with(preview.content.decode(), "seen")
    confirm = reverse("alliances:reference-confirm", args=["salarios", key])
    answer = client.post(confirm, sent, follow=True)
    assert "1 rows are new, 0 changed, 0 are gone." in answer.content.decode()
    assert "Last changed by Persona" in answer.content.decode()
    assert MinimumWage.objects.get(year=2099).source == "Decreto de ejemplo"
    event = Event.objects.get(verb="change_reference")
    assert (event.data["table"], event.data["created"]) == ("minimum_wages.csv", 1)
    # A second click answers the same; what was saved keeps no bytes, and is no preview any more.
    assert "1 rows are new" in client.post(confirm, sent, follow=True).content.decode()
    assert Event.objects.filter(verb="change_reference").count() == 1
    assert TableUpload.objects.get().content is None
    preview_page = reverse("alliances:reference-preview", args=["salarios", key])
    assert client.get(preview_page).status_code == 404


def test_what_people_changed_stays_when_the_program_is_set_up_again() -> None:
    rows, admin = file_of(TABLES["ventanas"]).splitlines(), make_membership("admin")
    with as_application():
        saved("ventanas", "\n".join([*rows[:-1], f"{rows[-1]}2026-12-31"]), admin)
    call_command("load_reference")
    assert CropWindow.objects.filter(valid_until="2026-12-31").count() == 1


def test_a_bad_row_is_told_with_row_and_column_and_nothing_can_be_saved() -> None:
    client = signed_in("admin")
    bad = b"year,monthly_cop,source,confidence\n2026,mucho,x,low\n2099,3000000,x,low\n"
    page = sent_by(client, "salarios", bad)
    text = page.content.decode()
    assert "monthly_cop" in text
    assert "write only digits" in text
    assert "Save all of it" not in text
    assert [line.number for line in page.context["plan"].compared.created] == [3]
    upload = TableUpload.objects.get()
    confirm = reverse("alliances:reference-confirm", args=["salarios", upload.key])
    assert client.post(confirm, {"seen": version_of_table(TABLES["salarios"])}).status_code == 400
    assert not MinimumWage.objects.filter(year=2099).exists()


def test_what_the_database_would_refuse_is_told_at_its_row() -> None:
    plan = plan_table(
        TABLES["productos"],
        "t.csv",
        file_of(TABLES["productos"]).encode()
        + b"otro,Papa,Other,crop,short,4,,x,low,2002-01-01,\n",
    )
    assert [(error.row, error.column) for error in plan.mistakes] == [(47, "name_es")]
    assert not plan.changes_nothing


def test_a_spreadsheet_in_spanish_saves_it_with_semicolons_and_commas() -> None:
    text = file_of(TABLES["precios"]).replace(",", ";").replace(".", ",")
    plan = plan_table(TABLES["precios"], "t.csv", text.encode("cp1252"))
    assert not plan.mistakes
    assert all(
        change.column == "source" for line in plan.compared.changed for change in line.changes
    )


def test_what_is_no_such_table_is_refused_at_once() -> None:
    answer = sent_by(signed_in("admin"), "salarios", b"year,monthly_cop\n2026,1\n")
    assert answer.status_code == 422
    assert "This column is missing." in answer.content.decode()
    assert not TableUpload.objects.exists()


def test_who_read_an_older_table_overwrites_nobody() -> None:
    seen = version_of_table(TABLES["precios"])
    admin = make_membership("admin")
    text = file_of(TABLES["precios"])
    saved("precios", text + "1999,9.2,DANE,low\n", admin, seen)
    with pytest.raises(Overtaken):
        saved("precios", text + "1998,9.2,DANE,low\n", admin, seen)


def test_a_file_is_its_senders_and_is_forgotten_in_time() -> None:
    admin, other = make_membership("admin"), make_membership("admin")
    upload = staged("precios", file_of(TABLES["precios"]), admin)
    assert staged("precios", file_of(TABLES["precios"]), admin).pk == upload.pk
    for who, key in ((other, upload.key), (admin, UUID(int=7))):
        with pytest.raises(LostUpload):
            change_reference(word="precios", key=key, acting=who, at=now())
    assert sweep(at=now()) == 0
    with pytest.raises(LostUpload):
        change_reference(word="precios", key=upload.key, acting=admin, at=now() + KEPT_FOR)
    assert sweep(at=now() + KEPT_FOR) == 1


@pytest.mark.parametrize("role", [*CAST, "consultant", "coordinator"])
def test_nobody_but_administrators_changes_them(role: str) -> None:
    client, member = signed_in(role), make_membership(role)
    expected = 200 if role in ("eip", "evaluator") else 403
    for name in ("reference-table", "reference-file"):
        assert client.get(reverse(f"alliances:{name}", args=["salarios"])).status_code == expected
    assert client.post(reverse("alliances:reference-table", args=["salarios"])).status_code == 403
    key = UUID(int=7)
    for name in ("reference-preview", "reference-confirm"):
        address = reverse(f"alliances:{name}", args=["salarios", key])
        send = client.get if name == "reference-preview" else client.post
        assert send(address).status_code == 403
    with pytest.raises(NotAllowed):
        staged("salarios", b"", member)
    with pytest.raises(NotAllowed):
        change_reference(word="salarios", key=key, acting=member, at=now())


def test_a_table_that_is_not_kept_here_is_not_there() -> None:
    assert signed_in("admin").get("/referencias/municipios/").status_code == 404


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE alliances_minimumwage SET monthly_cop = 1",
        "DELETE FROM alliances_cropwindow",
        "UPDATE alliances_crop SET name_es = 'x' WHERE code = 'cafe'",
    ],
)
def test_the_application_changes_no_row_without_its_event(statement: str) -> None:
    together = pytest.raises(DatabaseError, match="only together with its event")
    with together, as_application(), connection.cursor() as cursor:
        cursor.execute(statement)
