"""The programme in aggregates: what it adds up, who reads it, and that it tells of nobody."""

import re
from datetime import date
from decimal import Decimal
from html import unescape
from itertools import product
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st

from alliances.lifecycle.desk import Desk
from alliances.lifecycle.models import Alliance, Route
from alliances.lifecycle.table import Status
from fiduciary.fund.selectors import fund_of
from fiduciary.fund.services import record_repayment
from fiduciary.programme.home import waiting_for
from fiduciary.programme.selectors.facts import Facts, facts_on
from fiduciary.programme.selectors.shown import GROUPS, Programme, forget
from fiduciary.programme.table import MEASURES, PROGRESS, progress_of
from kit.small_cells import ALL, THRESHOLD, Key
from tests.factories.alliances import (
    CAST,
    ROLE_KIND,
    Cast,
    make_alliance,
    make_cast,
    make_membership,
    make_municipality,
    make_producer,
)
from tests.factories.fiduciary import (
    MILLION,
    MONDAY,
    make_commitment,
    make_contribution,
    make_funded_cast,
    make_line,
    make_request,
    make_rules,
    make_windows,
)
from tests.kit.test_hide_table import Row, reduced, remainder

PAGE, FILE, API = "/programa/", "/programa/tablas.csv", "/api/v1/programme/"


# -- Nothing small is told ------------------------------------------------------------------------
CALLS, DEPARTMENTS, CROPS = ("C1", "C2"), ("05", "52"), ("cafe", "papa")


@st.composite
def portfolios(draw: st.DrawFn) -> Facts:
    """Some alliances of two calls, two departments and two crops, each with people and money."""
    facts = Facts(
        calls={code: code for code in CALLS},
        departments={code: code for code in DEPARTMENTS},
        crops={code: {"es": code, "en": code} for code in CROPS},
        progress={},
        routes={},
        by_crop={},
        sexes={},
        ages={},
        groups={},
        money={measure.name: {} for measure in MEASURES},
    )
    kinds = st.tuples(
        st.sampled_from(CALLS),
        st.sampled_from(DEPARTMENTS),
        st.sampled_from(list(PROGRESS)[:4]),
        st.sampled_from(Route.values[:2]),
        st.sampled_from(CROPS),
        st.integers(1, 9),
    )
    for call, department, progress, route, crop, times in draw(st.lists(kinds, max_size=14)):
        place, amount = (call, department), Decimal(times)
        for cells, category in (
            (facts.progress, progress),
            (facts.routes, route),
            (facts.by_crop, crop),
        ):
            count, so_far = cells.get((*place, category), (0, Decimal(0)))
            cells[*place, category] = count + times, so_far + amount
        women = draw(st.integers(0, 6))
        for cells_of_people, category, count in (
            (facts.sexes, "women", women),
            (facts.sexes, "others", times),
            (facts.ages, "young", times),
            (facts.ages, "older", women),
            (facts.groups, draw(st.sampled_from(["afro", "victim", ""])), women + times),
        ):
            key = (*place, category)
            cells_of_people[key] = cells_of_people.get(key, 0) + count
        for measure in MEASURES:
            alliances, count, cop = facts.money[measure.name].get(place, (0, 0, Decimal(0)))
            added = draw(st.integers(0, times))
            facts.money[measure.name][place] = (alliances + added, count + added, cop + added)
    return facts


def summed(cells: dict[Key, int], key: Key) -> int:
    return sum(
        count
        for place, count in cells.items()
        if all(want in (ALL, own) for want, own in zip(key, place, strict=True))
    )


PLACES = list(product((*CALLS, ALL), (*DEPARTMENTS, ALL)))


@settings(max_examples=60, deadline=None)
@given(portfolios())
def test_no_cell_of_the_page_is_small(facts: Facts) -> None:
    programme = Programme(facts, MONDAY)

    for place in PLACES:
        for table in programme.tables_at(place):
            for row in table.rows:
                for (name, _label, unit), figure in zip(table.columns, row.figures, strict=True):
                    if unit == "count" and name != "requests":
                        assert figure is None or figure == 0 or figure >= THRESHOLD
        for measure in MEASURES:
            cells = facts.money[measure.name]
            of = summed({key: alliances for key, (alliances, _n, _sum) in cells.items()}, place)
            if 0 < of < THRESHOLD:
                counts, amounts = programme.money[measure.name]
                assert (counts[place], amounts[place]) == (None, None)


