"""Pages of the register: what it knows of somebody, and deciding on a pair."""

from datetime import date
from typing import Any
from uuid import uuid4

import pytest

from alliances.models import DifferentPeople, Person
from alliances.persons.selectors import version_of_pair
from kit.figures import date_short
from tests.alliances.persons.test_register import WHY, pair, person_of
from tests.alliances.preparation.conftest import client_of
from tests.factories.alliances import Cast, make_alliance, make_call, make_producer, walk_to

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


def address(persons: tuple[Person, Person], page: str = "") -> str:
    return f"/participantes/repetidas/{persons[0].pk}/{persons[1].pk}/{page}"


def test_a_person_is_shown_with_every_call_and_how_long_a_member(cast: Cast) -> None:
    make_producer(cast.alliance, document_number="27123456", member_since=date(2019, 6, 30))
    before = make_alliance(call=make_call(code="2020-9"), code="2020-9-52-0001")
    producer = make_producer(before, document_number="27123456", is_member=None)
    walk_to(before, "executing")
    page = client_of(cast["eip"]).get(f"/participantes/{person_of(producer).pk}/").content.decode()
    for words in (
        "2020-9-52-0001",
        cast.alliance.code,
        date_short(date(2019, 6, 30)),
        "Not answered",
        "•••••456",
    ):
        assert words in page
    assert "27123456" not in page


def test_the_pair_is_listed_decided_and_gone(cast: Cast) -> None:
    persons = pair(cast)
    client = client_of(cast["eip"])
    page = client.get("/participantes/repetidas/").content.decode()
    assert address(persons) in page
    assert "Documents one slip apart" in page
    assert client.get(address(persons)).status_code == 200
    sent: dict[str, Any] = {
        "key": str(uuid4()),
        "seen": version_of_pair(persons[0].pk, persons[1].pk),
        "right": persons[0].pk,
        "evidence": "original",
        "reason": WHY,
    }
    assert client.post(address(persons), sent | {"reason": "x"}).status_code == 422
    assert client.post(address(persons), sent).status_code == 302
    assert not Person.objects.filter(pk=persons[1].pk).exists()
    assert (
        "Nobody seems to be there twice" in client.get("/participantes/repetidas/").content.decode()
    )


def test_two_people_are_told_apart(cast: Cast) -> None:
    persons = pair(cast)
    client = client_of(cast["eip"])
    wrong = client.post(address(persons, "distintas/"), {"key": str(uuid4()), "reason": ""})
    assert wrong.status_code == 422
    done = client.post(address(persons, "distintas/"), {"key": str(uuid4()), "reason": WHY})
    assert done.status_code == 302
    assert DifferentPeople.objects.count() == 1


def test_two_documents_offer_no_merge(cast: Cast) -> None:
    persons = pair(cast, document_number="98000111")
    page = client_of(cast["eip"]).get(address(persons)).content.decode()
    assert "never joins two documents" in page
    assert "Correct the document" not in page
