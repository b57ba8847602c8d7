"""A list as its address asks for it: narrowed, sorted, chosen, saved, exported, walked."""

import resource
from io import BytesIO
from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from alliances.documents.models import Document
from alliances.lifecycle.models import Alliance, Event
from alliances.lists.models import SavedView
from alliances.overview.lists import ALLIANCES
from alliances.people.models import Organisation, Producer, User
from kit import lists
from kit.lists import Listing, declare
from kit.names import by_name
from tests.alliances.lists.rows import many_alliances
from tests.bulk import proposed
from tests.factories.alliances import (
    AT,
    CAST,
    Cast,
    make_alliance,
    make_appointment,
    make_cast,
    make_membership,
    make_organisation,
    make_producer,
)
from tests.pages import Browser
from tests.samples import samples

pytestmark = pytest.mark.django_db
#: What a page may take, as everywhere; and a file, in MiB of memory.
MOST_QUERIES, MOST_MEMORY = 15, 200


def client_of(membership: Any) -> Client:
    client = Browser()
    client.force_login(membership.user)
    return client


def listing(query: str, acting: Any) -> Listing:
    return Listing(ALLIANCES, QueryDict(query), acting)


def codes(query: str, acting: Any) -> list[str]:
    return [row.code for row in listing(query, acting).rows]


# -- The address ---------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "words", ["cafe%20narino", "NARIÑO café", "900123456", "900.123.456-8", "T-9001"]
)
def test_a_search_forgives_accents_order_and_the_spelling_of_a_nit(words: str) -> None:
    eip = make_membership("eip")
    wanted = make_alliance(
        "eligible",
        code="T-9001",
        name="Café del sur de Nariño",
        organisation=make_organisation(name="Asocafé", nit="900123456-8"),
    )
    make_alliance("eligible", call=wanted.call)

    assert codes(f"q={words}", eip) == ["T-9001"]


def test_a_column_sorts_both_ways_and_the_head_says_so() -> None:
    eip, first = make_membership("eip"), make_alliance("eligible", name="Ñame de Ibagué")
    for name in ("Zanahoria", "Árbol de tomate", "Nuez"):
        make_alliance("eligible", name=name, call=first.call)

    def names(query: str) -> list[str]:
        return [row.name for row in listing(query, eip).rows]

    in_order = ["Árbol de tomate", "Nuez", "Ñame de Ibagué", "Zanahoria"]
    assert names("sort=name") == in_order
    assert names("sort=-name") == in_order[::-1]
    assert names("sort=rubbish") == names("")
    heading = next(row for row in listing("sort=name", eip).headings if row.direction)
    assert (heading.column.name, heading.direction, heading.sort) == ("name", "ascending", "-name")


def test_chosen_columns_and_rows_of_a_page_stay_in_the_address() -> None:
    eip = make_membership("eip")
    asked = listing("q=&size=100&col=nit&col=ally&col=rubbish&page=7&sort=-since", eip)

    assert [column.name for column in asked.columns] == ["code", "ally", "nit"]
    assert (asked.size, asked.page.number) == (100, 1)
    assert asked.query == "size=100&col=ally&col=nit"
    assert listing(asked.query, eip).query == asked.query
    assert listing("size=5000", eip).size == 50


def test_two_lists_have_two_names() -> None:
    with pytest.raises(ValueError, match="already exists"):
        declare(lists.replace(ALLIANCES))


# -- Saved views ---------------------------------------------------------------------------------
def test_a_view_is_kept_under_a_name_of_ones_own() -> None:
    cast = make_cast("eligible")
    eip, ogr = client_of(cast["eip"]), client_of(cast["ogr"])
    sent = {"list_name": "alliances", "query": "q=papa&sort=name", "name": "Papas"}

    answer = eip.post("/listas/vistas/guardar/", sent)
    assert (answer.status_code, answer.headers["Location"]) == (
        302,
        "/alianzas/?q=papa&sort=name",
    )
    eip.post("/listas/vistas/guardar/", sent | {"query": "q=yuca"})  # the same name: it says so now
    (view,) = SavedView.objects.all()
    assert (view.person, view.query) == (cast["eip"].user, "q=yuca")
    assert "/alianzas/?q=yuca" in eip.get("/alianzas/").content.decode()
    assert "/alianzas/?q=yuca" not in ogr.get("/alianzas/").content.decode()

    forget = f"/listas/vistas/{view.pk}/olvidar/"
    ogr.post(forget, {"list_name": "alliances"})
    assert SavedView.objects.exists()
    eip.post(forget, {"list_name": "alliances"})
    assert not SavedView.objects.exists()


