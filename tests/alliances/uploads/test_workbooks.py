"""Bodies and people by workbook: seen row by row first, each row its own act, nothing twice."""

from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import override
from openpyxl import Workbook, load_workbook

from alliances.invitations.models import Invitation
from alliances.invitations.services import Offer, invite
from alliances.invitations.workbook import WORD as PEOPLE
from alliances.lifecycle.models import Event
from alliances.models import Membership, Organisation, TableUpload, User
from alliances.register.workbook import WORD as BODIES
from alliances.uploads.plan import MOST_ROWS, TablePlan, plan_table
from alliances.uploads.registry import KINDS, RowOutcome
from alliances.uploads.services import KEPT_FOR, stage_table, take_in
from kit.errors import InvalidFile, NotAllowed
from kit.staging import LostUpload
from tests.application import as_application
from tests.factories.alliances import (
    CAST,
    make_department,
    make_membership,
    make_municipality,
    make_organisation,
)
from tests.pages import Browser

pytestmark = pytest.mark.django_db
BODY_HEADINGS = ["Tipo de entidad", "Nombre", "NIT", "Municipio", "Departamentos que atiende"]


@pytest.fixture
def admin() -> Membership:
    make_municipality("52001", "Pasto")
    return make_membership("admin")


def xlsx(headings: list[str], *rows: list[Any]) -> bytes:
    book = Workbook()
    for row in (headings, *rows):
        book.active.append(row)
    target = BytesIO()
    book.save(target)
    return target.getvalue()


def people(*rows: list[Any]) -> bytes:
    return xlsx(
        ["Nombre", "Correo", "Rol", "Entidad", "Desde", "Hasta", "Por qué está bien"], *rows
    )


def plan(word: str, content: bytes, admin: Membership) -> TablePlan:
    return plan_table(KINDS[word], file_name="t.xlsx", content=content, acting=admin, at=now())


def done(word: str, content: bytes, admin: Membership) -> list[RowOutcome]:
    upload = stage_table(KINDS[word], file_name="t.xlsx", content=content, acting=admin, at=now())
    with as_application():
        return take_in(KINDS[word], key=upload.key, acting=admin, clock=now)


def states(rows: Any) -> list[str]:
    return [row.state.value for row in rows]


def signed_in(member: Membership) -> Client:
    client = Browser(headers={"accept-language": "en"})
    client.force_login(member.user)
    return client


# -- Bodies ----------------------------------------------------------------------------------------
def test_bodies_are_registered_each_with_its_event_and_nothing_twice(admin: Membership) -> None:
    make_department("19", "Cauca")
    content = xlsx(
        [*BODY_HEADINGS, "Representante legal"],
        ["ogr", "OGR Sur", "900123456-8", "Pasto, Nariño", "nariño; 19", "Ana Ruiz"],
        ["Commercial ally", "Compradora", None, 52001, None, None],
    )
    outcomes = done(BODIES, content, admin)
    assert states(outcomes) == ["new", "new"]
    body = Organisation.objects.get(name="OGR Sur")
    assert (body.kind, body.nit, body.municipality_id) == ("ogr", "900123456-8", "52001")
    assert sorted(body.departments.values_list("pk", flat=True)) == ["19", "52"]
    assert body.legal_representative == "Ana Ruiz"
    registered = Event.objects.filter(verb="register_organisation", actor=admin.user)
    assert registered.count() == 2
    again = done(BODIES, content, admin)
    assert states(again) == ["left", "left"]
    assert "Registered already as «OGR Sur»" in again[0].says
    assert registered.count() == 2


