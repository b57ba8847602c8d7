"""Who gets a stored file and how it is served; the list, the upload and the new version."""

from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries, Settings

from alliances.documents.models import Document, DocumentKind, DocumentVersion
from alliances.documents.selectors import PERSONAL_READERS, versions_visible_to
from alliances.models import Event, Membership
from tests.alliances.documents.conftest import Bring
from tests.alliances.documents.samples import PDF, picture
from tests.factories.alliances import (
    READERS,
    Cast,
    make_alliance,
    make_membership,
    make_organisation,
)


def as_(membership: Membership) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(membership.user)
    return client


def url_of(version: DocumentVersion) -> str:
    return reverse("alliances:document-download", args=[version.pk])


def version_url(version: DocumentVersion) -> str:
    document = version.document
    return reverse("alliances:document-version", args=[document.alliance.code, document.pk])


def list_url(cast: Cast) -> str:
    return reverse("alliances:document-list", args=[cast.alliance.code])


def sent(content: bytes = PDF, name: str = "acta.pdf", **more: object) -> dict[str, object]:
    return {
        "key": str(uuid4()),
        "kind": "cda_act",
        "title": "Acta del CDA",
        "file": SimpleUploadedFile(name, content),
    } | more


def test_a_file_is_served_to_be_saved_and_not_to_be_shown(bring: Bring, cast: Cast) -> None:
    version = bring(name="cotización «final».pdf")

    answer = as_(cast["ogr"]).get(url_of(version))

    assert (answer.status_code, answer.content) == (200, PDF)
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"].startswith("attachment; filename*=utf-8''cotizaci%C3%B3n")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cache-Control"] == "private, no-store"


def test_anonymous_people_are_sent_to_the_login(bring: Bring) -> None:
    answer = Client().get(url_of(bring()))

    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse("account_login"))


def test_who_does_not_see_the_alliance_gets_404(bring: Bring, cast: Cast) -> None:
    version = bring()
    stranger = make_membership("organisation", organisation=make_organisation("producer"))

    for outsider in (cast.outsider, stranger):
        client = as_(outsider)
        assert client.get(url_of(version)).status_code == 404
        assert client.get(list_url(cast)).status_code == 404
        assert client.post(list_url(cast), sent()).status_code == 404
        replace = version_url(version)
        assert client.post(replace, sent()).status_code == 404
    assert DocumentVersion.objects.count() == 1


@pytest.mark.parametrize("role", READERS)
def test_people_s_own_data_go_to_those_who_need_them(bring: Bring, cast: Cast, role: str) -> None:
    quote, identity = bring(), bring(kind="identity", title="Cédula")
    client = as_(cast[role])

    assert client.get(url_of(quote)).status_code == 200
    expected = 200 if role in PERSONAL_READERS else 404
    assert client.get(url_of(identity)).status_code == expected
    assert Event.objects.filter(verb="read_document").count() == (expected == 200)
    page = client.get(list_url(cast))
    assert ("Cédula" in page.text) == (expected == 200)


def test_whoever_brought_people_s_data_may_read_them(bring: Bring, cast: Cast) -> None:
    version = bring(kind="attendance_list", title="Sesión", acting=cast["cir"])

    assert as_(cast["cir"]).get(url_of(version)).status_code == 200
    assert as_(cast["scorer"]).get(url_of(version)).status_code == 404


def test_a_document_of_no_alliance_is_for_its_organisation_and_the_eip(
    bring: Bring, cast: Cast
) -> None:
    version = bring(alliance=None, acting=cast["ogr"])
    colleague = make_membership("ogr", organisation=cast["ogr"].organisation)

    readers = {
        membership.role: versions_visible_to(membership).filter(pk=version.pk).exists()
        for membership in (cast["eip"], colleague, cast["organisation"], cast["policy"])
    }

    assert readers == {"eip": True, "ogr": True, "organisation": False, "policy": False}


def test_a_document_is_not_replaced_through_another_alliance(bring: Bring, cast: Cast) -> None:
    first, other = bring(), make_alliance(organisation=cast["organisation"].organisation)
    url = reverse("alliances:document-version", args=[other.code, first.document.pk])

    assert as_(cast["organisation"]).post(url, sent(content=PDF + b"%%EOF")).status_code == 404


def test_an_unknown_file_is_404(cast: Cast) -> None:
    url = reverse("alliances:document-download", args=[10**9])

    assert as_(cast["eip"]).get(url).status_code == 404