@pytest.mark.parametrize("wrong", [{"name": ""}, {"list_name": "rubbish"}, {"query": "q" * 2000}])
def test_a_view_that_says_nothing_is_refused(wrong: dict[str, str]) -> None:
    eip = client_of(make_membership("eip"))
    sent = {"list_name": "alliances", "query": "", "name": "Todas"} | wrong

    assert eip.post("/listas/vistas/guardar/", sent).status_code == 400
    assert not SavedView.objects.exists()


# -- From row to row -----------------------------------------------------------------------------
def test_a_page_that_was_opened_from_a_list_knows_the_next_row() -> None:
    cast = make_cast("eligible")
    eip = client_of(cast["eip"])
    others = [make_alliance("eligible", call=cast.alliance.call) for _number in range(2)]
    here, after = sorted([cast.alliance.code, others[0].code, others[1].code])[:2]
    came_from = quote("alliances?status=eligible&sort=code", safe="")

    page = eip.get(f"/alianzas/{here}/?from={came_from}").content.decode()
    assert f'rel="next" data-key="l" href="/alianzas/{after}/?from={came_from}"' in page
    assert 'rel="prev"' not in page
    assert f'href="/alianzas/?status=eligible&amp;sort=code#row-{here}"' in page

    left_it = quote("alliances?status=draft", safe="")
    page = eip.get(f"/alianzas/{here}/?from={left_it}").content.decode()
    assert 'href="/alianzas/?status=draft"' in page
    assert 'rel="next"' not in page
    for rubbish in ("nowhere?q=", "alliances?status=%F0", "%00x", "?"):
        assert eip.get(f"/alianzas/{here}/?from={quote(rubbish)}").status_code in (200, 400)