def test_each_mistake_stands_beside_its_cell_and_what_is_right_enters(admin: Membership) -> None:
    content = xlsx(
        BODY_HEADINGS,
        ["ogr", "Buena", None, None, None],
        ["banco", "Mala", None, None, None],
        ["ogr", "Otra", "900123456-1", None, None],
        ["ogr", "Lejos", None, "Macondo", "Narnia"],
        ["ogr", "BUENA", None, None, None],
        ["ogr", None, None, None, None],
    )
    planned = plan(BODIES, content, admin)
    assert states(planned.rows) == ["new", *["refused"] * 5]
    cells = [(error.row, error.column) for error in planned.mistakes]
    assert cells == [
        (3, "A · Tipo de entidad"),
        (4, "C · NIT"),
        (5, "D · Municipio"),
        (5, "E · Departamentos que atiende"),
        (6, "A · Tipo de entidad"),
        (7, "B · Nombre"),
    ]
    assert "Row 2 already says this" in planned.rows[4].mistakes[0].message
    assert states(done(BODIES, content, admin)) == ["new", *["refused"] * 5]
    assert Organisation.objects.filter(name__in=["Buena", "Mala", "Otra", "Lejos"]).count() == 1


def test_form_and_file_refuse_the_same(admin: Membership) -> None:
    long = "x" * 121
    headings = ["Tipo de entidad", "Nombre", "Fecha de constitución", "Representante legal"]
    with override("en"):
        [row] = plan(BODIES, xlsx(headings, ["ogr", "Vieja", "01/01/2999", "Ana"]), admin).rows
    sent = {"kind": "ogr", "name": "Vieja", "founded_on": "2999-01-01", "legal_representative": "A"}
    page = signed_in(admin).post(reverse("alliances:body-create"), sent)
    assert page.status_code == 422
    assert row.mistakes[0].message in page.content.decode()
    assert row.mistakes[0].column == "C · Fecha de constitución"
    # Bodies are older than the programme.
    older = sent | {"founded_on": "1867-09-22"}
    [row] = plan(BODIES, xlsx(headings, ["ogr", "Otra", "22/09/1867", "Ana"]), admin).rows
    assert not row.mistakes
    page = signed_in(admin).post(reverse("alliances:body-create"), older)
    assert page.status_code == 302
    [row] = plan(BODIES, xlsx(headings, ["ogr", "Larga", None, long]), admin).rows
    assert row.mistakes[0].column == "D · Representante legal"


# -- People ----------------------------------------------------------------------------------------
def test_people_are_invited_each_by_itself_and_guarded_roles_wait(admin: Membership) -> None:
    ogr = make_organisation("ogr", name="OGR Sur")
    trustee = make_organisation("trustee", name="Fiduciaria")
    content = people(
        ["Ana Ruiz", "Ana@Example.org", "ogr", "ogr sur", "15/01/2027", "31/12/2027", None],
        ["Luis", "luis@example.org", "trustee", "Fiduciaria", None, None, None],
    )
    planned = plan(PEOPLE, content, admin)
    assert states(planned.rows) == ["new", "new"]
    assert "waits for a second administrator" in planned.rows[1].says
    assert not Invitation.objects.exists()
    first, second = done(PEOPLE, content, admin)
    assert "/invitacion/" in first.link
    assert second.link == ""
    assert "waits for a second administrator" in second.says
    ana = Invitation.objects.get(organisation=ogr)
    assert (ana.email, ana.name, str(ana.valid_until)) == (
        "ana@example.org",
        "Ana Ruiz",
        "2027-12-31",
    )
    assert "Ana Ruiz (ana@example.org)" in str(ana)
    assert Invitation.objects.get(organisation=trustee).waits_for_second
    assert Event.objects.filter(verb="invite").count() == 2
    again = done(PEOPLE, content, admin)
    assert states(again) == ["left", "left"]
    assert "waits already" in again[0].says
    assert Event.objects.filter(verb="invite").count() == 2


