"""The guard that reads the locks of every test: broken on purpose, it says so."""

from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from alliances.documents.services import add_version, upload_document
from tests.alliances.documents.samples import PDF
from tests.factories.alliances import AT, make_cast
from tests.lock_order import LockOrder

pytestmark = pytest.mark.django_db


def test_a_document_locked_before_its_alliance_is_a_mistake(settings, tmp_path) -> None:
    settings.MEDIA_ROOT = tmp_path
    cast, order = make_cast("executing"), LockOrder()
    given = {"acting": cast["organisation"], "at": AT}
    version = upload_document(
        alliance=cast.alliance,
        kind="quote",
        title="Cotización",
        upload=SimpleUploadedFile("uno.pdf", PDF),
        key=uuid4(),
        **given,
    )
    with connection.execute_wrapper(order):
        add_version(
            document=version.document,
            upload=SimpleUploadedFile("dos.pdf", PDF + b"% 2\n%%EOF\n"),
            key=uuid4(),
            **given,
        )
        assert order.locked[0] == "alliances_alliance"
        assert not order.mistakes

        order.locked = []
        order.note("alliances_document")
        order.note("alliances_alliance")
    assert order.mistakes == ["alliances_document before alliances_alliance"]