def test_a_download_is_only_read(bring: Bring, cast: Cast) -> None:
    assert as_(cast["eip"]).post(url_of(bring())).status_code == 405


def test_a_document_is_brought_through_the_page(cast: Cast) -> None:
    client = as_(cast["oga"])

    answer = client.post(list_url(cast), sent(), follow=True)

    assert answer.redirect_chain == [(list_url(cast), 302)]
    version = DocumentVersion.objects.get()
    assert (version.document.title, version.document.alliance) == ("Acta del CDA", cast.alliance)
    assert version.uploaded_by == cast["oga"]
    assert "Acta del CDA" in answer.text
    assert url_of(version) in answer.text


def test_the_same_form_sent_twice_is_one_document(cast: Cast) -> None:
    client, key = as_(cast["oga"]), str(uuid4())

    answers = [client.post(list_url(cast), sent(key=key)) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [302, 302]
    assert Document.objects.count() == 1


@pytest.mark.parametrize(
    ("form", "reason"),
    [
        ({"file": SimpleUploadedFile("acta.pdf", b"rubbish")}, "is not PDF"),
        ({"file": SimpleUploadedFile("acta.exe", b"MZ")}, "type that is not kept"),
        ({"file": SimpleUploadedFile("acta.pdf", b"")}, "The file is empty."),
        ({"file": SimpleUploadedFile("foto.png", picture())}, "is JPEG, not PNG"),
        ({"file": ""}, "This field is required."),
        ({"title": "  "}, "This field is required."),
        ({"kind": "song"}, "Select a valid choice."),
        ({"key": "again"}, "Enter a valid UUID."),
    ],
)
def test_what_is_wrong_is_said_on_the_page(
    cast: Cast, form: dict[str, object], reason: str
) -> None:
    answer = as_(cast["oga"]).post(list_url(cast), sent(**form))

    assert answer.status_code == 422
    assert reason in answer.text
    assert not Document.objects.exists()


def test_a_file_above_the_limit_is_refused_on_the_page(cast: Cast, settings: Settings) -> None:
    settings.DOCUMENT_MAX_BYTES = 20

    answer = as_(cast["oga"]).post(list_url(cast), sent())

    assert answer.status_code == 422
    assert "the most that is kept is" in answer.text


def test_who_only_reads_sees_why_they_bring_nothing(cast: Cast) -> None:
    client = as_(cast["evaluator"])

    page = client.get(list_url(cast))

    assert page.status_code == 200
    assert "bring none" in page.text
    assert 'name="file"' not in page.text
    assert client.post(list_url(cast), sent()).status_code == 403
    assert not Document.objects.exists()


def test_a_new_version_is_brought_by_who_brought_the_first(bring: Bring, cast: Cast) -> None:
    first = bring()
    url = version_url(first)
    client = as_(cast["organisation"])

    assert client.get(url).status_code == 200
    answer = client.post(url, sent(content=PDF + b"%%EOF\n"))

    assert answer.status_code == 302
    assert list(first.document.versions.order_by("number").values_list("number", flat=True)) == [
        1,
        2,
    ]
    page = client.get(list_url(cast)).text
    assert url in page
    assert page.count(reverse("alliances:document-download", args=[first.pk])) == 1


def test_the_same_file_again_is_refused_on_the_page(bring: Bring, cast: Cast) -> None:
    first = bring()
    url = version_url(first)

    answer = as_(cast["organisation"]).post(url, sent())

    assert answer.status_code == 422
    assert "same as version 1" in answer.text


def test_somebody_else_may_read_a_document_and_not_replace_it(bring: Bring, cast: Cast) -> None:
    first = bring()
    url = version_url(first)
    client = as_(cast["ogr"])

    assert url not in client.get(list_url(cast)).text
    assert client.get(url).status_code == 403
    assert client.post(url, sent()).status_code == 403
    assert first.document.versions.count() == 1


def test_the_list_costs_the_same_whatever_its_length(
    bring: Bring, cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = as_(cast["eip"])
    bring()
    client.get(list_url(cast))
    with CaptureQueriesContext(connection) as short:
        client.get(list_url(cast))
    for kind in DocumentKind.values:
        bring(kind=kind, title=kind)

    with django_assert_num_queries(len(short)):
        client.get(list_url(cast))
