"""Importing whole files: once, whole, by those who may."""

from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from alliances.lifecycle.audit import verify_audit
from alliances.lifecycle.models import Alliance
from alliances.preparation.services import import_profiles, stage_profiles
from alliances.territory.services import load_reference
from tests.alliances.preparation.workbooks import national_workbook
from tests.factories.alliances import AT, make_call, make_membership

pytestmark = pytest.mark.django_db


def stage(content, acting, call, name="perfiles.xlsx", at=AT):
    return stage_profiles(
        call=call, file_name=name, content=content, key=uuid4(), acting=acting, at=at
    )


def test_national_workbook_is_imported_whole():
    load_reference()
    call, eip = make_call("2026"), make_membership("eip")
    content = national_workbook().xlsx()

    upload = stage(content, eip, call)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        done = import_profiles(key=upload.key, acting=eip, at=AT)

    assert (done.profiles, done.producers) == (50, 2000)
    assert Alliance.objects.count() == 50
    print(len(queries))
    assert verify_audit().broken == ()
