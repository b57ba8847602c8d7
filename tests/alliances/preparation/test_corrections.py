"""Workbooks both ways: what goes out comes back as changes, row by row, and nothing else."""

import random
from dataclasses import replace
from datetime import date
from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from alliances.lifecycle.models import Alliance, Event
from alliances.models import Producer, ProfileImport, ProfileUpload
from alliances.preparation.corrections import data_of
from alliances.preparation.plan import ImportPlan, plan_import
from alliances.preparation.rules import ProducerData
from alliances.preparation.selectors import exported
from alliances.preparation.services import (
    ProfileFields,
    add_producer,
    apply_corrections,
    import_profiles,
    plan_of_upload,
    stage_corrections,
    stage_profiles,
    update_profile,
)
from alliances.preparation.workbook.columns import PRODUCER_COLUMNS, PRODUCERS_SHEET, PROFILES_SHEET
from alliances.preparation.workbook.reading import read_contents
from kit.errors import InvalidFile, Overtaken
from kit.staging import LostUpload
from tests.alliances.preparation.conftest import client_of
from tests.alliances.preparation.test_services import new_profile, producer_data
from tests.alliances.preparation.workbooks import Book, make_nit, producer_row, profile_row
from tests.factories.alliances import AT, Cast, make_organisation, make_producer, walk_to

pytestmark = pytest.mark.django_db


@pytest.fixture
def profile(cast: Cast) -> Alliance:
    """The cast's draft with two producers."""
    for number in (1, 2):
        make_producer(
            cast.alliance, document_number=f"2712345{number}", surnames=f"Chaves {number}"
        )
    return cast.alliance


def workbook_of(*alliances: Alliance) -> Workbook:
    rows = Alliance.objects.filter(pk__in=[row.pk for row in alliances]).order_by("code")
    return load_workbook(BytesIO(exported(rows)))


def saved(workbook: Workbook) -> bytes:
    target = BytesIO()
    workbook.save(target)
    return target.getvalue()


def write(workbook: Workbook, row: int, heading: str, value: Any, sheet: str = PRODUCERS_SHEET):
    """Put a value where its heading is."""
    headings = [cell.value for cell in workbook[sheet][1]]
    workbook[sheet].cell(row=row, column=headings.index(heading) + 1).value = value


def staged(cast: Cast, content: bytes, name: str = "perfil.xlsx", **fields: Any) -> ProfileUpload:
    return stage_corrections(file_name=name, content=content, acting=cast["ogr"], at=AT, **fields)


def planned(cast: Cast, content: bytes) -> Any:
    return plan_of_upload(staged(cast, content), cast["ogr"], AT)


def applied(cast: Cast, content: bytes) -> int:
    upload = staged(cast, content)
    seen = plan_of_upload(upload, cast["ogr"], AT).version
    return apply_corrections(key=upload.key, seen=seen, acting=cast["ogr"], at=AT)


# -- Nothing, and nothing else ---------------------------------------------------------------------
def test_what_is_exported_changes_nothing(cast: Cast, profile: Alliance) -> None:
    plan = planned(cast, saved(workbook_of(profile)))
    assert (plan.mistakes, plan.rows, plan.unchanged) == ((), (), 3)


def test_a_whole_document_never_goes_out(cast: Cast, profile: Alliance) -> None:
    text = str([[c.value for c in row] for row in workbook_of(profile)[PRODUCERS_SHEET]])
    assert "27123451" not in text
    assert "•••••451" in text