def told(
    whole: dict[str, tuple[list[str], dict[Key, int]]], is_shown: dict[str, set[Key]]
) -> list[tuple[str, Key]]:
    """What follows from the tables together; they are of the same alliances, place by place."""
    leaves = [
        (name, (*place, category))
        for name, (axis, _cells) in whole.items()
        for place in product(CALLS, DEPARTMENTS)
        for category in axis
    ]

    def row(name: str, key: Key) -> Row:
        return {
            at: 1
            for at, (own_name, leaf) in enumerate(leaves)
            if own_name == name
            and all(want in (ALL, own) for want, own in zip(key, leaf, strict=True))
        }

    first, *others = whole
    rows = [row(name, key) for name in whole for key in is_shown[name]]
    for place in product(CALLS, DEPARTMENTS):
        one = row(first, (*place, ALL))
        # The unknowns of one table are none of another's.
        rows += [one | dict.fromkeys(row(name, (*place, ALL)), -1) for name in others]
    basis = reduced(rows)
    keys = [
        (name, (*place, category))
        for name, (axis, _cells) in whole.items()
        for place in PLACES
        for category in (*axis, ALL)
    ]
    return [
        (name, key)
        for name, key in keys
        if key not in is_shown[name]
        and summed(whole[name][1], key)
        and not remainder(row(name, key), basis)
    ]


@settings(max_examples=60, deadline=None)
@given(portfolios())
def test_no_hidden_count_follows_from_all_pages_together(facts: Facts) -> None:
    programme = Programme(facts, MONDAY)
    alliances = {
        "progress": (list(PROGRESS), {key: n for key, (n, _sum) in facts.progress.items()}),
        "routes": (Route.values, {key: n for key, (n, _sum) in facts.routes.items()}),
        "crops": (list(CROPS), {key: n for key, (n, _sum) in facts.by_crop.items()}),
    }
    people = {
        "sexes": (["women", "others"], facts.sexes),
        "ages": (["young", "older"], facts.ages),
        "groups": (list(GROUPS), facts.groups),
    }
    for whole, parts, totals in (
        (alliances, programme.breakdowns, programme.alliances),
        (people, programme.people, programme.producers),
    ):
        shown: dict[str, set[Key]] = {
            name: {
                (*place, category)
                for place in PLACES
                for category in axis
                if parts[name][1][*place, category] is not None
            }
            | {(*place, ALL) for place in PLACES if totals[place] is not None}
            for name, (axis, _cells) in whole.items()
        }
        assert told(whole, shown) == []


@pytest.mark.parametrize("status", [status for status in Status if status != Status.DRAFT])
def test_each_status_has_its_row(status: Status) -> None:
    assert progress_of(status) in PROGRESS


# -- What the database adds up --------------------------------------------------------------------
@pytest.mark.django_db
def test_money_is_added_up_as_the_pages_of_an_alliance_do() -> None:
    cast = make_funded_cast()
    make_windows(cast.alliance, ("03-01", "06-30"))
    line = make_line(cast.alliance, planned_cop=90 * MILLION)
    for days in (10, 105, 130):
        make_request(cast, line=line, delivery_lead_days=days)
    make_contribution(cast.alliance, due_on=date(2020, 1, 1))
    place = (cast.alliance.call.code, cast.alliance.municipality.department_id)

    money = facts_on(MONDAY.date()).money

    assert money["requested"][place] == (1, 3, 15 * MILLION)
    assert money["late"][place] == (1, 2, 10 * MILLION)
    assert money["paid"][place] == (0, 0, 0)
    assert money["overdue"][place][2] == 100 * MILLION


@pytest.mark.django_db
def test_debts_are_added_up_as_the_fund_does() -> None:
    cast = make_cast("fund_operating")
    make_rules(cast)
    commitments = [make_commitment(cast, make_producer(cast.alliance)) for _ in range(2)]
    record_repayment(
        commitment_id=commitments[0].pk,
        amount_cop=MILLION,
        paid_on=MONDAY.date(),
        acting=cast["organisation"],
        at=MONDAY,
        key=uuid4(),
    )
    on = date(2027, 6, 1)
    place = (cast.alliance.call.code, cast.alliance.municipality.department_id)

    money, portfolio = facts_on(on).money, fund_of(cast.alliance, on).portfolio

    assert money["repaid"][place] == (1, 1, portfolio.repaid_cop)
    overdue, to_come = (
        money[name].get(place, (0, 0, Decimal(0)))[2] for name in ("owed_overdue", "owed_to_come")
    )
    assert overdue == portfolio.overdue_cop > 0
    assert overdue + to_come == portfolio.owed_cop


# -- The page -------------------------------------------------------------------------------------
@pytest.fixture
def portfolio(db: None) -> Cast:
    """Six alliances of Nariño and two of Antioquia, and a draft that nobody counts."""
    cast = make_cast("executing")
    for number in range(5):
        alliance = make_alliance("submitted", call=cast.alliance.call, name=f"Secreta {number}")
        make_producer(alliance, surnames=f"Apellido{number}")
    elsewhere = make_municipality("05001", "Medellín")
    for _ in range(2):
        make_alliance("submitted", call=cast.alliance.call, municipality=elsewhere)
    make_alliance("draft", call=cast.alliance.call)
    return cast