def test_what_the_form_refuses_of_a_person_the_file_refuses_at_its_cell(admin: Membership) -> None:
    make_organisation("ogr", name="OGR Sur")
    make_organisation("oga", name="Igual", nit="900123456-8")
    make_organisation("oga", name="Igual", nit="")
    member = make_membership("ogr", make_organisation("ogr", name="OGR Norte"))
    scorer = make_organisation("scorer", name="Universidad")
    member.user.email = "ya@example.org"
    member.user.save()
    content = people(
        ["a", "sin arroba", "ogr", "OGR Sur", None, None, None],
        ["b", "b@example.org", "trustee", "OGR Sur", None, None, None],
        ["c", "c@example.org", "ogr", "OGR Perdida", None, None, None],
        ["d", "d@example.org", "oga", "Igual", None, None, None],
        ["e", "e@example.org", "ogr", "OGR Sur", "10/02/2027", "10/01/2027", None],
        ["f", "ya@example.org", "ogr", "OGR Norte", None, None, None],
        ["g", "ya@example.org", "scorer", "Universidad", None, None, None],
        ["h", "ya@example.org", "scorer", "Universidad", None, None, "Solo califica otra región."],
        ["i", "i@example.org", "ogr", "OGR Sur", None, None, None],
        ["j", "I@example.org", "ogr", "OGR Sur", None, None, None],
    )
    rows = plan(PEOPLE, content, admin).rows
    assert states(rows) == [*["refused"] * 5, "left", "refused", "new", "new", "refused"]
    first = [row.mistakes[0].column if row.mistakes else "" for row in rows]
    assert first == [
        "B · Correo",
        "C · Rol",
        "D · Entidad",
        "D · Entidad",
        "F · Hasta",
        "",
        "G · Por qué está bien",
        "",
        "",
        "A · Nombre",
    ]
    outcome = done(PEOPLE, content, admin)[7]
    assert outcome.link
    event = Event.objects.filter(verb="invite", data__despite__isnull=False).get()
    assert event.data["despite"]["reason"] == "Solo califica otra región."
    assert Invitation.objects.filter(organisation=scorer).count() == 1


def test_a_preview_asks_the_same_of_the_database_for_two_rows_and_for_twelve(
    admin: Membership,
) -> None:
    body = make_organisation("ogr")
    for number in range(3):
        User.objects.filter(pk=make_membership("ogr").user_id).update(email=f"Vieja{number}@x.org")
    mails = [f"vieja{number}@x.org" for number in range(3)]
    mails += [f"nueva{number}@example.org" for number in range(9)]
    rows = [["", mail, "OGR", body.name, "", "", ""] for mail in mails]
    statements = []
    for some in (rows[2:4], rows):
        with CaptureQueriesContext(connection) as captured:
            assert states(plan(PEOPLE, people(*some), admin).rows) == ["new"] * len(some)
        statements.append(len(captured))
    assert statements[0] == statements[1] <= 6


def test_a_coordinator_invites_to_their_own_body_alone(admin: Membership) -> None:
    own = make_organisation("oga", name="OGA Propia")
    make_organisation("oga", name="OGA Ajena")
    coordinator = make_membership("coordinator", own)
    content = people(
        ["a", "a@example.org", "oga", "OGA Propia", None, None, None],
        ["b", "b@example.org", "oga", "OGA Ajena", None, None, None],
    )
    assert states(plan(PEOPLE, content, coordinator).rows) == ["new", "refused"]
    with pytest.raises(NotAllowed):
        stage_table(KINDS[BODIES], file_name="t.xlsx", content=b"", acting=coordinator, at=now())


