"""Visits for machines: one per key, scoped, refused with a reason, listed in constant queries."""

from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from alliances.field.models import Visit
from alliances.people.models import Producer
from tests.alliances.field.conftest import log
from tests.alliances.field.test_pages import client_of
from tests.alliances.field.test_services import photo
from tests.factories.alliances import Cast, make_cast

pytestmark = pytest.mark.django_db
URL = "/api/v1/visits/"


def visit(cast: Cast, **changes: Any) -> dict[str, Any]:
    return {
        "key": str(uuid4()),
        "alliance": cast.alliance.code,
        "kind": "technical",
        "visited_on": "2026-03-10",
        "topic": "Siembra de papa",
    } | changes


def send(cast: Cast, body: dict[str, Any], role: str = "oga") -> Any:
    return client_of(cast, role).post(URL, body, content_type="application/json")


def test_a_visit_is_created_once(cast: Cast, producers: list[Producer]) -> None:
    body = visit(cast, attended=[row.pk for row in producers])
    first, again = send(cast, body), send(cast, body)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert first.json()["attended"] == 3
    assert Visit.objects.count() == 1


def test_a_telephone_sends_a_form_with_photographs(cast: Cast, producers: list[Producer]) -> None:
    body = visit(cast, attended=[row.pk for row in producers[:2]], photos=[photo()])
    answer = client_of(cast, "oga").post(URL, body)
    assert answer.status_code == 201
    assert (answer.json()["attended"], answer.json()["photographs"]) == (2, 1)
    assert client_of(cast, "oga").post(URL, visit(cast)).json()["attended"] == 0


@pytest.mark.parametrize(
    ("changes", "said_about"),
    [
        ({"key": "x"}, "key"),
        ({"kind": "tourism"}, "kind"),
        ({"visited_on": "ayer"}, "visited_on"),
        ({"topic": ""}, "topic"),
        ({"attended": ["somebody"]}, "attended"),
        ({"attended": [0]}, ""),
        ({"adopted": [1]}, ""),
        ({"visited_on": "2031-01-01"}, ""),
    ],
)
def test_a_mistake_is_a_400_that_says_where(
    changes: dict[str, Any], said_about: str, cast: Cast
) -> None:
    answer = send(cast, visit(cast, **changes))
    assert answer.status_code == 400
    fields = [error["field"].partition(".")[0] for error in answer.json().get("errors", [])]
    assert fields == ([said_about] if said_about else [])
    assert answer.json()["detail"]
    assert not Visit.objects.exists()


def test_refusals_say_why(cast: Cast) -> None:
    organisation = send(cast, visit(cast), "organisation")
    assert organisation.status_code == 403
    assert cast["organisation"].user.display_name in organisation.json()["detail"]
    assert send(cast, visit(cast), "outsider").status_code == 404
    used = visit(cast)
    send(cast, used)
    other = make_cast("executing")
    stolen = used | {"alliance": other.alliance.code}
    assert send(other, stolen).status_code == 409
    assert Client().post(URL, visit(cast), content_type="application/json").status_code == 403


def test_a_visit_typed_by_somebody_else_waits_for_them(cast: Cast) -> None:
    answer = send(cast, visit(cast, membership=cast["eip"].pk))
    assert answer.status_code == 403
    assert not Visit.objects.exists()
    assert send(cast, visit(cast, membership=cast["oga"].pk)).status_code == 201


def test_the_session_alone_is_not_enough(cast: Cast) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast["oga"].user)
    assert client.post(URL, visit(cast), content_type="application/json").status_code == 403
    assert not Visit.objects.exists()


def test_the_list_is_scoped_and_tells_no_names(cast: Cast, producers: list[Producer]) -> None:
    log(cast, attended=[row.pk for row in producers])
    other = make_cast("executing")
    log(other)
    answer = client_of(cast, "organisation").get(URL)
    assert [row["alliance"] for row in answer.json()["results"]] == [cast.alliance.code]
    assert not any(row.surnames in answer.content.decode() for row in producers)
    everything = client_of(cast, "eip").get(URL).json()
    assert everything["count"] == 2
    one = client_of(cast, "eip").get(URL, {"alliance": other.alliance.code}).json()
    assert one["count"] == 1


def test_the_list_costs_no_queries_per_row(cast: Cast) -> None:
    client = client_of(cast, "oga")
    log(cast)
    client.get(URL)
    with CaptureQueriesContext(connection) as one:
        client.get(URL)
    for day in range(3, 9):
        log(cast, visited_on=date(2026, 3, day))
    with CaptureQueriesContext(connection) as many:
        assert client.get(URL).json()["count"] == 7
    assert len(one) == len(many)


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_a_visit_is_never_rewritten(method: str, cast: Cast) -> None:
    client = client_of(cast, "oga")
    assert getattr(client, method)(URL).status_code == 405
