"""Reference rows: read by few, changed by administrators as whole files, told, and left alone."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.test import Client
from django.urls import reverse
from django.utils.timezone import now

from alliances.lifecycle.models import Event
from alliances.models import CropWindow, MinimumWage
from alliances.reference.selectors import TABLES, file_of, version_of_table
from alliances.reference.services import change_reference
from alliances.territory.services import load_reference
from kit.errors import NotAllowed, Overtaken
from tests.application import as_application
from tests.factories.alliances import CAST, make_membership
from tests.pages import Browser, form_with

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _loaded() -> None:
    load_reference()


def signed_in(role: str) -> Client:
    client = Browser(headers={"accept-language": "en"})
    client.force_login(make_membership(role).user)
    return client


@pytest.mark.parametrize("word", TABLES)
def test_what_leaves_comes_in_again_and_changes_nothing(word: str) -> None:
    client = signed_in("admin")
    assert client.get(reverse("alliances:reference-list")).status_code == 200
    assert client.get(reverse("alliances:reference-table", args=[word])).status_code == 200
    file = client.get(reverse("alliances:reference-file", args=[word])).content
    admin = make_membership("admin")
    with as_application():
        count = change_reference(word=word, file=file, acting=admin, at=now())
    assert (count.created, count.updated, count.removed) == (0, 0, 0)
    assert count.unchanged > 0
    assert not Event.objects.filter(verb="change_reference").exists()


def test_an_administrator_changes_a_table_and_the_page_names_who() -> None:
    client, page = signed_in("admin"), reverse("alliances:reference-table", args=["salarios"])
    changed = file_of(TABLES["salarios"]) + "2099,3000000,Decreto de ejemplo,low\n"
    sent = form_with(client.get(page).content.decode(), "seen")
    upload = SimpleUploadedFile("salarios.csv", changed.encode())
    answer = client.post(page, sent | {"file": upload}, follow=True)
    assert "1 rows are new, 0 changed, 0 are gone." in answer.content.decode()
    assert "Last changed by Persona" in answer.content.decode()
    assert MinimumWage.objects.get(year=2099).source == "Decreto de ejemplo"
    event = Event.objects.get(verb="change_reference")
    assert (event.data["table"], event.data["created"]) == ("minimum_wages.csv", 1)


def test_what_people_changed_stays_when_the_program_is_set_up_again() -> None:
    rows, admin = file_of(TABLES["ventanas"]).splitlines(), make_membership("admin")
    fewer = "\n".join(rows[:-1]).encode()
    with as_application():
        change_reference(word="ventanas", file=fewer, acting=admin, at=now())
    call_command("load_reference")
    assert CropWindow.objects.count() == len(rows) - 2


def test_a_bad_file_is_refused_whole_with_row_and_column() -> None:
    client, page = signed_in("admin"), reverse("alliances:reference-table", args=["salarios"])
    upload = SimpleUploadedFile(
        "salarios.csv", b"year,monthly_cop,source,confidence\n2026,mucho,x,low\n"
    )
    answer = client.post(
        page, form_with(client.get(page).content.decode(), "seen") | {"file": upload}
    )
    assert answer.status_code == 422
    assert "monthly_cop" in answer.content.decode()


def test_who_read_an_older_table_overwrites_nobody() -> None:
    seen = version_of_table(TABLES["precios"])
    admin = make_membership("admin")
    lines = file_of(TABLES["precios"]).splitlines()
    change_reference(word="precios", file="\n".join([*lines, "1999,9.2,DANE,low"]).encode(),
                     acting=admin, at=now(), seen=seen)  # fmt: skip
    with pytest.raises(Overtaken):
        change_reference(
            word="precios", file="\n".join(lines).encode(), acting=admin, at=now(), seen=seen
        )


@pytest.mark.parametrize("role", [*CAST, "consultant", "coordinator"])
def test_nobody_but_administrators_changes_them(role: str) -> None:
    client = signed_in(role)
    expected = 200 if role in ("eip", "evaluator") else 403
    for name in ("reference-table", "reference-file"):
        assert client.get(reverse(f"alliances:{name}", args=["salarios"])).status_code == expected
    assert client.post(reverse("alliances:reference-table", args=["salarios"])).status_code == 403
    with pytest.raises(NotAllowed):
        change_reference(word="salarios", file=b"", acting=make_membership(role), at=now())


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
