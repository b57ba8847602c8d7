"""``verify_audit`` from the shell."""

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from paap.roles import as_owner
from tests.factories.alliances import make_alliance

pytestmark = pytest.mark.django_db


def test_verify_audit_says_that_all_is_well(capsys: pytest.CaptureFixture[str]) -> None:
    alliance = make_alliance("eligible")
    call_command("verify_audit", alliance=alliance.code)
    assert "2 events verified" in capsys.readouterr().out


def test_verify_audit_knows_no_such_alliance() -> None:
    with pytest.raises(CommandError, match="no alliance X-1"):
        call_command("verify_audit", alliance="X-1")


def test_verify_audit_names_the_broken_link(capsys: pytest.CaptureFixture[str]) -> None:
    alliance = make_alliance("eligible")
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE alliances_event DISABLE TRIGGER USER")
        cursor.execute("UPDATE alliances_event SET reason = 'x' WHERE sequence = 1 AND chain > 0")
    with pytest.raises(CommandError, match="1 broken links"):
        call_command("verify_audit")
    assert f"chain {alliance.pk}, event 1: wrong hash" in capsys.readouterr().err