names = st.text("abcñáé =+-@.'", min_size=1, max_size=12).filter(lambda text: text.strip(" "))
cells = st.fixed_dictionaries(
    {
        "given_names": names,
        "surnames": names,
        "sex": st.sampled_from("fmo"),
        "born_on": st.dates(date(1950, 1, 1), date(1995, 12, 31)),
        "phone": st.sampled_from(["", "3107654321", "6027223344"]),
        "household_key": st.sampled_from(["", "H1", "007", "1/2"]),
        "farm_name": st.sampled_from(["", "=A1+1", "El 5"]),
        "tenure": st.sampled_from(["owner", "possession", "lease", "collective"]),
        "farm_area_ha": st.decimals("2", "900", places=2),
        "project_area_ha": st.decimals("0", "2", places=2),
        "experience_years": st.integers(0, 20),
        "monthly_income_cop": st.decimals("0", "9000000", places=2),
        "agricultural_income_share": st.decimals("1.01", "100", places=2),
        "assets_cop": st.decimals("0", "900000000", places=2),
        "literate": st.sampled_from([True, False, None]),
        "had_earlier_support": st.sampled_from([True, False, None]),
        "special_group": st.sampled_from(["", "afro", "victim"]),
        "consented_on": st.sampled_from([None, date(2026, 2, 1)]),
    }
)
memberships = st.sampled_from(
    [(True, date(2019, 6, 30)), (True, None), (False, None), (None, None)]
)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    max_examples=8,
)
@given(people=st.lists(st.tuples(cells, memberships), min_size=1, max_size=4), seed=st.integers())
def test_export_then_import_changes_nothing_in_any_order(
    cast: Cast, people: list[Any], seed: int
) -> None:
    with transaction.atomic():
        for number, (values, (is_member, since)) in enumerate(people):
            data = producer_data(
                **values,
                document_number=str(27_100_000 + 37 * number),
                is_member=is_member,
                member_since=since,
            )
            add_producer(
                alliance=cast.alliance, data=tidied(data), acting=cast["ogr"], at=AT, key=uuid4()
            )
        before = [data_of(row) for row in Producer.objects.order_by("pk")]
        workbook = workbook_of(cast.alliance)
        for content in (saved(workbook), saved(shuffled(workbook, random.Random(seed)))):
            plan = planned(cast, content)
            assert plan.mistakes == ()
            assert plan.rows == ()
            assert plan.unchanged == len(people) + 1
        assert [data_of(row) for row in Producer.objects.order_by("pk")] == before
        transaction.set_rollback(True)


def tidied(data: ProducerData) -> ProducerData:
    """As the door keeps it."""
    return replace(
        data,
        given_names=" ".join(data.given_names.split()),
        surnames=" ".join(data.surnames.split()),
    )


def shuffled(workbook: Workbook, chance: random.Random) -> Workbook:
    """The same cells with columns and rows in another order."""
    other = Workbook()
    other.remove(other.active)
    for sheet in workbook:
        rows = [list(row) for row in sheet.iter_rows()]
        order = list(range(len(rows[0])))
        chance.shuffle(order)
        body = rows[1:]
        chance.shuffle(body)
        target = other.create_sheet(sheet.title)
        for number, row in enumerate([rows[0], *body], start=1):
            for place, index in enumerate(order, start=1):
                cell = target.cell(row=number, column=place, value=row[index].value)
                cell.data_type = row[index].data_type
                cell.number_format = row[index].number_format
    return other


# -- Changes ---------------------------------------------------------------------------------------
def test_only_the_cells_that_differ_are_changed(cast: Cast, profile: Alliance) -> None:
    workbook = workbook_of(profile)
    write(workbook, 2, "Años de experiencia", 11)
    write(workbook, 2, "Recibió apoyo del programa antes", None)
    write(workbook, 2, "Nombre de la alianza", "Papa criolla", PROFILES_SHEET)
    content = saved(workbook)
    plan = planned(cast, content)
    of_profile, of_producer = plan.rows
    assert [(c.heading, c.after) for c in of_profile.changes] == [
        ("Nombre de la alianza", "Papa criolla")
    ]
    assert [(c.heading, c.before, c.after) for c in of_producer.changes] == [
        ("Años de experiencia", "8", "11"),
        ("Recibió apoyo del programa antes", "No", ""),
    ]
    assert plan.unchanged == 1
    assert applied(cast, content) == 2
    profile.refresh_from_db()
    first, second = profile.producers.order_by("pk")
    assert (profile.name, first.experience_years, first.had_earlier_support) == (
        "Papa criolla",
        11,
        None,
    )
    assert second.experience_years == 8
    verbs = Event.objects.filter(alliance=profile).values_list("verb", flat=True)
    assert sorted(verbs) == ["update_producer", "update_profile"]


def test_a_row_that_is_deleted_takes_nobody_out(cast: Cast, profile: Alliance) -> None:
    workbook = workbook_of(profile)
    workbook[PRODUCERS_SHEET].delete_rows(3)
    plan = planned(cast, saved(workbook))
    assert (plan.rows, plan.mistakes) == ((), ())


