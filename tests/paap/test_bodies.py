"""Bodies larger than allowed: refused before they are read, in words, and nobody else's are."""

from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.test import Client

from alliances.field.forms import MAX_PHOTOS
from alliances.preparation.workbook.columns import LIMITS
from kit.files.limits import MIB, Limits
from tests.factories.alliances import make_membership

pytestmark = pytest.mark.django_db
ADDRESSES = ("/cuenta/login/", "/idioma/", "/perfiles/importar/", "/no-existe/")


@pytest.fixture
def on_disk(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of uploads that were begun on disk."""
    begun: list[str] = []
    original = TemporaryFileUploadHandler.new_file

    def new_file(self: Any, *arguments: Any, **options: Any) -> None:
        original(self, *arguments, **options)
        begun.append(self.file_name)

    monkeypatch.setattr(TemporaryFileUploadHandler, "new_file", new_file)
    return begun


def file_of(size: int) -> SimpleUploadedFile:
    return SimpleUploadedFile("perfiles.csv", b"x" * size)


@pytest.mark.parametrize("address", ADDRESSES)
def test_before_sign_in_no_file_reaches_the_disk(
    client: Client, on_disk: list[str], address: str
) -> None:
    answer = client.post(address, {"file": file_of(3 * MIB)}, headers={"accept-language": "es"})

    assert answer.status_code == 413
    assert on_disk == []


@pytest.mark.usefixtures("spanish")
def test_it_is_said_in_words(client: Client) -> None:
    page = client.post("/cuenta/login/", {"file": file_of(3 * MIB)}).content.decode()

    assert "Lo que envió no se recibió" in page
    assert "2 MB" in page


def test_somebody_signed_in_sends_files_up_to_the_largest_that_is_taken(
    client: Client, on_disk: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    client.force_login(make_membership("ogr").user)
    monkeypatch.setattr(settings, "BODY_MAX_BYTES", 4 * MIB)

    taken = client.post("/perfiles/importar/", {"file": file_of(3 * MIB)})
    refused = client.post("/perfiles/importar/", {"file": file_of(5 * MIB)})

    assert taken.status_code != 413
    assert refused.status_code == 413
    assert on_disk == ["perfiles.csv"]


def test_text_is_small_whoever_sends_it(client: Client) -> None:
    client.force_login(make_membership("ogr").user)

    answer = client.post("/api/v1/visits/", b"[" * (3 * MIB), content_type="application/json")

    assert answer.status_code == 413
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["status"] == 413


def test_a_body_of_unknown_length_is_not_read(client: Client) -> None:
    answer = client.post("/cuenta/login/", headers={"transfer-encoding": "chunked"})

    assert answer.status_code == 411


def test_the_proxy_is_told_the_same_limit() -> None:
    told = (settings.BASE_DIR / "docs" / "deploy.md").read_text()

    assert f"client_max_body_size {settings.BODY_MAX_BYTES // MIB}m;" in told


def test_every_form_fits() -> None:
    largest = max(MAX_PHOTOS * settings.DOCUMENT_MAX_BYTES, Limits().size, LIMITS.size)

    assert largest + MIB < settings.BODY_MAX_BYTES
    assert settings.DATA_UPLOAD_MAX_MEMORY_SIZE < settings.FILE_UPLOAD_MAX_MEMORY_SIZE