def client_of(cast: Cast, role: str) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(cast[role].user)
    return client


@pytest.mark.parametrize("address", [PAGE, FILE, API])
@pytest.mark.parametrize("role", CAST)
def test_who_reads_the_whole_country_reads_the_programme(
    portfolio: Cast, role: str, address: str
) -> None:
    client = client_of(portfolio, role)

    expected = 200 if role in ("eip", "evaluator", "policy") else 403
    assert client.get(address).status_code == expected
    assert client.post(address).status_code == 405


def test_page_file_and_api_hide_the_same_and_name_nobody(portfolio: Cast) -> None:
    client = client_of(portfolio, "policy")
    page, file, api = (client.get(address) for address in (PAGE, FILE, API))

    tables = {table["name"]: table for table in api.json()["tables"]}
    by_department = {row["name"]: row["figures"] for row in tables["departments"]["rows"]}
    assert by_department["05"]["alliances"] is None
    assert by_department["52"]["alliances"] is None  # the total less this one would be the other
    assert by_department["total"]["alliances"] == "8"
    assert re.search(r"Antioquia</th>\s*<td[^>]*>hidden<", page.text)
    assert "hidden" in file.text
    for secret in (*Alliance.objects.values_list("code", flat=True), "Secreta", "Apellido"):
        assert secret not in page.text + file.text + api.text


def test_a_part_is_asked_for_in_the_address(portfolio: Cast) -> None:
    client = client_of(portfolio, "policy")

    part = client.get(API, {"department": "52", "call": portfolio.alliance.call.code}).json()
    assert (part["department"], part["call"]) == ("52", portfolio.alliance.call.code)
    assert client.get(PAGE, {"department": "52"}).status_code == 200
    assert client.get(PAGE, {"department": "nada"}).status_code == 200
    assert client.get(API, {"department": "nada"}).status_code == 400
    assert client.get(API, {"town": "52"}).status_code == 400


def test_the_page_costs_few_queries_and_the_next_look_none_of_them(portfolio: Cast) -> None:
    client = client_of(portfolio, "policy")
    with CaptureQueriesContext(connection) as first:
        client.get(PAGE)
    with CaptureQueriesContext(connection) as second:
        client.get(PAGE, {"department": "52"})

    assert len(first) <= 15
    assert len(second) <= len(first) - 7


# -- The home of policy ---------------------------------------------------------------------------
@pytest.mark.django_db
def test_home_tells_where_money_comes_late_when_it_is_not_of_a_few() -> None:
    casts = [make_funded_cast() for _ in range(THRESHOLD)]
    make_windows(casts[0].alliance, ("03-01", "06-30"))
    desk = Desk(casts[0]["policy"], MONDAY)
    for cast in casts:
        assert waiting_for(desk) == []
        forget()
        line = make_line(cast.alliance, planned_cop=90 * MILLION)
        make_request(cast, line=line, delivery_lead_days=105)

    [row] = waiting_for(desk)

    assert (row.title, row.alliance) == ("5 requests late for their season", "Nariño")
    for role in ROLE_KIND:  # nobody is led to a page that refuses them
        assert bool(waiting_for(Desk(make_membership(role), MONDAY))) == (role == "policy"), role
    assert client_of(casts[0], "policy").get(row.url).status_code == 200


def test_no_link_of_policy_leads_to_a_refusal(portfolio: Cast) -> None:
    client = client_of(portfolio, "policy")
    home = client.get("/").text
    assert "What you can read" in home
    seen, waiting = set(), ["/"]
    while waiting:
        address = waiting.pop()
        answer = client.get(address, follow=True)  # asked who they are, not refused
        assert answer.status_code == 200, address
        seen.add(address)
        page = b"".join(answer).decode("utf-8", "replace")  # a file has no links and no ``text``
        for link in map(unescape, re.findall(r'href="(/[^"#]*)"', page)):
            if link not in seen and link not in waiting and not link.startswith("/static/"):
                waiting.append(link)

    assert {PAGE, reverse("evaluation:run-list")} <= seen
    assert not [address for address in seen if address.startswith("/alianzas/")]


@pytest.mark.django_db
def test_a_member_of_policy_may_not_even_read_what_its_ministry_promised() -> None:
    cast = make_cast("executing")
    policy = make_membership("policy", organisation=cast["organisation"].organisation)
    client = Client()
    client.force_login(policy.user)

    assert client.get(f"/alianzas/{cast.alliance.code}/").status_code == 404
    assert client.get("/api/v1/alliances/").json()["count"] == 0