def test_who_was_invited_between_preview_and_click_is_told_and_others_enter(
    admin: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What fails when it is done is told at its row, and the next row is done."""
    body = make_organisation("ogr", name="OGR Sur")
    content = people(
        ["a", "a@example.org", "ogr", "OGR Sur", None, None, None],
        ["b", "b@example.org", "ogr", "OGR Sur", None, None, None],
    )
    upload = stage_table(KINDS[PEOPLE], file_name="t.xlsx", content=content, acting=admin, at=now())
    planned = plan(PEOPLE, content, admin)
    invite(Offer(body, "ogr", "a@example.org"), acting=admin, at=now())
    monkeypatch.setattr("alliances.uploads.services.plan_table", lambda *_a, **_k: planned)
    outcomes = take_in(KINDS[PEOPLE], key=upload.key, acting=admin, clock=now)
    assert states(outcomes) == ["refused", "new"]
    assert "waits already" in outcomes[0].says


# -- Both ------------------------------------------------------------------------------------------
@pytest.mark.parametrize("word", [BODIES, PEOPLE])
def test_the_template_reads_back_and_its_example_fits_its_columns(
    word: str, admin: Membership
) -> None:
    answer = signed_in(admin).get(reverse("alliances:table-template", args=[word]))
    book = load_workbook(BytesIO(answer.content))
    sheet, columns = book.worksheets[0], KINDS[word].columns()
    assert [cell.value for cell in sheet[1]] == [column.heading for column in columns]
    for column in columns:
        if column.example:
            column.parse(column.example)
    assert sheet.data_validations.dataValidation
    for place, column in enumerate(columns, start=1):
        sheet.cell(2, place, column.example or None)
    target = BytesIO()
    book.save(target)
    assert len(plan(word, target.getvalue(), admin).rows) == 1


def test_the_order_of_columns_and_rows_changes_nothing(admin: Membership) -> None:
    rows = [["ogr", f"Entidad {number}", None, None, None] for number in range(4)]
    turned = [list(reversed(row)) for row in reversed(rows)]
    one = plan(BODIES, xlsx(BODY_HEADINGS, *rows), admin)
    other = plan(BODIES, xlsx(BODY_HEADINGS[::-1], *turned), admin)
    assert {(row.label, row.says, row.identity) for row in one.rows} == {
        (row.label, row.says, row.identity) for row in other.rows
    }
    assert states(one.rows) == states(other.rows) == ["new"] * 4


def test_what_is_no_such_table_is_refused_before_it_is_kept(admin: Membership) -> None:
    for content in (
        xlsx(["Nombre", "Apodo"], ["x", "y"]),
        xlsx(BODY_HEADINGS),
        xlsx(
            BODY_HEADINGS, *[["ogr", f"E{row}", None, None, None] for row in range(MOST_ROWS + 1)]
        ),
    ):
        with pytest.raises(InvalidFile):
            stage_table(KINDS[BODIES], file_name="t.xlsx", content=content, acting=admin, at=now())
    assert not TableUpload.objects.exists()


def test_the_pages_show_each_row_then_do_it_once(admin: Membership) -> None:
    make_organisation("ogr", name="OGR Sur")
    client, page = signed_in(admin), reverse("alliances:table-upload", args=[PEOPLE])
    content = people(
        ["Ana", "ana@example.org", "ogr", "OGR Sur", None, None, None],
        ["Luis", "luis", "ogr", "OGR Sur", None, None, None],
    )
    file = SimpleUploadedFile("gente.xlsx", content)
    preview = client.post(page, {"file": file}, follow=True)
    text = preview.content.decode()
    assert "Do this row" in text
    assert "B · Correo" in text
    key = TableUpload.objects.get().key
    marked = client.get(reverse("alliances:table-marked", args=[PEOPLE, key]))
    assert load_workbook(BytesIO(marked.content)).worksheets[0]["B3"].comment
    confirm = reverse("alliances:table-confirm", args=[PEOPLE, key])
    first = client.post(confirm)
    assert "/invitacion/" in first.content.decode()
    assert first["Cache-Control"]
    second = client.post(confirm).content.decode()
    assert "/invitacion/" not in second
    assert Invitation.objects.count() == 1
    assert client.get(reverse("alliances:table-upload", args=["nada"])).status_code == 404


def test_a_file_is_its_senders_and_ends_in_time(admin: Membership) -> None:
    other = make_membership("admin")
    content = xlsx(BODY_HEADINGS, ["ogr", "Una", None, None, None])
    upload = stage_table(KINDS[BODIES], file_name="t.xlsx", content=content, acting=admin, at=now())
    address = reverse("alliances:table-preview", args=[BODIES, upload.key])
    assert signed_in(other).get(address).status_code == 404
    for who, clock in ((other, now), (admin, lambda: now() + KEPT_FOR)):
        with pytest.raises(LostUpload):
            take_in(KINDS[BODIES], key=upload.key, acting=who, clock=clock)
    assert not Organisation.objects.filter(name="Una").exists()


@pytest.mark.parametrize("role", [role for role in CAST if role != "admin"])
def test_nobody_else_sends_them(role: str) -> None:
    client = signed_in(make_membership(role))
    for word in (BODIES, PEOPLE):
        assert client.get(reverse("alliances:table-upload", args=[word])).status_code == 403
        assert client.get(reverse("alliances:table-template", args=[word])).status_code == 403