def test_producers_are_added_to_one_profile(cast: Cast, profile: Alliance) -> None:
    workbook = workbook_of(profile)
    headings = [cell.value for cell in workbook[PRODUCERS_SHEET][1]]
    row = producer_row(7, profile.code)
    by_heading = {column.heading: row.get(column.key) for column in PRODUCER_COLUMNS}
    workbook[PRODUCERS_SHEET].append([by_heading[heading] for heading in headings])
    content = saved(workbook)
    (new,) = planned(cast, content).rows
    assert new.is_new
    assert applied(cast, content) == 1
    assert profile.producers.count() == 3


def test_a_document_is_corrected_only_when_it_is_written_whole(
    cast: Cast, profile: Alliance
) -> None:
    workbook = workbook_of(profile)
    write(workbook, 2, "Número de documento", "27123459")
    assert applied(cast, saved(workbook)) == 1
    assert profile.producers.filter(document_number="27123459").exists()
    workbook = workbook_of(profile)
    write(workbook, 2, "Número de documento", "•••••999")
    (mistake,) = planned(cast, saved(workbook)).mistakes
    assert "whole document" in mistake.message


@pytest.mark.parametrize(
    ("heading", "value", "words"),
    [
        ("Número de documento", "27123452", "already in this profile"),
        ("Identificador del productor", 999_999, "no producer"),
        ("Código del perfil", "P99", "no profile"),
        ("Área del proyecto (ha)", 90, "cannot exceed"),
    ],
)
def test_what_cannot_be_is_said_with_its_row(
    cast: Cast, profile: Alliance, heading: str, value: Any, words: str
) -> None:
    workbook = workbook_of(profile)
    write(workbook, 2, heading, value)
    plan = planned(cast, saved(workbook))
    assert plan.rows == ()
    (mistake,) = plan.mistakes
    assert mistake.row == 2
    assert words in mistake.message


def test_a_profile_that_was_presented_or_is_foreign_is_not_corrected(
    cast: Cast, profile: Alliance
) -> None:
    workbook = workbook_of(profile)
    write(workbook, 2, "Años de experiencia", 11)
    content = saved(workbook)
    upload = stage_corrections(
        file_name="perfil.xlsx", content=content, acting=cast.outsider, at=AT
    )
    assert upload.is_wrong
    walk_to(profile, "submitted")
    assert staged(cast, content).is_wrong
    assert profile.producers.filter(experience_years=11).count() == 0


def test_what_changed_after_the_preview_is_not_overwritten(cast: Cast, profile: Alliance) -> None:
    workbook = workbook_of(profile)
    write(workbook, 2, "Años de experiencia", 11)
    upload = staged(cast, saved(workbook))
    seen = plan_of_upload(upload, cast["ogr"], AT).version
    Producer.objects.filter(alliance=profile).update(experience_years=9)
    with pytest.raises(Overtaken):
        apply_corrections(key=upload.key, seen=seen, acting=cast["ogr"], at=AT)
    assert profile.producers.filter(experience_years=11).count() == 0


def test_an_upload_is_its_owners_and_used_once(cast: Cast, profile: Alliance) -> None:
    workbook = workbook_of(profile)
    write(workbook, 2, "Años de experiencia", 11)
    upload = staged(cast, saved(workbook))
    seen = plan_of_upload(upload, cast["ogr"], AT).version
    with pytest.raises(LostUpload):
        apply_corrections(key=upload.key, seen=seen, acting=cast["eip"], at=AT)
    with pytest.raises(LostUpload):
        import_profiles(key=upload.key, acting=cast["ogr"], at=AT)
    apply_corrections(key=upload.key, seen=seen, acting=cast["ogr"], at=AT)
    with pytest.raises(LostUpload):
        apply_corrections(key=upload.key, seen=seen, acting=cast["ogr"], at=AT)


def test_an_exported_row_is_not_imported_as_a_new_profile(cast: Cast, profile: Alliance) -> None:
    with pytest.raises(InvalidFile) as refusal:
        stage_profiles(
            call=profile.call,
            file_name="perfil.xlsx",
            content=saved(workbook_of(profile)),
            acting=cast["ogr"],
            at=AT,
        )
    assert any("already here" in row.message for row in refusal.value.errors)