def test_a_row_that_left_the_list_still_knows_what_it_stood_between(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whoever acts on a row of «what waits for me» goes on with the next one."""
    monkeypatch.setattr("kit.lists.SIZES", (2,))
    cast = make_cast("eligible")
    call = cast.alliance.call
    codes = sorted(make_alliance("submitted", call=call, name="Mora").code for _number in range(5))
    eip, query = client_of(cast["eip"]), "alliances?q=mora&sort=code&page=2"

    def trail_at(code: str) -> Any:
        page = eip.get(f"/alianzas/{code}/", {"from": query})
        return page.context["frame"].trail

    before = trail_at(codes[2])
    assert (before.place, before.total) == (3, 5)
    assert before.back == f"/alianzas/?q=mora&sort=code&page=2#row-{codes[2]}"
    Alliance.objects.filter(code__in=[codes[2], codes[4]]).update(name="Otra")
    after = trail_at(codes[2])
    assert (after.place, after.total) == (0, 3)
    assert f"/{codes[1]}/" in after.previous
    assert f"/{codes[3]}/" in after.following
    assert after.back == f"/alianzas/?q=mora&sort=code&page=2#row-{codes[3]}"
    last = trail_at(codes[4])  # nothing comes after it: back to what stood before
    assert last.following == ""
    assert last.back == f"/alianzas/?q=mora&sort=code&page=2#row-{codes[3]}"
    Alliance.objects.filter(code__in=codes).update(name="Otra")
    assert trail_at(codes[0]).back == "/alianzas/?q=mora&sort=code"


def test_a_row_far_from_the_page_it_was_opened_from_is_found_where_that_costs_little(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("kit.lists.SIZES", (2,))
    cast = make_cast("eligible")
    made = [make_alliance("submitted", call=cast.alliance.call, name="Mora") for _n in range(12)]
    codes, eip = sorted(row.code for row in made), client_of(cast["eip"])

    def trail_from(page: str) -> Any:
        query = f"alliances?q=mora&sort=code&page={page}"
        return eip.get(f"/alianzas/{codes[9]}/", {"from": query}).context["frame"].trail

    for page in ("5", "4", "1", "900", "9" * 40, "x"):
        trail = trail_from(page)
        assert (trail.place, trail.total) == (10, 12), page
        assert trail.back == f"/alianzas/?q=mora&sort=code&page=5#row-{codes[9]}"
        assert quote("page=6", safe="") in trail.following  # the next one stands on the next page
        assert quote("page=5", safe="") in trail.previous
    monkeypatch.setattr("kit.lists.MOST_NUMBERED", 11)
    assert trail_from("4").place == 10  # it is near
    far = trail_from("2")
    assert (far.place, far.previous, far.following) == (0, "", "")
    assert far.back == "/alianzas/?q=mora&sort=code&page=2"


def test_an_act_on_many_comes_back_to_the_page_it_was_chosen_on() -> None:
    cast = make_cast("draft")
    ogr = client_of(cast["ogr"])
    bulk = proposed(ogr, "submit", [cast.alliance], query="lacks=something&page=3")
    page = ogr.get(f"/lotes/{bulk.key}/").content.decode()
    assert 'href="/perfiles/?lacks=something&amp;page=3"' in page


def test_an_act_comes_back_to_the_row_as_the_list_opened_it() -> None:
    cast = make_cast("eligible")
    way = f"/alianzas/{cast.alliance.code}/intereses/?from=alliances%3Fq%3Dpapa"
    answer = client_of(cast["cir"]).post(way, {"kind": "kinship", "detail": "prima"})
    assert answer.headers["Location"].endswith(f"/{cast.alliance.code}/?from=alliances%3Fq%3Dpapa")
    way = way.split("?")[0]
    answer = client_of(cast["eip"]).post(way, {"kind": "kinship", "detail": "prima"})
    assert answer.headers["Location"] == f"/alianzas/{cast.alliance.code}/"


# -- Files ---------------------------------------------------------------------------------------
def body_of(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


def test_what_is_filtered_leaves_as_a_workbook_and_as_text(monkeypatch: Any) -> None:
    monkeypatch.setattr(lists, "CHUNK", 2)
    cast = make_cast("eligible")
    eip, call = client_of(cast["eip"]), cast.alliance.call
    rows = [make_alliance("eligible", call=call, name=f"=Papa {n}") for n in range(5)]
    make_alliance("executing", call=call)
    asked = "/alianzas/?status=eligible&q=papa&sort=code&col=name&col=since&col=incentive"

    text = body_of(eip.get(f"{asked}&file=csv")).decode("utf-8-sig").splitlines()
    assert len(text) == 1 + len(rows) + 1  # its head, ours, and that of the cast
    assert any("'=Papa 0" in line for line in text)
    book = load_workbook(BytesIO(body_of(eip.get(f"{asked}&file=xlsx"))))
    written = list(book.active.iter_rows(values_only=True))
    assert len(written) == len(text)
    by_code = {row[0]: row for row in written[1:]}
    assert by_code[rows[0].code][1] == "'=Papa 0"
    assert by_code[rows[0].code][3] == rows[0].incentive_cop
    assert eip.get(f"{asked}&file=exe").headers["Content-Type"].startswith("text/html")


def test_every_row_leaves_in_little_memory() -> None:
    rows = samples(50_000, usual=8_000)
    cast = make_cast("eligible")
    many_alliances(make_alliance(call=cast.alliance.call), rows)
    ogr = client_of(cast["ogr"])
    ogr.get("/alianzas/?file=xlsx&q=nothing")  # what is imported once counts for nobody
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    length = sum(map(len, ogr.get("/alianzas/?file=xlsx&col=name&col=since").streaming_content))
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024

    assert length > 10 * rows
    assert grown < MOST_MEMORY, f"{grown:.0f} MiB"


# -- Scale ---------------------------------------------------------------------------------------
def queries(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


@pytest.mark.parametrize(
    ("role", "address"),
    [
        ("eip", "/alianzas/?task=appoint"),
        ("ogr", "/alianzas/?q=papa&sort=name"),
        ("ogr", "/perfiles/?lacks=nothing&sort=-producers"),
        ("scorer", "/perfiles/?task=verify"),
    ],
)
def test_a_list_asks_the_same_whatever_its_rows(role: str, address: str) -> None:
    cast = make_cast("submitted")
    client, counts = client_of(cast[role]), []
    for _times in (1, 2):
        for _number in range(4):
            make_producer(make_alliance("submitted", call=cast.alliance.call))
            make_producer(make_alliance(call=cast.alliance.call))
        counts.append(queries(client, address))
    assert counts[0] == counts[1] <= MOST_QUERIES


def test_every_task_that_home_counts_is_a_list_of_as_many(cast_of_tasks: Cast) -> None:
    """The count of a kind is the length of the list that it leads to."""
    seen = 0
    for role in ("eip", "ogr", "scorer", "cir", "oga", "trustee", "organisation", "manager"):
        client = client_of(cast_of_tasks[role])
        home = client.get("/")
        for kind in home.context["kinds"]:
            page = client.get(kind.url).context["page"]
            assert page.paginator.count == kind.count, (role, kind)
            seen += kind.count
        assert home.context["waiting_count"] >= len(home.context["waiting"])
    assert seen > 20


def test_all_that_others_owe_is_a_list_of_as_many(cast_of_tasks: Cast) -> None:
    """On whom each role waits: by who owes it and kind, each count that of its list."""
    alliance = cast_of_tasks.alliance
    for role in ("ogr", "scorer", "cir", "eip", "oga", "trustee"):
        for row in Alliance.objects.filter(call=alliance.call).exclude(status="draft"):
            if role in ("scorer", "oga", "trustee") and row.pk % 2:
                duty = {"scorer": "score", "oga": "accompany", "trustee": "pay"}[role]
                if not row.appointments.filter(duty=duty).exists():
                    make_appointment(row, duty, cast_of_tasks[role].organisation)
            acted_on(row, cast_of_tasks[role])
    owed = {}
    for role in CAST:
        client = client_of(cast_of_tasks[role])
        home = client.get("/")
        rows = [(debtor, row) for debtor in home.context["expecting"] for row in debtor.rows]
        for _debtor, row in rows:
            assert client.get(row.url).context["page"].paginator.count == row.count, (role, row)
        owed[role] = {(debtor.whom, row.title) for debtor, row in rows}
        assert home.context["expecting_count"] == sum(row.count for _debtor, row in rows)
    scorer = cast_of_tasks["scorer"].organisation.name
    assert (scorer, "Declare eligible") in owed["organisation"]
    assert ("EIP", "Appoint who verifies and scores") in owed["organisation"]
    assert ("Committee member", "Select") in owed["eip"]
    assert ("EIP", "Declare viable") in owed["ogr"]
    assert owed["policy"] == owed["evaluator"] == set()
    eip = client_of(cast_of_tasks["eip"])
    for rubbish in ("0", "nobody", "9" * 40, "²"):
        answer = eip.get("/alianzas/", {"waits_on": rubbish})
        assert answer.context["page"].paginator.count == 0


def acted_on(alliance: Alliance, member: Any) -> None:
    """Something that this body did on it and that bars it from nothing."""
    Event.objects.create(
        alliance=alliance, verb="declare_interest", organisation=member.organisation, at=AT
    )


@pytest.fixture
def cast_of_tasks() -> Cast:
    """An alliance at each step of the way, and many that wait for the same."""
    cast = make_cast("executing")
    for status in ("draft", "submitted", "eligible", "scored", "study_submitted", "closed"):
        for _number in range(3):
            make_alliance(status, call=cast.alliance.call, organisation=cast.alliance.organisation)
    return cast


@pytest.mark.parametrize(
    ("model", "fields"),
    [
        (Alliance, ["name"]),
        (Document, ["title"]),
        (Organisation, ["name"]),
        (Producer, ["surnames", "given_names"]),
        (User, ["first_name", "last_name"]),
    ],
)
def test_a_page_by_name_is_read_in_the_order_of_an_index(model: Any, fields: list[str]) -> None:
    """The index is of the very expression that lists sort by."""
    first_page = model.objects.order_by(*by_name(*fields), "pk")[:50]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
    assert "_in_order on " in first_page.explain()
