"""Who has waited longest for a visit, what visits reached, and that it costs constant queries."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import localdate, now

from alliances.field.home import waiting_for
from alliances.field.rules import (
    DUE_AFTER_DAYS,
    LATE_AFTER_DAYS,
    FieldPeriod,
    may_be_visited,
    tone_of_wait,
    wait_in_words,
    wrong_day,
)
from alliances.field.selectors import (
    alliances_in_the_field,
    coverage_of,
    practices_taught,
    todays_visits_for,
    visits_by_kind,
    visits_due,
)
from alliances.lifecycle.desk import Desk
from alliances.lifecycle.models import Alliance
from alliances.people.models import Membership, Producer
from paap.home import home_of
from tests.alliances.field.conftest import LATER, STARTED_ON, log
from tests.alliances.field.test_plans import assign
from tests.factories.alliances import (
    AT,
    Cast,
    make_alliance,
    make_appointment,
    make_cast,
    make_membership,
)

pytestmark = pytest.mark.django_db
TODAY = date(2026, 5, 15)


def another(oga: Membership, status: str = "executing", **fields: Any) -> Alliance:
    """One more alliance that this organisation accompanies."""
    alliance = make_alliance(status, **fields)
    make_appointment(alliance, "accompany", oga.organisation)
    return alliance


def visit(alliance: Alliance, oga: Membership, on: date) -> None:
    cast = Cast(alliance, {"oga": oga}, oga, oga)
    log(cast, visited_on=on, at=AT + timedelta(days=90))


# -- Who waits ------------------------------------------------------------------------------------
def test_the_longest_wait_comes_first(cast: Cast) -> None:
    oga = cast["oga"]
    recent, never, long_ago = (another(oga) for _ in range(3))
    visit(recent, oga, date(2026, 5, 10))
    visit(long_ago, oga, date(2026, 3, 5))
    visit(cast.alliance, oga, date(2026, 4, 1))
    rows = todays_visits_for(oga, TODAY)
    assert [row.alliance for row in rows] == [never, long_ago, cast.alliance, recent]
    assert [row.days for row in rows] == [74, 71, 44, 5]
    assert [row.tone for row in rows] == ["late", "late", "attention", "good"]
    assert rows[0].last_visit_on is None
    assert rows[0].waiting_since == STARTED_ON


def test_the_latest_visit_counts_however_they_arrived(cast: Cast) -> None:
    visit(cast.alliance, cast["oga"], date(2026, 5, 10))
    visit(cast.alliance, cast["oga"], date(2026, 3, 5))
    [row] = todays_visits_for(cast["oga"], TODAY)
    assert row.last_visit_on == date(2026, 5, 10)


@pytest.mark.parametrize(
    ("status", "is_seen"),
    [
        ("trust_constituted", False),
        ("executing", True),
        ("suspended", True),
        ("closed", True),
        ("fund_operating", True),
        ("graduated", False),
        ("ruptured", False),
    ],
)
def test_only_alliances_in_the_field_are_visited(status: str, is_seen: bool) -> None:
    cast = make_cast(status)
    assert bool(todays_visits_for(cast["oga"], TODAY)) is is_seen


def test_each_member_sees_only_what_it_accompanies(cast: Cast) -> None:
    other = make_cast("executing")
    assert [row.alliance for row in todays_visits_for(cast["oga"], TODAY)] == [cast.alliance]
    assert list(alliances_in_the_field(other["organisation"])) == [other.alliance]
    assert not alliances_in_the_field(cast.outsider)
    assert set(alliances_in_the_field(cast["eip"])) == {cast.alliance, other.alliance}


def test_an_appointment_of_one_person_or_an_ended_one_is_respected(cast: Cast) -> None:
    colleague = make_membership("oga", organisation=cast["oga"].organisation)
    appointments = cast.alliance.appointments.filter(duty="accompany")
    assert todays_visits_for(colleague, TODAY)
    appointments.update(person=cast["oga"].user)
    assert not todays_visits_for(colleague, TODAY)
    assert todays_visits_for(cast["oga"], TODAY)
    appointments.update(until=TODAY)
    assert not todays_visits_for(cast["oga"], TODAY)


def test_a_list_costs_no_queries_per_row(cast: Cast) -> None:
    def ask() -> int:
        return len(visits_due(alliances_in_the_field(cast["oga"]), TODAY))

    with CaptureQueriesContext(connection) as one:
        assert ask() == 1
    for _ in range(4):
        another(cast["oga"])
    with CaptureQueriesContext(connection) as many:
        assert ask() == 5
    assert len(one) == len(many) == 1


@pytest.mark.parametrize(
    ("days", "tone"),
    [
        (0, "good"),
        (DUE_AFTER_DAYS, "good"),
        (DUE_AFTER_DAYS + 1, "attention"),
        (LATE_AFTER_DAYS, "attention"),
        (LATE_AFTER_DAYS + 1, "late"),
    ],
)
def test_the_tone_of_a_wait(days: int, tone: str) -> None:
    assert tone_of_wait(days) == tone


def test_a_visit_needs_a_period() -> None:
    day = date(2026, 3, 10)
    assert not may_be_visited(FieldPeriod(None))
    assert may_be_visited(FieldPeriod(day, day))
    assert not wrong_day(FieldPeriod(day, day), day, day)


# -- Home -----------------------------------------------------------------------------------------
def test_the_home_page_tells_the_overdue_visits_that_nobody_makes(cast: Cast) -> None:
    assert not waiting_for(Desk(cast["oga"], LATER))  # twenty days after the start
    overdue = AT + timedelta(days=DUE_AFTER_DAYS + 1)
    [item] = waiting_for(Desk(cast["oga"], overdue))
    assert item.alliance_id == cast.alliance.pk
    assert (item.tone, item.url, item.task) == (
        "attention",
        f"/alianzas/{cast.alliance.code}/visitas/#next-visit",
        "assign_visit",
    )
    assert item.slack is not None
    assert item.slack < 0
    assert item.since.date() == STARTED_ON


def test_whoever_is_to_go_is_told_by_the_day_and_nobody_else_is(cast: Cast) -> None:
    overdue = AT + timedelta(days=DUE_AFTER_DAYS + 1)
    colleague = make_membership("oga", organisation=cast["oga"].organisation)
    day = overdue.date() + timedelta(days=7)
    assign(cast, colleague, due_on=day, at=overdue)
    assert not waiting_for(Desk(cast["oga"], overdue))
    [item] = waiting_for(Desk(colleague, overdue))
    assert (item.task, item.tone) == ("visit", "good")
    assert item.url == f"/alianzas/{cast.alliance.code}/visitas/nueva/"
    [item] = waiting_for(Desk(colleague, overdue + timedelta(days=9)))
    assert item.tone == "late"
    log(cast, visited_on=day, at=overdue + timedelta(days=9))
    assert not waiting_for(Desk(colleague, overdue + timedelta(days=9)))


def test_home_counts_what_its_lists_show(cast: Cast) -> None:
    """Of four overdue alliances one is hers, one a colleague's, and two are nobody's."""
    oga, today = cast["oga"], now()
    colleague = make_membership("oga", organisation=oga.organisation)
    others = [another(oga) for _ in range(3)]
    for alliance, to in ((cast.alliance, oga), (others[0], colleague)):
        own = Cast(alliance, {"oga": oga}, oga, oga)
        assign(own, to, at=today, due_on=localdate() + timedelta(days=5))
    client = Client()
    client.force_login(oga.user)
    with CaptureQueriesContext(connection) as captured:
        assert client.get("/").status_code == 200
    assert len(captured) <= 15
    kinds = {kind.name: kind for kind in home_of(oga, today).kinds}
    assert {name: kinds[name].count for name in ("visit", "assign_visit")} == {
        "visit": 1,
        "assign_visit": 2,
    }
    for name, expected in (("visit", {cast.alliance}), ("assign_visit", {*others[1:]})):
        rows = client.get(kinds[name].url).context["rows"]
        assert {row.alliance for row in rows} == expected


def test_what_was_never_visited_is_not_called_good(cast: Cast) -> None:
    [row] = todays_visits_for(cast["oga"], LATER.date())
    assert not row.is_overdue
    assert row.tone == "plain"

    log(cast, visited_on=LATER.date(), at=LATER)

    [row] = todays_visits_for(cast["oga"], LATER.date())
    assert row.tone == "good"


@pytest.mark.parametrize("role", ["eip", "organisation", "manager", "ally", "trustee", "ogr"])
def test_nobody_else_is_told_to_visit(role: str, cast: Cast) -> None:
    assert not waiting_for(Desk(cast[role], AT + timedelta(days=200)))


def test_the_home_page_costs_no_queries_per_row(cast: Cast) -> None:
    at = AT + timedelta(days=100)
    with CaptureQueriesContext(connection) as one:
        assert len(waiting_for(Desk(cast["oga"], at))) == 1
    for _ in range(4):
        another(cast["oga"])
    with CaptureQueriesContext(connection) as many:
        assert len(waiting_for(Desk(cast["oga"], at))) == 5
    assert len(one) == len(many)


# -- Coverage -------------------------------------------------------------------------------------
def test_coverage_counts_kinds_people_and_adoption(cast: Cast, producers: list[Producer]) -> None:
    a, b = (row.pk for row in producers[:2])
    log(cast, attended=[a, b], practice_taught="Compost")
    log(
        cast,
        kind="social",
        visited_on=date(2026, 3, 12),
        attended=[a, b],
        practice_checked="Compost",
        adopted=[a],
    )
    log(
        cast,
        visited_on=date(2026, 3, 15),
        attended=[b],
        practice_checked="Compost",
        adopted=[b],
    )
    coverage = coverage_of(cast.alliance, cast["oga"])
    assert [row.visits for row in coverage.kinds] == [2, 1, 0, 0]
    assert coverage.visits == 3
    assert (coverage.producers, coverage.reached) == (3, 2)
    assert [vars(row) for row in coverage.adoptions] == [
        {"practice": "Compost", "adopted": 2, "observed": 2}
    ]


def test_an_alliance_without_visits_has_zeros_and_no_adoption(cast: Cast) -> None:
    assert visits_by_kind([cast.alliance.pk]) == {
        cast.alliance.pk: {"technical": 0, "social": 0, "environmental": 0, "business": 0}
    }
    coverage = coverage_of(cast.alliance, cast["oga"])
    assert (coverage.visits, coverage.reached, coverage.adoptions) == (0, 0, [])


def test_practices_are_offered_once_the_latest_first(cast: Cast) -> None:
    for day, practice in ((4, "Compost"), (6, "Riego"), (8, "Compost"), (9, "")):
        log(cast, visited_on=date(2026, 3, day), practice_taught=practice)
    assert practices_taught(cast.alliance) == ["Compost", "Riego"]


def test_a_long_wait_is_read_as_a_number(spanish: None) -> None:
    assert wait_in_words(1628, has_visits=True) == "Última visita hace 1.628 días"
