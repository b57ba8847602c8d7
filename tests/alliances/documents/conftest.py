"""A store of their own for the tests, a cast around one alliance, and ways to upload."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from pytest_django import Settings

from alliances.documents.models import DocumentVersion
from alliances.documents.services import upload_document
from tests.alliances.documents.samples import PDF
from tests.factories.alliances import AT, Cast, make_cast

Bring = Callable[..., DocumentVersion]


@pytest.fixture(autouse=True)
def store(settings: Settings, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "media"
    return tmp_path / "media"


@pytest.fixture(scope="module")
def new_cast() -> Callable[[], Cast]:
    return partial(make_cast, "submitted")


@pytest.fixture
def bring(cast: Cast) -> Bring:
    """Upload a quote as the producer organisation, unless told otherwise."""

    def upload(content: bytes = PDF, name: str = "cotización.pdf", **given: Any) -> DocumentVersion:
        values: dict[str, Any] = {
            "alliance": cast.alliance,
            "kind": "quote",
            "title": "Cotización de fertilizante",
            "upload": SimpleUploadedFile(name, content),
            "acting": cast["organisation"],
            "at": AT,
            "key": uuid4(),
        }
        return upload_document(**(values | given))

    return upload
