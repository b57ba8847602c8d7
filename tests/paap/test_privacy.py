"""What is answered stays with whoever asked: no copies kept, no schema for strangers."""

import stat
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.test import Client
from pytest_django import Settings

from tests.factories.alliances import make_cast

pytestmark = pytest.mark.django_db
NO_COPY = "private, no-store"


@pytest.mark.parametrize(
    "address",
    ["/", "/alianzas/{code}/", "/alianzas/{code}/productores/", "/api/v1/alliances/", "/nada/"],
)
def test_no_copy_of_an_answer_is_kept(address: str) -> None:
    cast, client = make_cast(), Client()
    client.force_login(cast["ogr"].user)

    answer = client.get(address.format(code=cast.alliance.code))

    assert answer.headers["Cache-Control"] == NO_COPY


def test_a_file_of_the_design_may_be_kept() -> None:
    assert "no-store" not in Client().get("/static/css/frame.css").headers["Cache-Control"]


def test_the_schema_is_read_by_who_has_signed_in() -> None:
    client, cast = Client(), make_cast()
    assert client.get("/api/schema/").status_code == 403
    page = client.get("/api/docs/")
    assert (page.status_code, page.headers["Location"]) == (302, "/cuenta/login/?next=/api/docs/")

    client.force_login(cast["ally"].user)

    assert client.get("/api/schema/").status_code == 200
    assert client.get("/api/docs/").status_code == 200
    assert "<script>" not in client.get("/api/docs/").text  # the policy would not run it


def test_the_operator_may_open_the_schema(settings: Settings) -> None:
    settings.API_DOCS_PUBLIC = True

    assert Client().get("/api/schema/").status_code == 200
    assert Client().get("/api/docs/").status_code == 200


def test_uploaded_files_are_private_on_the_disk(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"

    name = storages["default"].save("documents/ab/abc", ContentFile(b"content"))

    path = tmp_path / "media" / name
    modes = [stat.S_IMODE(each.stat().st_mode) for each in (path, *path.parents[:3])]
    assert modes == [0o600, 0o700, 0o700, 0o700]
