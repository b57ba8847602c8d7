"""Documents of all alliances that one sees, each by its latest version."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from alliances.documents.services import add_version
from tests.alliances.documents.conftest import Bring
from tests.alliances.documents.samples import PDF
from tests.factories.alliances import AT, Cast, make_alliance
from tests.pages import Browser

pytestmark = pytest.mark.django_db


def client_of(membership: Any) -> Client:
    client = Browser()
    client.force_login(membership.user)
    return client


def titles(client: Client, query: str = "") -> list[str]:
    rows = client.get(f"/documentos/?{query}").context["rows"]
    return [row.document.title for row in rows]


def test_documents_are_found_narrowed_and_opened(cast: Cast, bring: Bring) -> None:
    quote = bring(title="Cotización de cal")
    second = add_version(
        document=quote.document,
        upload=SimpleUploadedFile("segunda.pdf", PDF + b"\n"),
        acting=cast["organisation"],
        at=AT,
        key="8b0d7b1c-0a6e-4c5e-9c8e-2f6f0b1e7a11",
    )
    elsewhere = make_alliance("submitted", organisation=cast.alliance.organisation)
    bring(title="Acta de la vereda", kind="cda_act", alliance=elsewhere)
    eip = client_of(cast["eip"])

    assert len(titles(eip)) == 2  # of two versions the latest
    for query in ("q=cal%20cotizacion", "kind=quote", "replaced=yes", "q=segunda.pdf"):
        assert titles(eip, query) == ["Cotización de cal"], query
    assert titles(eip, f"q={cast.alliance.code}") == ["Cotización de cal"]
    listing = eip.get("/documentos/?kind=quote").context["listing"]
    assert listing.rows[0].number == second.number == 2
    page = eip.get(listing.opening(listing.rows[0]))
    text = page.content.decode()
    assert "cotizaci" in text
    assert "segunda.pdf" in text
    assert page.context["frame"].trail.total == 1


def test_what_is_not_ones_own_to_read_is_not_listed(cast: Cast, bring: Bring) -> None:
    """People's own data, a document of no alliance, and other territories."""
    identity = bring(kind="identity", title="Cédula de Rosa")
    none = bring(alliance=None, kind="other", title="Tarjeta profesional")
    for role, sees, sees_none in (
        ("eip", True, True),
        ("organisation", True, True),
        ("ogr", True, False),
        ("scorer", False, False),
        ("policy", False, False),
    ):
        client = client_of(cast[role])
        assert ("Cédula de Rosa" in titles(client)) is sees, role
        assert ("Tarjeta profesional" in titles(client)) is sees_none, role
        for version, seen in ((identity, sees), (none, sees_none)):
            answer = client.get(f"/documentos/{version.document_id}/")
            assert answer.status_code == (200 if seen else 404), role
    assert titles(client_of(cast.outsider)) == []


def test_only_who_brought_it_is_offered_to_replace_it(cast: Cast, bring: Bring) -> None:
    document = bring().document
    way = f"/alianzas/{cast.alliance.code}/documentos/{document.pk}/version/"
    for role, may in (("organisation", True), ("eip", False)):
        page = client_of(cast[role]).get(f"/documentos/{document.pk}/").content.decode()
        assert (way in page) is may