# -- Her codes and ours ----------------------------------------------------------------------------
def imported(cast: Cast, book: Book) -> ProfileImport:
    upload = stage_profiles(
        call=cast.alliance.call,
        file_name="perfiles.xlsx",
        content=book.xlsx(),
        acting=cast["ogr"],
        at=AT,
    )
    return import_profiles(key=upload.key, acting=cast["ogr"], at=AT)


def test_her_codes_are_kept_and_come_back_with_ours(cast: Cast, today: Any) -> None:
    done = imported(cast, Book())
    (alliance,) = done.alliances.all()
    assert alliance.own_code == "P01"
    client = client_of(cast["ogr"])
    page = client.get(f"/perfiles/importaciones/{done.pk}/")
    assert page.status_code == 200
    assert "P01" in page.content.decode()
    assert alliance.code in page.content.decode()
    table = client.get(f"/perfiles/importaciones/{done.pk}/codigos.csv").content.decode()
    assert f"P01;{alliance.code}" in table
    workbook = workbook_of(alliance)
    assert workbook[PROFILES_SHEET]["A2"].value == "P01"
    write(workbook, 2, "Años de experiencia", 11)
    assert applied(cast, saved(workbook)) == 1


# -- One set of rules ------------------------------------------------------------------------------
def test_an_import_takes_who_has_not_signed_or_answered_yet_as_the_form_does(cast: Cast) -> None:
    blank = dict.fromkeys(
        ("consented_on", "household_key", "literate", "is_member", "had_earlier_support")
    )
    done = imported(cast, Book(producers=[producer_row(1, **blank)]))
    row = Producer.objects.get(alliance__imported_in=done)
    assert (row.consented_on, row.household_key) == (None, "")
    assert (row.literate, row.is_member, row.had_earlier_support) == (None, None, None)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    max_examples=6,
)
@given(seed=st.integers())
def test_a_file_imports_the_same_in_any_order_of_rows_and_columns(cast: Cast, seed: int) -> None:
    book = Book(
        profiles=[profile_row(number) for number in (1, 2)],
        producers=[producer_row(n, f"P0{1 + n % 2}") for n in range(1, 7)],
    )
    workbook = book.workbook()
    orders = (workbook, shuffled(workbook, random.Random(seed)))
    one, other = (
        plan_import(
            contents=read_contents(name="a.xlsx", content=saved(order)),
            call=cast.alliance.call,
            acting=cast["ogr"],
            at=AT,
        )
        for order in orders
    )
    assert one.mistakes == other.mistakes == ()
    assert as_sets(one) == as_sets(other)


def as_sets(plan: ImportPlan) -> Any:
    return {
        (row.name, row.organisation, row.municipality, row.incentive_cop, frozenset(row.producers))
        for row in plan.profiles
    }


def test_one_organisation_does_not_enter_a_call_twice_by_the_form_either(
    cast: Cast, today: Any
) -> None:
    alliance = cast.alliance
    organisation = make_organisation(nit=make_nit(900_100_777))
    first = new_profile(cast["ogr"], cast, organisation=organisation)
    with pytest.raises(ValidationError, match=first.code):
        new_profile(cast["ogr"], cast, organisation=organisation)
    other = new_profile(cast["ogr"], cast, organisation=make_organisation())
    fields = ProfileFields(
        name=other.name,
        organisation=organisation,
        municipality=other.municipality,
        crop=other.crop,
        ally=None,
        route=other.route,
        total_value_cop=other.total_value_cop,
        incentive_cop=other.incentive_cop,
    )
    with pytest.raises(ValidationError, match=first.code):
        update_profile(alliance=other, fields=fields, acting=cast["ogr"], at=AT)
    assert alliance.call.alliances.filter(organisation=organisation).count() == 1


def test_one_organisation_does_not_enter_a_file_twice_with_one_product(cast: Cast) -> None:
    book = Book(
        profiles=[profile_row(1), profile_row(1, code="P02")],
        producers=[producer_row(1), producer_row(2, "P02")],
    )
    with pytest.raises(InvalidFile) as refusal:
        imported(cast, book)
    assert ["same product" in row.message for row in refusal.value.errors] == [True]


