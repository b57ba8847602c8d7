"""Names sorted and found as people do: every list by name, every search."""

import ast
from collections.abc import Iterator

import pytest
from django.test import Client

from alliances.models import Alliance, Organisation, Producer
from alliances.overview.filters import AllianceFilter
from alliances.preparation.selectors.profiles import producers_of
from fiduciary.disbursements.filters import RequestFilter
from fiduciary.disbursements.models import DisbursementRequest
from kit.names import NAMES, by_name, folded, sort_key, with_words
from tests.factories.alliances import (
    make_alliance,
    make_cast,
    make_crop,
    make_department,
    make_municipality,
    make_organisation,
    make_producer,
)
from tests.factories.fiduciary import make_funded_cast, make_request
from tests.sources import trees

IN_ORDER = [
    "Ana Ruiz",
    "Anabel",
    "Ángela",
    "Élida",
    "Fabio",
    "Nelly",
    "Nubia",
    "Nzinga",
    "Ñáñez",
    "ortiz",
    "Óscar",
    "Rosa",
    "Úrsula",
    "Zoila",
]
APPS = ("alliances", "fiduciary", "evaluation", "paap", "kit")


def test_names_sort_as_in_spanish() -> None:
    assert sorted(set(IN_ORDER), key=sort_key) == IN_ORDER
    assert folded("Asociación ÑANDÚ") == "asociacion nandu"


@pytest.mark.django_db
def test_the_database_sorts_the_same() -> None:
    for name in reversed(IN_ORDER):
        make_organisation(name=name)
    assert [str(row) for row in Organisation.objects.order_by(*by_name("name"))] == IN_ORDER


@pytest.mark.django_db
def test_the_producers_of_a_profile_are_in_order() -> None:
    alliance = make_alliance()
    for surnames in ("Zambrano", "Ñáñez", "Rosero", "Álvarez", "Nastar"):
        make_producer(alliance, surnames=surnames)
    shown = [row.surnames for row in producers_of(alliance)]
    assert shown == ["Álvarez", "Nastar", "Ñáñez", "Rosero", "Zambrano"]


def bare_names() -> Iterator[str]:
    """Every ``order_by`` or ``ordering`` that sorts a name by its bytes."""
    for path, tree in trees():
        for node in ast.walk(tree):
            fields: list[ast.expr] = []
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "order_by":
                fields = node.args
            elif isinstance(node, ast.Assign | ast.AnnAssign):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                if any(getattr(target, "id", "") == "ordering" for target in targets):
                    fields = list(getattr(node.value, "elts", []))
            named = [str(field.value) for field in fields if isinstance(field, ast.Constant)]
            for name in named:
                if name.lstrip("-").split("__")[-1] in NAMES:
                    yield f"{path}:{node.lineno} {name}"


def test_no_list_sorts_a_name_by_its_bytes() -> None:
    assert list(bare_names()) == []


# -- Looking for ----------------------------------------------------------------------------------
SEARCHES = [
    "narino",
    "NARIÑO",
    "asociacion",
    "pasto papa",
    "Papa cumbal",
    "pástos  los",
    "t-77",
    "potato",
    "900123456",
    "900.123.456-8",
    "900123456-8",
    "9001234568",
    "compradora 900.123.456",
]


@pytest.fixture
def alliance() -> Alliance:
    """One that is found, and one beside it that no search here may show."""
    make_department("05", "Antioquia")
    make_alliance(
        name="Lulo del Macizo",
        organisation=make_organisation(name="Los Frailejones"),
        crop=make_crop("Lulo", name_en="Naranjilla"),
        municipality=make_municipality("05001", "Medellín"),
    )
    return make_alliance(
        code="T-77",
        name="Papa de Cumbal para Pasto",
        organisation=make_organisation(name="Asociación Los Pastos", nit="900123456-8"),
        ally=make_organisation("ally", "Compradora S.A."),
    )


@pytest.mark.django_db
@pytest.mark.parametrize("words", SEARCHES)
def test_a_search_forgives_accents_case_order_and_dashes(alliance: Alliance, words: str) -> None:
    found = AllianceFilter({"q": words}, queryset=Alliance.objects.order_by("pk")).qs
    assert list(found) == [alliance]


@pytest.mark.django_db
@pytest.mark.parametrize("words", ["pasto yuca", "900123457", "100%", "_", "cumbal lulo"])
def test_what_no_row_has_in_full_is_not_found(alliance: Alliance, words: str) -> None:
    assert not AllianceFilter({"q": words}, queryset=Alliance.objects.all()).qs.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("words", ["abonos del sur", "SUR abónos", "pastos abonos", "quimico"])
def test_requests_are_found_by_payee_purpose_and_alliance(words: str) -> None:
    cast = make_funded_cast()
    row = make_request(cast, payee_name="Abonos del Sur", description="Abono químico")
    found = RequestFilter({"q": words}, queryset=DisbursementRequest.objects.all()).qs
    assert list(found) == [row]


@pytest.mark.django_db
def test_the_page_searches_so_too() -> None:
    cast = make_cast("submitted")
    client = Client()
    client.force_login(cast["ogr"].user)
    page = client.get("/alianzas/?q=PASTO+papa+asociacion").content.decode()
    assert cast.alliance.code in page


@pytest.mark.django_db
def test_a_search_is_one_query(alliance: Alliance, django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    producer = make_producer(alliance, surnames="Íquira Nuñez")
    with django_assert_num_queries(1):
        rows = with_words(
            Producer.objects.all(), "nunez iquira maria", names=("given_names", "surnames")
        )
        assert list(rows) == [producer]


@pytest.mark.django_db
@pytest.mark.parametrize("name", [*IN_ORDER, "Cacao ½ ﬁno Ção Šimić Đặng", "N\u0303an~du"])
def test_the_database_keeps_a_name_as_searches_compare_it(name: str) -> None:
    assert make_organisation(name=name).searched == folded(name)


@pytest.mark.django_db
def test_a_word_of_two_names_of_other_tables_is_in_neither(alliance: Alliance) -> None:
    rows = Alliance.objects.all()
    names = ("searched", "organisation__searched", "ally__searched")
    assert [*with_words(rows, "pastos compradora t-77", names=names)] == [alliance]
    assert not with_words(rows, "pastoscompradora", names=names).exists()
    assert not with_words(rows, "900123456", names=names).exists()


@pytest.mark.django_db
def test_a_search_reads_each_table_once(alliance: Alliance) -> None:
    names = ("searched", "alliance__searched", "alliance__organisation__searched")
    found = with_words(Producer.objects.all(), "pastos", names=names)
    assert "JOIN" not in str(found.query)
