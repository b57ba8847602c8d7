"""Importing whole files through the page: previewed, once, whole, by those who may."""

import time
from datetime import date, timedelta
from importlib import import_module
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import time_machine
from django.apps import apps
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from alliances.calls.models import Call
from alliances.lifecycle.audit import verify_audit
from alliances.lifecycle.duties import Duty
from alliances.lifecycle.models import Alliance, Event
from alliances.lifecycle.selectors import may_act
from alliances.models import Organisation, Producer, ProfileImport, ProfileUpload
from alliances.preparation.services import import_profiles
from alliances.territory.services import load_reference
from alliances.uploads.services import sweep
from alliances.uploads.tasks import sweep_uploads
from kit.errors import NotAllowed
from kit.files import reading
from kit.staging import LostUpload
from tests.alliances.preparation.conftest import at_once, client_of
from tests.alliances.preparation.open_document import open_document
from tests.alliances.preparation.workbooks import (
    Book,
    national_workbook,
    producer_row,
    profile_row,
    saved,
)
from tests.factories.alliances import (
    AT,
    make_alliance,
    make_call,
    make_crop,
    make_membership,
    make_municipality,
    make_organisation,
    make_producer,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


@pytest.fixture
def call() -> Call:
    make_municipality()
    make_crop()
    return make_call("2026")


@pytest.fixture
def ogr(call: Call) -> Client:
    return client_of(make_membership("ogr"))


def send(client: Client, call: Call, content: bytes, name: str = "perfiles.xlsx") -> Any:
    return client.post(
        reverse("alliances:import-profiles"),
        {"call": call.pk, "file": SimpleUploadedFile(name, content)},
    )


def staged(client: Client, call: Call, content: bytes, name: str = "perfiles.xlsx") -> UUID:
    """Upload a good file; the key of its preview."""
    answer = send(client, call, content, name)
    assert answer.status_code == 302, answer.context["mistakes"]
    return ProfileUpload.objects.get().key


def confirm(client: Client, key: UUID) -> Any:
    return client.post(reverse("alliances:import-confirm", args=[key]))


def imported(client: Client, call: Call, content: bytes, name: str = "perfiles.xlsx") -> None:
    assert confirm(client, staged(client, call, content, name)).status_code == 302


# -- The whole country through the page ------------------------------------------------------------
def test_national_workbook_enters_through_the_page_in_a_few_seconds(
    django_capture_on_commit_callbacks: Any,
) -> None:
    load_reference()
    call, eip = make_call("2026"), client_of(make_membership("eip"))
    book = national_workbook(profiles=50, producers=40)
    content = book.xlsx()

    with time_machine.travel(AT, tick=True):
        started = time.process_time()  # a busy machine takes no longer by this clock
        key = staged(eip, call, content)
        preview = eip.get(reverse("alliances:import-preview", args=[key]))
        with django_capture_on_commit_callbacks(execute=True):
            done = confirm(eip, key)
        took = time.process_time() - started

    assert (len(preview.context["plan"].profiles), preview.context["plan"].producers) == (50, 2000)
    assert done.status_code == 302
    assert took < 12
    assert Alliance.objects.filter(call=call, status="draft").count() == 50
    assert Producer.objects.count() == 2000
    assert {row["municipality_code"] for row in book.profiles} == set(
        Alliance.objects.values_list("municipality", flat=True)
    )
    assert Alliance.objects.filter(municipality="05001", code="2026-05-0001").exists()
    assert verify_audit().broken == ()
    assert not ProfileUpload.objects.exists()


def test_queries_of_an_import_do_not_grow_with_its_rows(call: Call) -> None:
    acting = make_membership("ogr")
    counts = []
    for profiles, producers in ((1, 2), (12, 30)):
        book = Book([], [])
        for number in range(1, profiles + 1):
            serial = number + 100 * profiles
            book.profiles.append(profile_row(serial, code=f"P{number}"))
            book.producers += [
                producer_row(serial * 100 + each, profile=f"P{number}") for each in range(producers)
            ]
        key = staged(client_of(acting), call, book.xlsx())
        with CaptureQueriesContext(connection) as queries:
            import_profiles(key=key, acting=acting, at=AT)
        counts.append(len(queries))
    assert counts[1] <= counts[0]  # the departments served are read once
    assert counts[1] < 45


# -- What a file may look like ---------------------------------------------------------------------
def test_profile_and_producers_are_stored_as_written(ogr: Client, call: Call) -> None:
    imported(ogr, call, Book().xlsx())
    alliance = Alliance.objects.get()
    assert alliance.code == "2026-52-0001"
    assert alliance.organisation.nit == Book().profiles[0]["nit"]
    assert alliance.ally is not None
    assert alliance.route == "intermediate"
    assert alliance.total_value_cop == 700_000_000
    producer = alliance.producers.get(document_number="27000001")
    assert (producer.document_kind, producer.sex, producer.tenure) == ("cc", "f", "owner")
    assert (producer.born_on.isoformat(), producer.household_key) == ("1983-05-17", "H00001")
    assert (str(producer.farm_area_ha), producer.monthly_income_cop) == ("2.50", 900_000)
    assert (producer.literate, producer.had_earlier_support) == (True, False)


def test_forms_of_a_hurried_hand_are_understood(ogr: Client, call: Call) -> None:
    book = Book()
    book.profiles[0] |= {
        "municipality_code": 52001,
        "crop": "PAPA ",
        "nit": " 900.100.001-" + book.profiles[0]["nit"][-1],
        "total_value_cop": "$ 700.000.000",
        "route": "BASICA",
        "founded_on": "9/3/2017",
    }
    book.producers[0] |= {
        "document_number": "12.345.678",
        "document_kind": "cédula",
        "sex": "mujer",
        "born_on": "17/05/1983",
        "farm_area_ha": "2,5\u00a0",
        "agricultural_income_share": "85 %",
        "literate": "X",
        "special_group": "indigena",
        "phone": None,
        "farm_name": None,
    }
    imported(ogr, call, book.xlsx())
    alliance = Alliance.objects.get()
    assert (alliance.municipality_id, alliance.crop.name_es) == ("52001", "Papa")
    assert alliance.route == "basic"
    producer = alliance.producers.get(document_number="12345678")
    assert (producer.special_group, producer.phone, producer.farm_name) == ("indigenous", "", "")


@pytest.mark.parametrize("written", ["2283.0", 2283.0, 2283, "002283", "2.283"])
def test_document_is_of_this_person_however_it_is_written(
    ogr: Client, call: Call, written: object
) -> None:
    book = Book()
    book.producers[0] |= {"document_number": written, "phone": "3101234567.0"}
    imported(ogr, call, book.xlsx())
    assert Producer.objects.get(document_number="2283").phone == "3101234567"


def test_headings_without_accents_or_with_stars_are_understood(ogr: Client, call: Call) -> None:
    workbook = Book().workbook()
    for sheet in workbook.worksheets:
        for cell in sheet[1]:
            cell.value = f" {cell.value.upper()}\u00a0*"
    workbook["Productores"]["C1"] = "numero de  documento"
    workbook["Productores"].title = "PRODUCTORES "
    imported(ogr, call, saved(workbook))
    assert Producer.objects.count() == 3


def test_municipality_may_be_named_instead_of_coded(ogr: Client, call: Call) -> None:
    book = Book()
    book.profiles[0] |= {"municipality_code": None, "department": "NARINO", "municipality": "pasto"}
    imported(ogr, call, book.xlsx())
    assert Alliance.objects.get().municipality_id == "52001"


def test_leading_zero_lost_by_excel_is_restored() -> None:
    load_reference()
    call, eip = make_call("2026"), client_of(make_membership("eip"))
    book = Book()
    book.profiles[0] |= {
        "municipality_code": 5001,
        "department": "Antioquia",
        "municipality": "Medellín",
    }
    imported(eip, call, book.xlsx())
    assert Alliance.objects.get().code == "2026-05-0001"


@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_csv_in_any_usual_dress(ogr: Client, call: Call, delimiter: str, encoding: str) -> None:
    imported(ogr, call, Book().csv(delimiter, encoding), "perfiles.csv")
    alliance = Alliance.objects.get()
    assert alliance.organisation.name == "Asociación Los Pastos 1"
    assert alliance.producers.count() == 3


def test_csv_with_the_delimiter_hint_of_excel(ogr: Client, call: Call) -> None:
    imported(ogr, call, b"sep=;\r\n" + Book().csv(encoding="utf-8"), "perfiles.csv")
    assert Producer.objects.count() == 3


def test_open_document_workbook(ogr: Client, call: Call) -> None:
    imported(ogr, call, open_document(Book()), "perfiles.ods")
    assert Producer.objects.filter(born_on="1983-05-17", farm_area_ha="2.5").count() == 3


def test_formula_that_failed_in_an_open_document_is_named(ogr: Client, call: Call) -> None:
    answer = send(ogr, call, open_document(Book(), error_at=("J", 3)), "perfiles.ods")
    [mistake] = answer.context["mistakes"]
    assert (mistake.sheet, mistake.row, mistake.column) == ("Productores", 3, "J · Finca")


def test_template_filled_in_is_imported(ogr: Client, call: Call) -> None:
    answer = ogr.get(reverse("alliances:import-template"))
    workbook = load_workbook(BytesIO(answer.content))
    assert workbook["Perfiles"].column_dimensions["F"].number_format == "@"
    offered = [rule.formula1 for rule in workbook["Perfiles"].data_validations.dataValidation]
    assert "Instrucciones!$H$2:$H$2" in offered
    assert workbook.sheetnames == ["Perfiles", "Productores", "Instrucciones"]
    explained = {row[1].value: row[5].value for row in workbook["Instrucciones"].iter_rows(2)}
    for sheet in workbook.worksheets[:2]:
        for cell in list(sheet[1]):
            sheet.cell(row=2, column=cell.column, value=explained[cell.value])
    workbook["Productores"]["A2"] = "P01"
    imported(ogr, call, saved(workbook))
    assert Alliance.objects.get().producers.count() == 1


# -- Once, whole, by those who may ------------------------------------------------------------
def test_preview_shows_the_first_rows_with_masked_documents(ogr: Client, call: Call) -> None:
    key = staged(ogr, call, Book().xlsx())
    page = ogr.get(reverse("alliances:import-preview", args=[key])).content.decode()
    assert "Asociación Los Pastos 1" in page
    assert "•••••001" in page
    assert "27000001" not in page
    assert not Alliance.objects.exists()


def test_confirming_twice_imports_once(ogr: Client, call: Call) -> None:
    key = staged(ogr, call, Book().xlsx())
    assert [confirm(ogr, key).status_code for _click in (1, 2)] == [302, 302]
    assert (Alliance.objects.count(), ProfileImport.objects.count()) == (1, 1)


def test_same_file_twice_is_refused_by_name_and_by_the_database(ogr: Client, call: Call) -> None:
    content = Book().xlsx()
    imported(ogr, call, content)
    again = send(ogr, call, content)
    assert again.status_code == 422
    [[message]] = again.context["form"].errors.values()
    assert "Persona" in message
    done = ProfileImport.objects.get()
    with pytest.raises(IntegrityError, match="same_file_once"), transaction.atomic():
        ProfileImport.objects.create(
            call=call,
            key=uuid4(),
            file_name="x",
            sha256=done.sha256,
            profiles=1,
            producers=1,
            imported_by=done.imported_by,
            imported_at=AT,
        )


def test_same_file_sent_twice_before_importing_is_one_upload(ogr: Client, call: Call) -> None:
    content = Book().xlsx()
    assert staged(ogr, call, content) == staged(ogr, call, content)
    assert ProfileUpload.objects.count() == 1


def test_form_sent_again_with_another_file_previews_that_one(ogr: Client, call: Call) -> None:
    imported(ogr, call, Book().xlsx())
    other = Book([profile_row(7, code="P01")], [producer_row(70)])
    imported(ogr, call, other.xlsx())
    assert Alliance.objects.count() == 2


def test_two_people_previewing_one_file_import_it_once(ogr: Client, call: Call) -> None:
    content, colleague = Book().xlsx(), client_of(make_membership("ogr"))
    first = staged(ogr, call, content)
    assert send(colleague, call, content).status_code == 302
    second = ProfileUpload.objects.exclude(key=first).get().key
    assert confirm(ogr, first).status_code == 302
    assert confirm(colleague, second).status_code == 409
    assert Alliance.objects.count() == 1


def test_file_changed_after_the_preview_is_not_imported(ogr: Client, call: Call) -> None:
    key = staged(ogr, call, Book().xlsx())
    book = Book()
    book.profiles[0]["incentive_cop"] = 1
    ProfileUpload.objects.update(content=book.xlsx())
    assert confirm(ogr, key).status_code == 400
    assert not Alliance.objects.exists()


def test_what_no_longer_fits_when_it_is_confirmed_is_refused(ogr: Client, call: Call) -> None:
    key = staged(ogr, call, Book().xlsx())
    row = Book().profiles[0]
    organisation = make_organisation("producer", row["organisation"], nit=row["nit"])
    make_alliance(call=call, organisation=organisation)
    assert confirm(ogr, key).status_code == 400
    assert Alliance.objects.count() == 1
    page = ogr.get(reverse("alliances:import-preview", args=[key]))
    assert [m.row for m in page.context["mistakes"]] == [2]


def test_another_person_sees_and_imports_nothing_of_mine(ogr: Client, call: Call) -> None:
    key = staged(ogr, call, Book().xlsx())
    other = client_of(make_membership("ogr"))
    assert other.get(reverse("alliances:import-preview", args=[key])).status_code == 404
    assert confirm(other, key).status_code == 400
    assert not Alliance.objects.exists()


def test_upload_expires_and_is_swept(ogr: Client, call: Call) -> None:
    key = staged(ogr, call, Book().xlsx())
    acting = ProfileUpload.objects.get().owner
    later = AT + timedelta(hours=7)
    with pytest.raises(LostUpload):
        import_profiles(key=key, acting=acting, at=later)
    assert sweep(at=AT) == 0
    assert sweep(at=later) == 1
    assert not ProfileUpload.objects.exists()


def test_what_nobody_confirmed_is_swept_by_the_task(ogr: Client, call: Call) -> None:
    staged(ogr, call, Book().xlsx())
    with time_machine.travel("2100-01-01"):
        assert sweep_uploads() == 1
    assert not ProfileUpload.objects.exists()


def test_files_kept_on_disk_before_are_moved_into_their_rows(ogr: Client, call: Call) -> None:
    migration = import_module("alliances.migrations.0006_files_into_uploads")
    content = Book().xlsx()
    key = staged(ogr, call, content)
    ProfileUpload.objects.update(content=None)
    folder = Path(settings.MEDIA_ROOT) / "imports"
    folder.mkdir(parents=True)
    (folder / key.hex).write_bytes(content)
    (folder / uuid4().hex).write_bytes(b"of an act that stopped midway")
    migration.move_into_rows(apps, None)
    assert not folder.exists()
    assert confirm(ogr, key).status_code == 302
    migration.move_into_rows(apps, None)


def test_row_whose_file_was_lost_asks_for_it_again(ogr: Client, call: Call) -> None:
    key = staged(ogr, call, Book().xlsx())
    ProfileUpload.objects.update(content=None)
    assert confirm(ogr, key).status_code == 400
    assert not Alliance.objects.exists()


@pytest.mark.parametrize(
    "role", ["scorer", "cir", "oga", "trustee", "ally", "manager", "organisation", "policy"]
)
def test_other_roles_are_refused_with_the_reason(call: Call, role: str) -> None:
    client = client_of(make_membership(role))
    for answer in (
        client.get(reverse("alliances:import-profiles")),
        client.get(reverse("alliances:import-template")),
        send(client, call, Book().xlsx()),
        confirm(client, uuid4()),
    ):
        assert answer.status_code == 403
    assert not Alliance.objects.exists()


def test_confirming_is_never_a_get(ogr: Client, call: Call) -> None:
    key = staged(ogr, call, Book().xlsx())
    assert ogr.get(reverse("alliances:import-confirm", args=[key])).status_code == 405


def test_call_that_closed_receives_nothing(call: Call) -> None:
    acting = make_membership("ogr")
    key = staged(client_of(acting), call, Book().xlsx())
    ProfileUpload.objects.update(expires_at="2027-01-01T00:00Z")
    with pytest.raises(NotAllowed, match="2026"):
        import_profiles(key=key, acting=acting, at=AT.replace(month=12))


@pytest.mark.parametrize("role", ["ogr", "eip"])
def test_importing_is_to_promote_whoever_does_it(call: Call, role: str) -> None:
    imported(client_of(make_membership(role)), call, Book().xlsx())
    event = Event.objects.get(verb="create_profile")
    done = ProfileImport.objects.get()
    assert event.duty == "promote"
    assert event.data == {"import": done.pk, "producers": 3}


def test_an_eip_that_imports_is_told_that_it_will_not_supervise(call: Call) -> None:
    acting, colleague = make_membership("eip"), make_membership("eip")
    key = staged(client_of(acting), call, Book().xlsx())
    page = client_of(acting).get(reverse("alliances:import-preview", args=[key]))
    assert "«Supervise»" in page.content.decode()
    import_profiles(key=key, acting=acting, at=AT)

    alliance = Alliance.objects.get()
    refusal = may_act(alliance, Duty.SUPERVISE, acting)
    assert "Promote" in refusal.reason
    assert not refusal
    assert may_act(alliance, Duty.SUPERVISE, colleague)  # of another body
    assert may_act(alliance, Duty.DIRECT, acting)


def test_an_ogr_closes_nothing_to_itself_by_importing(call: Call) -> None:
    acting = make_membership("ogr")
    key = staged(client_of(acting), call, Book().xlsx())
    page = client_of(acting).get(reverse("alliances:import-preview", args=[key]))
    assert "no longer" not in page.content.decode()


def test_registered_organisation_is_found_by_its_nit(ogr: Client, call: Call) -> None:
    row = Book().profiles[0]
    known = make_organisation("producer", row["organisation"], nit=row["nit"])
    imported(ogr, call, Book().xlsx())
    assert Alliance.objects.get().organisation == known
    assert Organisation.objects.filter(kind="producer").count() == 1


def test_groups_without_nit_are_known_by_name_and_place(ogr: Client, call: Call) -> None:
    book = Book()
    book.profiles[0] |= {"nit": None, "organisation": "Grupo  La Unión"}
    book.profiles.append(profile_row(2, nit=None, organisation="grupo la unión"))
    book.producers.append(producer_row(9, profile="P02"))
    imported(ogr, call, book.xlsx())
    assert Organisation.objects.filter(kind="producer").count() == 1


def test_codes_follow_those_already_given(ogr: Client, call: Call) -> None:
    make_alliance(call=call, code="2026-52-0041")
    imported(ogr, call, Book().xlsx())
    assert Alliance.objects.filter(code="2026-52-0042").exists()


@pytest.mark.django_db(transaction=True)
def test_confirming_twice_at_once_imports_once(call: Call) -> None:
    acting = make_membership("ogr")
    key = staged(client_of(acting), call, Book().xlsx())
    done = at_once(*[lambda: import_profiles(key=key, acting=acting, at=AT) for _click in (1, 2)])
    assert done[0] == done[1]
    assert (Alliance.objects.count(), ProfileImport.objects.count()) == (1, 1)
    assert not ProfileUpload.objects.exists()


# -- Sheets, questions, names ----------------------------------------------------------------------
def renamed(content: bytes, *names: str, extra: str = "") -> bytes:
    """The same workbook with its first sheets named otherwise, and perhaps one more with data."""
    workbook = load_workbook(BytesIO(content))
    for sheet, name in zip(list(workbook), names, strict=False):
        sheet.title = name
    if extra:
        workbook.create_sheet(extra, 0).append(["Hecho en Pasto"])
    changed = BytesIO()
    workbook.save(changed)
    return changed.getvalue()


def test_sheets_named_otherwise_are_known_by_their_headings_and_others_are_told(
    ogr: Client, call: Call
) -> None:
    key = staged(ogr, call, renamed(Book().xlsx(), "Hoja1", "Hoja2", extra="Portada"))

    page = ogr.get(reverse("alliances:import-preview", args=[key]))

    assert len(page.context["plan"].profiles) == 1
    assert "Not read, with data: Portada." in page.content.decode()


def twins(**changes: Any) -> Book:
    """Two producers of one name and date of birth, with two documents."""
    same = {"given_names": "Rosa", "surnames": "Chaves", "born_on": date(1980, 1, 2)}
    return Book(producers=[producer_row(1, **same), producer_row(2, **same | changes)])


@pytest.mark.parametrize("changes", [{}, {"surnames": "CHÁVES "}, {"document_kind": "CE"}])
def test_one_name_and_birth_date_with_two_documents_is_asked(
    ogr: Client, call: Call, changes: dict[str, Any]
) -> None:
    key = staged(ogr, call, twins(**changes).xlsx())

    page = ogr.get(reverse("alliances:import-preview", args=[key])).content.decode()
    unanswered = confirm(ogr, key)
    answered = ogr.post(reverse("alliances:import-confirm", args=[key]), {"people_differ": "on"})

    assert "The same name and date of birth as row 2" in page
    assert unanswered.status_code == 400
    assert "Say first" in unanswered.content.decode()
    assert answered.status_code == 302
    assert Producer.objects.count() == 2


def test_another_day_of_birth_is_not_asked(ogr: Client, call: Call) -> None:
    imported(ogr, call, twins(born_on=date(1981, 1, 2)).xlsx())

    assert Producer.objects.count() == 2


def test_somebody_alike_in_another_profile_of_the_call_is_asked(ogr: Client, call: Call) -> None:
    other = make_alliance(call=call)
    make_producer(other, given_names="rosa", surnames="Cháves", born_on=date(1980, 1, 2))
    row = producer_row(1, given_names="Rosa", surnames="Chaves", born_on=date(1980, 1, 2))
    key = staged(ogr, call, Book(producers=[row]).xlsx())

    page = ogr.get(reverse("alliances:import-preview", args=[key])).content.decode()

    assert f"somebody of profile {other.code}" in page


def test_a_file_of_profiles_is_read_before_anything_is_locked(
    ogr: Client, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, run, note = staged(ogr, call, Book().xlsx()), reading.run, "SELECT 'a file is read'"

    def read(*question: Any) -> Any:
        with connection.cursor() as cursor:
            cursor.execute(note)
        return run(*question)

    monkeypatch.setattr(reading, "run", read)
    with CaptureQueriesContext(connection) as captured:
        confirm(ogr, key)

    statements = [query["sql"] for query in captured]
    first_lock = next(place for place, sql in enumerate(statements) if "FOR NO KEY UPDATE" in sql)
    assert statements.count(note) == 1
    assert statements.index(note) < first_lock


def test_a_letter_lost_in_a_name_is_refused_where_it_stands(ogr: Client, call: Call) -> None:
    answer = send(ogr, call, Book(producers=[producer_row(1, surnames="Mu?oz")]).xlsx())

    (mistake,) = answer.context["mistakes"]
    assert (mistake.sheet, mistake.row) == ("Productores", 2)
    assert "«Mu?oz» has a letter that was lost" in mistake.message


def test_a_long_name_of_a_file_is_refused_and_not_cut(ogr: Client, call: Call) -> None:
    answer = send(ogr, call, Book().xlsx(), "x" * 200 + ".xlsx")

    assert answer.status_code == 422
    assert "the most is 200" in answer.content.decode()