# -- Pages -----------------------------------------------------------------------------------------
def test_the_pages_take_a_workbook_out_and_back(cast: Cast, profile: Alliance, today: Any) -> None:
    client = client_of(cast["ogr"])
    exported_ = client.get(f"/alianzas/{profile.code}/productores/libro.xlsx")
    workbook = load_workbook(BytesIO(exported_.content))
    write(workbook, 2, "Años de experiencia", 11)
    file = BytesIO(saved(workbook))
    file.name = "perfil.xlsx"
    preview = client.post(
        f"/alianzas/{profile.code}/productores/libro/", {"file": file}, follow=True
    )
    text = preview.content.decode()
    assert "«8» → «11»" in text
    upload = ProfileUpload.objects.get()
    seen = plan_of_upload(upload, cast["ogr"], AT).version
    done = client.post(
        f"/perfiles/corregir/{upload.key}/hacer/", {"key": str(uuid4()), "seen": seen}
    )
    assert done.status_code == 302
    assert profile.producers.filter(experience_years=11).count() == 1


@pytest.mark.parametrize("role", ["eip", "oga", "organisation", "evaluator", "scorer"])
def test_only_who_writes_profiles_takes_them_out(
    cast: Cast, profile: Alliance, today: Any, role: str
) -> None:
    client = client_of(cast[role])
    for address in ("/perfiles/libro.xlsx", "/perfiles/corregir/"):
        assert client.get(address).status_code == 403
    for page in ("libro.xlsx", "libro/"):
        answer = client.get(f"/alianzas/{profile.code}/productores/{page}")
        assert answer.status_code in (403, 404)


# -- Mistakes marked in her own workbook -----------------------------------------------------------
def test_a_refused_workbook_comes_back_with_its_wrong_cells_marked(cast: Cast, today: Any) -> None:
    book = Book()
    book.producers[1]["sex"] = "?"
    workbook = book.workbook()
    workbook["Productores"]["D2"].font = workbook["Productores"]["D2"].font.copy(bold=True)
    workbook.create_sheet("Mis notas")["A1"] = "no borrar"
    file = BytesIO(saved(workbook))
    file.name = "Mis perfiles.xlsx"
    client = client_of(cast["ogr"])
    page = client.post("/perfiles/importar/", {"call": cast.alliance.call.pk, "file": file})
    upload = ProfileUpload.objects.get()
    address = f"/perfiles/importar/{upload.key}/marcado.xlsx"
    assert address in page.content.decode()
    answer = client.get(address)
    assert answer.status_code == 200
    assert "Mis%20perfiles-marcado.xlsx" in answer["Content-Disposition"] or (
        "Mis perfiles-marcado.xlsx" in answer["Content-Disposition"]
    )
    marked = load_workbook(BytesIO(answer.content))
    cell = marked["Productores"]["F3"]
    assert cell.value == "?"
    assert cell.fill.start_color.rgb.endswith("FFD9B3")
    assert "«?»" in cell.comment.text
    assert marked["Productores"]["F2"].comment is None
    assert marked["Productores"]["D2"].font.bold
    assert marked["Mis notas"]["A1"].value == "no borrar"
    assert client_of(cast["eip"]).get(address).status_code == 404
    assert client.get(f"/perfiles/importar/{upload.key}/").status_code == 404


def test_a_csv_comes_back_as_a_workbook_with_its_mistakes(cast: Cast, today: Any) -> None:
    book = Book()
    book.producers[1]["sex"] = "?"
    file = BytesIO(book.csv())
    file.name = "perfiles.csv"
    client = client_of(cast["ogr"])
    client.post("/perfiles/importar/", {"call": cast.alliance.call.pk, "file": file})
    upload = ProfileUpload.objects.get()
    answer = client.get(f"/perfiles/importar/{upload.key}/marcado.xlsx")
    assert answer.status_code == 200
    marked = load_workbook(BytesIO(answer.content))
    comments = [cell for row in marked.worksheets[0].iter_rows() for cell in row if cell.comment]
    assert [cell.value for cell in comments] == ["?"]
