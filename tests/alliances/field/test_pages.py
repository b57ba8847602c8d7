"""Pages of the field: who sees them, the form of a visit without JavaScript, queries."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import localdate, now

from alliances.field.forms import MAX_PHOTOS
from alliances.field.models import Visit
from alliances.lifecycle.models import Alliance
from alliances.people.models import Membership, Producer
from alliances.territory.models import Practice
from alliances.territory.services import load_reference
from tests.alliances.field.conftest import log
from tests.alliances.field.test_plans import assign
from tests.alliances.field.test_services import photo
from tests.factories.alliances import (
    READERS,
    Cast,
    make_alliance,
    make_appointment,
    make_membership,
    make_producer,
)

pytestmark = pytest.mark.django_db


def client_of(cast: Cast, role: str) -> Client:
    client = Client()
    client.force_login((cast.outsider if role == "outsider" else cast[role]).user)
    return client


def url(cast: Cast, tail: str = "") -> str:
    return f"/alianzas/{cast.alliance.code}/visitas/{tail}"


def answers(**changes: Any) -> dict[str, Any]:
    return {
        "key": str(uuid4()),
        "kind": "technical",
        "visited_on": "2026-03-10",
        "topic": "Siembra de papa",
    } | changes


# -- The list -------------------------------------------------------------------------------------
def test_the_field_team_starts_a_visit_from_its_card(cast: Cast) -> None:
    page = client_of(cast, "oga").get("/campo/").content.decode()
    assert url(cast, "nueva/") in page


@pytest.mark.parametrize("role", ["eip", "manager", "organisation"])
def test_others_read_the_cards_and_start_nothing(role: str, cast: Cast) -> None:
    page = client_of(cast, role).get("/campo/").content.decode()
    assert cast.alliance.name in page
    assert "nueva/" not in page


def test_cards_cost_no_queries(cast: Cast) -> None:
    client = client_of(cast, "oga")
    client.get("/campo/")
    with CaptureQueriesContext(connection) as one:
        client.get("/campo/")
    for _ in range(5):
        make_appointment(make_alliance("executing"), "accompany", cast["oga"].organisation)
    with CaptureQueriesContext(connection) as many:
        assert len(client.get("/campo/").context["rows"]) == 6
    assert len(one) == len(many)


def test_the_list_is_narrowed_by_who_goes_and_by_when(cast: Cast) -> None:
    oga, today = cast["oga"], localdate()
    colleague = make_membership("oga", organisation=oga.organisation)
    rows = [cast.alliance, *(make_alliance("executing") for _ in range(3))]
    for row in rows[1:]:
        make_appointment(row, "accompany", oga.organisation)
    mine, hers, later, nobodys = rows
    for row, to, days in ((mine, oga, 0), (hers, colleague, 7), (later, colleague, 8)):
        own = Cast(row, {"oga": oga}, oga, oga)
        assign(own, to, at=now(), due_on=today + timedelta(days=days))
    client = client_of(cast, "oga")

    def shown(query: str, by: Client = client) -> set[Alliance]:
        return {row.alliance for row in by.get(f"/campo/?{query}").context["rows"]}

    assert shown("assigned=me") == {mine}
    assert shown(f"assigned={colleague.pk}") == {hers, later}
    assert shown("assigned=nobody") == {nobodys}
    assert shown("due=week") == {mine, hers}
    assert shown("due=later") == {later}
    assert shown("due=late") == set()
    assert shown("assigned=rubbish") == shown("due=soon") == {*rows}  # left out, as everywhere
    assert shown("assigned=me", client_of(cast, "eip")) == {*rows}
    tomorrow = today + timedelta(days=1)
    with time_machine.travel(datetime.combine(tomorrow, time(18), UTC), tick=False):
        assert shown("due=late", fresh(oga)) == {mine}
    order = [row.alliance for row in client.get("/campo/?sort=due").context["rows"]]
    assert order == [mine, hers, later, nobodys]
    file = client.get("/campo/?assigned=me&file=csv")
    text = b"".join(file.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    assert f"{oga.user.display_name},{today.isoformat()}" in text.replace(";", ",")


def fresh(member: Membership) -> Client:
    client = Client()
    client.force_login(member.user)
    return client


# -- The visits of an alliance --------------------------------------------------------------------
def test_whoever_sees_the_alliance_reads_its_visits(cast: Cast) -> None:
    log(cast, notes="Se perdió un lote")
    for role in READERS:
        assert "Se perdió un lote" in client_of(cast, role).get(url(cast)).content.decode()
    assert client_of(cast, "outsider").get(url(cast)).status_code == 404
    assert Client().get(url(cast)).status_code == 302


def test_visits_cost_no_queries(cast: Cast, producers: list[Producer]) -> None:
    client = client_of(cast, "eip")
    log(cast, attended=[producers[0].pk])
    client.get(url(cast))
    with CaptureQueriesContext(connection) as one:
        client.get(url(cast))
    for day in range(11, 17):
        log(cast, visited_on=date(2026, 3, day), attended=[row.pk for row in producers])
    with CaptureQueriesContext(connection) as many:
        assert len(client.get(url(cast)).context["page"].object_list) == 7
    assert len(one) == len(many)


# -- The form, as it works without JavaScript -----------------------------------------------------
def test_a_visit_is_logged_once(cast: Cast, producers: list[Producer]) -> None:
    client, sent = client_of(cast, "oga"), answers(attended=[row.pk for row in producers[:2]])
    for _ in range(2):
        answer = client.post(url(cast, "nueva/"), sent)
        assert (answer.status_code, answer.headers["Location"]) == (302, url(cast))
    visit = Visit.objects.get()
    assert visit.attendance.count() == 2
    assert "Siembra de papa" in client.get(url(cast)).content.decode()


def test_the_form_offers_today_names_and_earlier_practices(
    cast: Cast, producers: list[Producer]
) -> None:
    page = client_of(cast, "oga").get(url(cast, "nueva/"))
    assert page.context["form"]["visited_on"].value() == localdate()
    assert not page.context["form"].has_practices
    text = page.content.decode()
    assert all(str(row) in text for row in producers)
    assert not any(row.document_number in text for row in producers)
    log(cast, practice_taught="Compost")
    assert "Compost" in client_of(cast, "oga").get(url(cast, "nueva/")).content.decode()


def test_adoption_is_kept_of_those_who_came(cast: Cast, producers: list[Producer]) -> None:
    log(cast, practice_taught="Compost")
    a, b = producers[0].pk, producers[1].pk
    sent = answers(attended=[a], practice_checked="Compost", adopted=[a, b])
    assert client_of(cast, "oga").post(url(cast, "nueva/"), sent).status_code == 302
    visit = Visit.objects.get(key=sent["key"])
    assert list(visit.attendance.values_list("producer", "has_adopted")) == [(a, True)]


def test_photographs_travel_with_the_form(cast: Cast) -> None:
    sent = answers(photos=[photo(), photo("otra.jpg", "brown")])
    assert client_of(cast, "oga").post(url(cast, "nueva/"), sent).status_code == 302
    assert Visit.objects.get().photos.count() == 2


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"kind": ""}, "kind"),
        ({"kind": "tourism"}, "kind"),
        ({"topic": "  "}, "topic"),
        ({"visited_on": "ayer"}, "visited_on"),
        ({"key": "not a key"}, "key"),
        ({"practice_checked": "Never taught"}, "practice_checked"),
        ({"attended": ["999999999"]}, "attended"),
        ({"attended": ["somebody"]}, "attended"),
        ({"visited_on": "2031-01-01"}, "visited_on"),
        ({"visited_on": "2026-03-01"}, "visited_on"),
    ],
)
def test_a_mistake_is_shown_where_it_is(changes: dict[str, Any], field: str, cast: Cast) -> None:
    answer = client_of(cast, "oga").post(url(cast, "nueva/"), answers(**changes))
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert not Visit.objects.exists()


def test_too_many_photographs_and_rubbish_are_refused(cast: Cast) -> None:
    client = client_of(cast, "oga")
    many = [photo(f"{n}.jpg") for n in range(MAX_PHOTOS + 1)]
    answer = client.post(url(cast, "nueva/"), answers(photos=many))
    assert list(answer.context["form"].errors) == ["photos"]
    rubbish = photo("programa.exe")
    answer = client.post(url(cast, "nueva/"), answers(photos=[rubbish]))
    assert answer.status_code == 422
    assert not Visit.objects.exists()


@pytest.mark.parametrize(
    "role",
    [
        "eip",
        "ogr",
        "scorer",
        "cir",
        "trustee",
        "ally",
        "manager",
        "organisation",
        "evaluator",
        "policy",
    ],
)
def test_nobody_else_opens_or_sends_the_form(role: str, cast: Cast) -> None:
    client = client_of(cast, role)
    assert client.get(url(cast, "nueva/")).status_code in (403, 404)
    assert client.post(url(cast, "nueva/"), answers()).status_code in (403, 404)
    assert not Visit.objects.exists()


def test_a_stranger_finds_nothing(cast: Cast) -> None:
    assert client_of(cast, "outsider").post(url(cast, "nueva/"), answers()).status_code == 404
    assert Client().post(url(cast, "nueva/"), answers()).status_code == 401  # the entrance
    assert not Visit.objects.exists()


def test_the_form_costs_no_queries_per_producer(cast: Cast, producers: list[Producer]) -> None:
    client = client_of(cast, "oga")
    client.get(url(cast, "nueva/"))
    with CaptureQueriesContext(connection) as few:
        client.get(url(cast, "nueva/"))
    for _ in range(10):
        make_producer(cast.alliance)
    with CaptureQueriesContext(connection) as many:
        client.get(url(cast, "nueva/"))
    assert len(few) == len(many)


def test_practices_of_the_list_are_offered_by_their_days_and_words_of_ones_own_are_kept(
    cast: Cast, producers: list[Producer]
) -> None:
    load_reference()
    Practice.objects.filter(pk="poda").update(valid_until=localdate() - timedelta(days=1))
    Practice.objects.filter(pk="cuentas").update(valid_from=localdate() + timedelta(days=1))
    page = client_of(cast, "oga").get(url(cast, "nueva/"))
    offered = page.context["form"].offered_practices
    assert "Preparar y usar abono orgánico" in offered
    assert not {"Podar a tiempo", "Llevar cuentas de ingresos y gastos"} & set(offered)
    assert '<option value="Preparar y usar abono orgánico">' in page.content.decode()
    for practice in (offered[0], "Sembrar en tresbolillo"):
        sent = answers(attended=[producers[0].pk], practice_taught=practice)
        assert client_of(cast, "oga").post(url(cast, "nueva/"), sent).status_code == 302
        assert Visit.objects.get(key=sent["key"]).practice_taught == practice
