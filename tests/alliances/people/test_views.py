"""Acting for another organisation: only one's own, only by POST, never to another host."""

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from alliances.people.acting_membership import SESSION_KEY
from alliances.people.models import Membership
from tests.factories.alliances import make_membership, make_user

pytestmark = pytest.mark.django_db
SWITCH = "/actuar-por/"


@pytest.fixture
def mine() -> list[Membership]:
    """One person in two organisations."""
    user = make_user()
    return [make_membership("ogr", user=user), make_membership("oga", user=user)]


@pytest.fixture
def client(mine: list[Membership]) -> Client:
    client = Client()
    client.force_login(mine[0].user)
    return client


def test_person_acts_for_the_organisation_chosen(client: Client, mine: list[Membership]) -> None:
    assert reverse("alliances:membership-switch") == SWITCH
    answer = client.post(SWITCH, {"membership": mine[1].pk, "next": "/alianzas/"})
    assert (answer.status_code, answer["Location"]) == (302, "/alianzas/")
    assert client.session[SESSION_KEY] == mine[1].pk
    assert client.get("/alianzas/").wsgi_request.acting == mine[1]


@pytest.mark.parametrize("target", ["https://example.org/", "//example.org", "javascript:alert(1)"])
def test_page_to_go_back_to_is_of_this_site(
    client: Client, mine: list[Membership], target: str
) -> None:
    answer = client.post(SWITCH, {"membership": mine[1].pk, "next": target})
    assert answer["Location"] == "/"


def test_membership_of_another_person_is_not_found(client: Client) -> None:
    other = make_membership("eip")
    assert client.post(SWITCH, {"membership": other.pk}).status_code == 404
    assert SESSION_KEY not in client.session


def test_membership_that_ended_is_not_found(client: Client, mine: list[Membership]) -> None:
    ended = make_membership("eip", user=mine[0].user, valid_until=date(2025, 12, 31))
    assert client.post(SWITCH, {"membership": ended.pk}).status_code == 404


@pytest.mark.parametrize("sent", [{}, {"membership": "x"}, {"membership": "-1"}])
def test_nonsense_is_not_found(client: Client, sent: dict[str, str]) -> None:
    assert client.post(SWITCH, sent).status_code == 404


def test_switching_is_never_a_get(client: Client, mine: list[Membership]) -> None:
    assert client.get(SWITCH, {"membership": mine[1].pk}).status_code == 405


def test_stranger_is_asked_to_sign_in(mine: list[Membership]) -> None:
    answer = Client().post(SWITCH, {"membership": mine[1].pk})
    assert answer.status_code == 401
    assert "/cuenta/" in answer.content.decode()
