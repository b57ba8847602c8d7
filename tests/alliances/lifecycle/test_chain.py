"""What PostgreSQL refuses, whoever asks: statuses out of the table, edits of the history."""

import pytest
from django.db import DatabaseError, connection, transaction

from alliances.lifecycle.audit import verify_audit
from alliances.lifecycle.models import Event
from alliances.lifecycle.table import Status
from paap.roles import as_owner
from tests.factories.alliances import AT, make_alliance, route_to

pytestmark = pytest.mark.django_db


def run(sql: str, *values: object) -> None:
    with transaction.atomic(), as_owner(), connection.cursor() as cursor:
        cursor.execute(sql, values)


def test_raw_sql_cannot_set_a_status() -> None:
    alliance = make_alliance("submitted")
    with pytest.raises(DatabaseError, match="only by an audited act"):
        run("UPDATE alliances_alliance SET status = 'eligible' WHERE id = %s", alliance.pk)


def test_raw_sql_cannot_begin_beyond_draft() -> None:
    alliance = make_alliance()
    with pytest.raises(DatabaseError, match="begins as a draft"):
        run(
            "INSERT INTO alliances_alliance (code, name, route, total_value_cop, incentive_cop, "
            "status, status_since, created_at, call_id, crop_id, municipality_id, organisation_id) "
            "SELECT 'X', name, route, total_value_cop, incentive_cop, 'approved', status_since, "
            "created_at, call_id, crop_id, municipality_id, organisation_id "
            "FROM alliances_alliance WHERE id = %s",
            alliance.pk,
        )


def test_event_outside_the_table_is_refused() -> None:
    alliance = make_alliance("submitted")
    with pytest.raises(DatabaseError, match="has no approve from submitted"), transaction.atomic():
        Event.objects.create(
            alliance=alliance,
            verb="approve",
            duty="select",
            at=AT,
            from_status="submitted",
            to_status="approved",
        )


def test_event_from_a_stale_status_is_refused() -> None:
    alliance = make_alliance("eligible")
    with pytest.raises(DatabaseError, match="has no verify from eligible"), transaction.atomic():
        Event.objects.create(
            alliance=alliance,
            verb="verify",
            duty="verify",
            at=AT,
            from_status="submitted",
            to_status="eligible",
        )


@pytest.mark.parametrize("status", Status.values)
def test_history_brings_an_alliance_to_every_status(status: str) -> None:
    alliance = make_alliance(status)
    assert alliance.status == status
    assert alliance.events.count() == len(route_to(status))
    assert verify_audit(chain=alliance.pk).broken == ()


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE alliances_event SET reason = 'otra'",
        "DELETE FROM alliances_event",
        "TRUNCATE alliances_event CASCADE",
    ],
)
def test_history_is_append_only(sql: str) -> None:
    make_alliance("eligible")
    run("SET CONSTRAINTS ALL IMMEDIATE")
    with pytest.raises(DatabaseError, match="added, never changed or removed"):
        run(sql)


def test_an_alliance_is_never_deleted() -> None:
    alliance = make_alliance("not_selected")
    with pytest.raises(DatabaseError, match="control group"):
        run("DELETE FROM alliances_alliance WHERE id = %s", alliance.pk)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ("UPDATE alliances_event SET reason = 'otra' WHERE chain = %s AND sequence = 2", "hash"),
        (
            "UPDATE alliances_event SET previous_hash = repeat('a', 64) "
            "WHERE chain = %s AND sequence = 2",
            "previous_hash",
        ),
        ("DELETE FROM alliances_event WHERE chain = %s AND sequence = 2", "sequence"),
    ],
)
def test_tampering_behind_the_triggers_is_found(change: str, problem: str) -> None:
    alliance = make_alliance("eligible")
    make_alliance("eligible")
    Event.objects.create(alliance=alliance, verb="note", at=AT)
    run("SET CONSTRAINTS ALL IMMEDIATE")
    run("ALTER TABLE alliances_event DISABLE TRIGGER USER")  # the owner of the table can
    run(change, alliance.pk)
    report = verify_audit()
    assert [link.chain for link in report.broken] == [alliance.pk] * len(report.broken)
    assert problem in {link.problem for link in report.broken}


def test_events_without_alliance_form_their_own_chain() -> None:
    first = Event.objects.create(verb="note", at=AT)
    second = Event.objects.create(verb="note", at=AT)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.chain, second.sequence) == (0, first.sequence + 1)
    assert second.previous_hash == first.hash
