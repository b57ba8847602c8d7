"""Logging a visit: by whom, for which day, once; and what PostgreSQL refuses."""

import threading
from datetime import date, timedelta
from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, IntegrityError, connection, connections, transaction
from PIL import Image

from alliances.documents.models import DocumentVersion
from alliances.field.models import Attendance, Visit
from alliances.lifecycle.audit import verify_audit
from alliances.people.models import Producer
from kit.errors import Conflict, DomainError, NotAllowed
from paap.roles import as_owner
from tests.alliances.field.conftest import LATER, STARTED_ON, log
from tests.factories.alliances import (
    AT,
    Cast,
    make_appointment,
    make_cast,
    make_membership,
    make_organisation,
    make_producer,
    told,
)

pytestmark = pytest.mark.django_db


def photo(name: str = "visita.jpg", colour: str = "green") -> SimpleUploadedFile:
    content = BytesIO()
    Image.new("RGB", (64, 48), colour).save(content, "JPEG")
    return SimpleUploadedFile(name, content.getvalue(), "image/jpeg")


# -- Who ------------------------------------------------------------------------------------------
def test_the_field_team_logs_a_visit(cast: Cast, producers: list[Producer]) -> None:
    came = [row.pk for row in producers[:2]]
    visit = log(cast, attended=came, practice_taught="Curvas a nivel", notes=" Lluvia ")
    assert visit.visited_by == cast["oga"]
    assert (visit.logged_at, visit.notes) == (LATER, "Lluvia")
    assert set(visit.attendance.values_list("producer", flat=True)) == set(came)
    assert {row.has_adopted for row in visit.attendance.all()} == {None}


@pytest.mark.parametrize(
    "role",
    [
        "eip",
        "ogr",
        "scorer",
        "cir",
        "trustee",
        "ally",
        "manager",
        "organisation",
        "evaluator",
        "policy",
    ],
)
def test_nobody_else_logs_a_visit(role: str, cast: Cast) -> None:
    with pytest.raises(NotAllowed) as refusal:
        log(cast, role)
    assert cast[role].user.display_name in refusal.value.message
    assert not Visit.objects.exists()


def test_an_organisation_that_was_not_appointed_logs_no_visit() -> None:
    cast = make_cast("executing", appointed=False)
    with pytest.raises(NotAllowed):
        log(cast)
    make_appointment(cast.alliance, "accompany", make_organisation("oga"))
    with pytest.raises(NotAllowed):
        log(cast)


# -- When -----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "visited_on", [STARTED_ON - timedelta(days=1), LATER.date() + timedelta(days=1)]
)
def test_a_visit_is_neither_before_execution_nor_in_the_future(
    visited_on: date, cast: Cast
) -> None:
    with pytest.raises(DomainError) as refusal:
        log(cast, visited_on=visited_on)
    assert not isinstance(refusal.value, NotAllowed)  # the day can be mended by whoever typed it


@pytest.mark.parametrize("visited_on", [STARTED_ON, LATER.date()])
def test_the_first_and_the_last_day_count(visited_on: date, cast: Cast) -> None:
    assert log(cast, visited_on=visited_on).visited_on == visited_on


def test_midnight_in_greenwich_is_still_today_in_colombia(cast: Cast) -> None:
    late = AT.replace(day=15, hour=3)  # 22:00 of the 14th in Bogotá
    assert log(cast, at=late, visited_on=date(2026, 3, 14)).visited_on.day == 14
    with pytest.raises(DomainError):
        log(cast, at=late, visited_on=date(2026, 3, 15))


@pytest.mark.parametrize("status", ["suspended", "closed", "fund_operating"])
def test_visits_go_on_through_pauses_and_the_fund(status: str) -> None:
    assert log(make_cast(status)).pk


@pytest.mark.parametrize("status", ["draft", "selected", "closing", "trust_constituted"])
def test_there_is_nothing_to_visit_before_execution(status: str) -> None:
    with pytest.raises(NotAllowed):
        log(make_cast(status))


def test_a_late_log_is_judged_by_the_day_of_the_visit(cast: Cast) -> None:
    cast.alliance.events.create(
        verb="rupture",
        duty="supervise",
        at=AT + timedelta(days=10),
        from_status="executing",
        to_status="ruptured",
    )
    assert log(cast, visited_on=date(2026, 3, 11)).pk  # it ended on the 12th
    with pytest.raises(DomainError):
        log(cast, visited_on=date(2026, 3, 13))


# -- What -----------------------------------------------------------------------------------------
def test_adoption_is_told_of_those_who_were_looked_at(
    cast: Cast, producers: list[Producer]
) -> None:
    came = [row.pk for row in producers]
    visit = log(cast, attended=came, practice_checked="Compost", adopted=came[:1])
    told = dict(visit.attendance.values_list("producer", "has_adopted"))
    assert told == {came[0]: True, came[1]: False, came[2]: False}


@pytest.mark.parametrize(
    ("attended", "checked", "adopted"), [([0], "Compost", [1]), ([0], "", [0]), ([0], " ", [0])]
)
def test_adoption_needs_a_person_who_came_and_a_practice(
    attended: list[int], checked: str, adopted: list[int], cast: Cast, producers: list[Producer]
) -> None:
    with pytest.raises(DomainError):
        log(
            cast,
            attended=[producers[n].pk for n in attended],
            practice_checked=checked,
            adopted=[producers[n].pk for n in adopted],
        )


def test_people_of_another_alliance_are_not_on_the_list(cast: Cast) -> None:
    stranger = make_producer(make_cast("executing").alliance)
    with pytest.raises(DomainError):
        log(cast, attended=[stranger.pk])
    assert not Visit.objects.exists()


