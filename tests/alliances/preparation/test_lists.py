"""Producers and consultants as lists: found, narrowed, and no document leaves whole."""

from collections.abc import Callable
from functools import partial
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from alliances.people.models import Consultant, Credential
from alliances.preparation.selectors.access import SEES_DOCUMENTS, SEES_PRODUCERS
from tests.factories.alliances import (
    CAST,
    Cast,
    make_alliance,
    make_cast,
    make_membership,
    make_organisation,
    make_producer,
    make_user,
)
from tests.pages import Browser

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def new_cast() -> Callable[[], Cast]:
    return partial(make_cast, "submitted")


def client_of(membership: Any) -> Client:
    client = Browser()
    client.force_login(membership.user)
    return client


def surnames(client: Client, query: str = "") -> list[str]:
    rows = client.get(f"/productores/?{query}").context["rows"]
    return [row.producer.surnames for row in rows]


def body_of(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


# -- Who reads what -------------------------------------------------------------------------------
@pytest.mark.parametrize("role", CAST)
def test_a_document_leaves_whole_neither_on_a_page_nor_in_a_file(cast: Cast, role: str) -> None:
    producer = make_producer(
        cast.alliance, document_number="59834217", surnames="Tutistar", phone="3109998877"
    )
    client, page = client_of(cast[role]), reverse("alliances:all-producers")
    if role not in SEES_PRODUCERS:
        addresses = (page, f"{page}?file=csv", f"/productores/{producer.pk}/")
        assert {client.get(address).status_code for address in addresses} == {403}
        return
    of_alliance = f"/alianzas/{cast.alliance.code}/productores/"
    every_column = "&".join(f"col={name}" for name in ("document", "call", "sex", "organisation"))
    for place in (page, of_alliance):
        seen = client.get(f"{place}?{every_column}").content.decode()
        text = body_of(client.get(f"{place}?{every_column}&file=csv")).decode()
        book = load_workbook(BytesIO(body_of(client.get(f"{place}?{every_column}&file=xlsx"))))
        cells = [str(cell) for row in book.active.iter_rows(values_only=True) for cell in row]
        for words in (seen, text, " ".join(cells)):
            assert "Tutistar" in words
            assert "CC" in words
            assert "59834217" not in words
            assert producer.phone not in words
        assert ("formaction" in seen) is (role in SEES_DOCUMENTS)
        assert "<" not in text


def test_only_producers_of_alliances_one_sees_are_there(cast: Cast) -> None:
    make_producer(cast.alliance, surnames="Nuestra")
    draft = make_alliance(call=cast.alliance.call)
    hidden = make_producer(draft, surnames="Ajena")
    assert surnames(client_of(cast["eip"])) == ["Nuestra"]  # a draft is of its own people
    assert set(surnames(client_of(cast["ogr"]))) == {"Nuestra", "Ajena"}
    assert surnames(client_of(cast.outsider)) == []
    for reader in (cast["eip"], cast.outsider):
        assert client_of(reader).get(f"/productores/{hidden.pk}/").status_code == 404


def test_the_page_of_a_producer_offers_what_this_person_may_do() -> None:
    cast = make_cast("draft")
    producer = make_producer(cast.alliance)
    producer.refresh_from_db()  # the database wrote whose row it is
    correct = f"/alianzas/{cast.alliance.code}/productores/{producer.pk}/"
    for role, corrects, reveals, reads in (
        ("ogr", True, True, True),
        ("organisation", True, False, False),
    ):
        page = client_of(cast[role]).get(f"/productores/{producer.pk}/").content.decode()
        assert (f'href="{correct}"' in page) is corrects
        assert ("formaction" in page) is reveals
        assert (f"/participantes/{producer.person_id}/" in page) is reads


# -- Found and narrowed ---------------------------------------------------------------------------
def test_a_producer_is_found_by_words_and_by_the_whole_document_alone(cast: Cast) -> None:
    ogr = client_of(cast["ogr"])
    make_producer(
        cast.alliance, surnames="Núñez Botina", given_names="Rosa", document_number="59834217"
    )
    other = make_alliance(
        "submitted",
        call=cast.alliance.call,
        organisation=make_organisation(name="Asocafé", nit="900123456-8"),
    )
    make_producer(other, surnames="Chaves", consented_on=None, sex="m")
    for words in ("botina nunez", "59834217", "59.834.217", cast.alliance.code):
        assert surnames(ogr, f"q={words}") == ["Núñez Botina"], words
    for words in ("5983421", "9834217"):
        assert surnames(ogr, f"q={words}") == []
    for query in ("q=asocafe", "q=900.123.456-8", "consent=no", "sex=m", f"alliance={other.code}"):
        assert surnames(ogr, query) == ["Chaves"], query


def test_within_one_alliance_the_list_stands_on_its_page(cast: Cast) -> None:
    ogr = client_of(cast["ogr"])
    for name in ("Zambrano", "Álvarez", "Ñañez"):
        make_producer(cast.alliance, surnames=name)
    make_producer(make_alliance("submitted", call=cast.alliance.call), surnames="Ajena")
    code = cast.alliance.code
    page = ogr.get(f"/alianzas/{code}/productores/?alliance=another")
    listing = page.context["listing"]
    assert [row.producer.surnames for row in listing.rows] == ["Álvarez", "Ñañez", "Zambrano"]
    assert not listing.is_narrowed
    assert "place" not in {column.name for column in listing.columns}
    assert "department" not in listing.form.fields
    file = f"/alianzas/{code}/productores/?alliance={code}&amp;file=csv"
    assert file in page.content.decode()
    person = ogr.get(listing.opening(listing.rows[1])).context["frame"]
    assert (
        person.trail.back
        == f"/alianzas/{code}/productores/?alliance={code}#{listing.anchor(listing.rows[1])}"
    )
    assert person.trail.total == 3
    assert ogr.get("/productores/?alliance=a/b").status_code == 200  # it names no alliance


# -- Consultants ----------------------------------------------------------------------------------
def test_consultants_are_narrowed_by_room_and_by_what_their_credentials_want(cast: Cast) -> None:
    eip, ogr = client_of(cast["eip"]), cast["ogr"]
    wanted = {"unverified": None, "expiring": "2026-03-01", "": "2999-01-01"}
    for name, expires_on in wanted.items():
        consultant = Consultant.objects.create(
            user=make_user(first_name="Ana", last_name=name or "Botina"),
            profession="Economista" if name else "Agrónoma",
            experience_years=7,
        )
        Credential.objects.create(
            consultant=consultant,
            title="Título",
            issuer="Udenar",
            issued_on="2012-12-01",
            expires_on=expires_on,
            **({"verified_at": "2026-02-01T12:00Z", "verified_by": ogr} if expires_on else {}),
        )

    def names(query: str) -> list[str]:
        rows = eip.get(f"/consultores/?{query}").context["rows"]
        return [row.consultant.user.last_name for row in rows]

    assert names("credential=unverified") == ["unverified"]
    assert names("credential=expiring") == ["expiring"]
    assert names("q=agronoma") == ["Botina"]
    assert len(names("room=yes")) == 3
    assert names("room=no") == []
    text = body_of(eip.get("/consultores/?file=csv")).decode()
    assert "not verified yet" in text


def test_a_consultant_opens_their_own_entry_alone(cast: Cast) -> None:
    member = make_membership("consultant")
    own = Consultant.objects.create(user=member.user, profession="X", experience_years=1)
    other = Consultant.objects.create(user=make_user(), profession="X", experience_years=1)
    client = client_of(member)
    assert client.get(f"/consultores/{own.pk}/").status_code == 200
    assert client.get(f"/consultores/{other.pk}/").status_code == 404