def test_a_name_tapped_twice_came_once(cast: Cast, producers: list[Producer]) -> None:
    pk = producers[0].pk
    assert log(cast, attended=[pk, pk]).attendance.count() == 1


def test_the_audit_tells_figures_and_no_person(cast: Cast, producers: list[Producer]) -> None:
    came = [row.pk for row in producers]
    log(cast, attended=came, practice_checked="Compost", adopted=came[:2], notes="Doña Luz")
    event = cast.alliance.events.get(verb="log_visit")
    assert (event.duty, event.actor) == ("accompany", cast["oga"].user)
    assert told(event) == {
        "visit": Visit.objects.get().pk,
        "kind": "technical",
        "visited_on": "2026-03-10",
        "attended": 3,
        "adopted": 2,
    }
    assert not verify_audit(chain=cast.alliance.pk).broken


# -- Once -----------------------------------------------------------------------------------------
def test_the_same_key_is_one_visit(cast: Cast, producers: list[Producer]) -> None:
    key = uuid4()
    sent = {"key": key, "attended": [producers[0].pk]}
    first = log(cast, photos=[photo()], **sent)
    again = log(cast, photos=[photo()], at=LATER + timedelta(days=3), **sent)
    assert first == again
    assert (Visit.objects.count(), Attendance.objects.count()) == (1, 1)
    assert DocumentVersion.objects.count() == 1
    assert cast.alliance.events.filter(verb="log_visit").count() == 1


def test_photographs_that_come_later_under_the_same_key_are_not_lost_in_silence(
    cast: Cast, producers: list[Producer]
) -> None:
    key = uuid4()
    log(cast, key=key)
    with pytest.raises(Conflict, match=r"documento|document"):
        log(cast, key=key, photos=[photo()])


def test_the_key_of_a_visit_is_no_use_to_others(cast: Cast) -> None:
    key = log(cast).key
    other = make_cast("executing")
    with pytest.raises(Conflict):
        log(other, key=key)
    with pytest.raises(Conflict):
        log(cast, "eip", key=key)


def test_a_visit_sent_again_is_one_even_after_the_appointment_ended(cast: Cast) -> None:
    visit = log(cast)
    cast.alliance.appointments.filter(duty="accompany").update(until=LATER.date())
    assert log(cast, key=visit.key) == visit
    with pytest.raises(NotAllowed):
        log(cast)


@pytest.mark.django_db(transaction=True)
def test_a_phone_that_sends_twice_at_once_logs_one_visit() -> None:
    cast, key = make_cast("executing"), uuid4()
    producer = make_producer(cast.alliance)
    gate, found = threading.Barrier(3), []

    def send() -> None:
        gate.wait()
        try:
            found.append(log(cast, key=key, attended=[producer.pk]).pk)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=send) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 3
    assert len(set(found)) == Visit.objects.count() == 1


# -- Photographs ----------------------------------------------------------------------------------
def test_photographs_are_kept_as_evidence(cast: Cast) -> None:
    visit = log(cast, photos=[photo(), photo("otra.jpg", "brown")])
    versions = list(visit.photos.order_by("pk"))
    assert [row.document.kind for row in versions] == ["visit_photo"] * 2
    event = cast.alliance.events.get(verb="log_visit")
    assert event.data["documents"] == [
        {"version": row.pk, "sha256": row.sha256} for row in versions
    ]


def test_a_file_that_is_no_picture_refuses_the_whole_visit(cast: Cast) -> None:
    rubbish = SimpleUploadedFile("foto.jpg", b"MZ this is a program", "image/jpeg")
    with pytest.raises(DomainError):
        log(cast, photos=[photo(), rubbish])
    assert not Visit.objects.exists()
    assert not DocumentVersion.objects.exists()
    assert not cast.alliance.events.filter(verb="upload_document").exists()


# -- What PostgreSQL itself refuses ---------------------------------------------------------------
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE alliances_visit SET topic = 'otro'",
        "DELETE FROM alliances_visit",
        "TRUNCATE alliances_visit CASCADE",
        "UPDATE alliances_attendance SET has_adopted = TRUE",
        "DELETE FROM alliances_attendance",
        "TRUNCATE alliances_attendance",
    ],
)
def test_raw_sql_rewrites_no_visit(statement: str, cast: Cast, producers: list[Producer]) -> None:
    log(cast, attended=[producers[0].pk])
    with pytest.raises(DatabaseError, match="never changed or removed"):
        run(statement)


def test_raw_sql_lists_no_stranger(cast: Cast) -> None:
    visit, stranger = log(cast), make_producer(make_cast("executing").alliance)
    with pytest.raises(DatabaseError, match="own alliance"):
        Attendance.objects.bulk_create([Attendance(visit=visit, producer=stranger)])


def test_raw_sql_dates_no_visit_in_the_future(cast: Cast) -> None:
    facts: dict[str, Any] = {
        "alliance": cast.alliance,
        "key": uuid4(),
        "kind": "social",
        "topic": "Reunión",
        "visited_by": cast["oga"],
        "logged_at": AT,
    }
    with pytest.raises(IntegrityError, match="alliances_visit_not_in_future"), transaction.atomic():
        Visit.objects.create(visited_on=AT.date() + timedelta(days=1), **facts)
    assert Visit.objects.create(visited_on=AT.date(), **facts).pk


def run(statement: str) -> None:
    with transaction.atomic(), as_owner(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # no check of this test's rows is pending
        cursor.execute(statement)


def test_a_member_of_two_organisations_logs_for_the_one_that_accompanies(cast: Cast) -> None:
    elsewhere = make_membership("oga", user=cast["oga"].user)
    cast.people["elsewhere"] = elsewhere
    with pytest.raises(NotAllowed, match=elsewhere.organisation.name):
        log(cast, "elsewhere")
