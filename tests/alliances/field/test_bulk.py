"""Assigning many visits at once: who keeps which, how the rest is shared, who is left out."""

from collections import Counter
from datetime import date, timedelta
from itertools import groupby
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils.timezone import localdate, now
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alliances.field.bulk import foresee
from alliances.field.models import PlannedVisit
from alliances.field.plans import who_goes
from alliances.field.rules import OVERDUE_WITHIN_DAYS
from alliances.field.selectors import alliances_in_the_field
from alliances.field.services import assign_visit
from alliances.lifecycle.models import Alliance, Appointment
from alliances.lists import tasks
from alliances.people.models import Membership
from tests.alliances.field.conftest import log
from tests.bulk import confirmed, problems, proposed, states
from tests.factories.alliances import Cast, end, make_alliance, make_appointment, make_membership
from tests.pages import Browser

pytestmark = pytest.mark.django_db
SOON = OVERDUE_WITHIN_DAYS


@pytest.fixture
def team(cast: Cast) -> list[Membership]:
    """Four people of the field team, whoever acts first."""
    body = cast["oga"].organisation
    return [cast["oga"], *(make_membership("oga", organisation=body) for _ in range(3))]


def in_the_field(cast: Cast, count: int) -> list[Alliance]:
    """As many more alliances of the same call that this organisation accompanies."""
    known = ("call", "organisation", "ally", "crop", "municipality")
    same = {name: getattr(cast.alliance, name) for name in known}
    rows = [make_alliance("executing", **same) for _ in range(count)]
    for row in rows:
        make_appointment(row, "accompany", cast["oga"].organisation)
    return rows


def visited(alliance: Alliance, by: Membership, on: date = date(2026, 3, 10)) -> None:
    log(Cast(alliance, {"oga": by}, by, by), visited_on=on, at=now())


def assign(alliance: Alliance, to: Membership) -> None:
    assign_visit(
        alliance_id=alliance.pk,
        to=to.pk,
        due_on=localdate() + timedelta(days=3),
        acting=to,
        at=now(),
        key=uuid4(),
    )


def client_of(member: Membership) -> Client:
    client = Browser()
    client.force_login(member.user)
    return client


def everything(client: Client, query: str = "") -> Any:
    return proposed(client, "assign_visits", [], "field", everything="on", query=query)


def goers(bulk: Any) -> dict[int, int]:
    """Who is to visit each alliance, as it was shown."""
    return {row.target: row.options["to"] for row in bulk.rows.exclude(options={})}


# -- Who gets what --------------------------------------------------------------------------------
def test_whoever_went_last_keeps_it_and_the_rest_is_shared(
    cast: Cast, team: list[Membership]
) -> None:
    first, second, third, left = team
    kept, was_left, *others = in_the_field(cast, 5)
    visited(kept, second)
    visited(kept, third, date(2026, 3, 20))
    visited(was_left, left)
    end(left, localdate() - timedelta(days=1))
    bulk = everything(client_of(first))
    to = goers(bulk)
    assert to[kept.pk] == third.pk
    assert to[was_left.pk] != left.pk
    assert Counter(to.values()) == {first.pk: 2, second.pk: 2, third.pk: 2}
    line = bulk.rows.get(target=kept.pk)
    assert "who went last" in line.plan
    assert line.options["due_on"] == (localdate() + timedelta(days=SOON)).isoformat()
    assert len({*to} & {row.pk for row in others}) == 3


def test_what_is_assigned_is_left_out_and_the_rest_done(cast: Cast, team: list[Membership]) -> None:
    already, free = in_the_field(cast, 2)
    assign(already, team[1])
    client = client_of(cast["oga"])
    bulk = everything(client)
    assert f"{team[1].user.display_name} is to visit it already" in problems(bulk)[already.pk]
    page = client.get(f"/lotes/{bulk.key}/").content.decode()
    plans = {row.target: row.plan for row in bulk.rows.all()}
    assert plans[free.pk]
    assert plans[free.pk] in page
    assert "is to visit it already" in page
    confirmed(client, bulk)
    assert states(bulk) == {already.pk: "left", free.pk: "done", cast.alliance.pk: "done"}
    assert PlannedVisit.objects.filter(closed_at__isnull=True).count() == 3
    confirmed(client, bulk)  # a second click
    assert PlannedVisit.objects.count() == 3
    assert free.events.filter(verb="assign_visit").count() == 1


def test_what_was_visited_or_assigned_meanwhile_stays(cast: Cast, team: list[Membership]) -> None:
    seen, other = in_the_field(cast, 2)
    client = client_of(cast["oga"])
    bulk = everything(client)
    visited(seen, team[1])
    assign(other, team[2])
    confirmed(client, bulk)
    assert states(bulk) == {seen.pk: "left", other.pk: "left", cast.alliance.pk: "done"}
    assert all("changed while" in problems(bulk)[row.pk] for row in (seen, other))


def test_ticked_rows_carry_what_was_read(cast: Cast, team: list[Membership]) -> None:
    client = client_of(cast["oga"])
    rows = client.get("/campo/").context["listing"].rows
    tick = f"{rows[0].alliance.pk}:{rows[0].version}"
    visited(cast.alliance, team[1])
    bulk = proposed(client, "assign_visits", [], "field", row=[tick])
    confirmed(client, bulk)
    assert states(bulk) == {cast.alliance.pk: "left"}


def test_an_appointment_of_one_person_is_respected(cast: Cast, team: list[Membership]) -> None:
    [other] = in_the_field(cast, 1)
    Appointment.objects.filter(alliance=other).update(person=team[0].user)
    bulk = everything(client_of(team[0]))
    assert goers(bulk)[other.pk] == team[0].pk
    line = bulk.rows.get(target=other.pk)
    assert [name for name, _why in line.options["barred"]] == [
        member.user.display_name for member in team[1:]
    ]


def test_only_the_field_team_is_offered_it(cast: Cast) -> None:
    for role, is_offered in (("oga", True), ("eip", False), ("organisation", False)):
        page = client_of(cast[role]).get("/campo/").content.decode()
        assert ("assign_visits" in page) is is_offered


# -- By load --------------------------------------------------------------------------------------
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    people=st.integers(1, 9),
    before=st.lists(st.integers(0, 6), min_size=9, max_size=9),
    last=st.lists(st.none() | st.integers(0, 10), max_size=80),
)
def test_loads_of_who_is_given_what_nobody_keeps_differ_by_one_at_most(
    people: int, before: list[int], last: list[int | None]
) -> None:
    """Whatever each had before and keeps: nobody is given one more than somebody who has fewer."""
    team = [Membership(pk=number, user_id=number) for number in range(people)]
    load = Counter({member.pk: before[member.pk] for member in team})
    kept = [who for who in last if who is not None and who < people]
    for who in kept:
        assert who_goes(team, who, load).pk == who
        load[who] += 1
    given: set[int] = set()
    for who in last:
        if who is None or who >= people:  # never visited, or by somebody who left
            member = who_goes(team, who, load)
            load[member.pk] += 1
            given.add(member.pk)
    lowest = min(load[member.pk] for member in team)
    assert all(load[pk] - lowest <= 1 for pk in given)


def test_five_hundred_are_balanced_in_few_queries(
    cast: Cast, team: list[Membership], django_assert_max_num_queries: Any
) -> None:
    others = in_the_field(cast, 499)
    for number, row in enumerate(others[:40]):
        visited(row, team[number % 2])
    rows = alliances_in_the_field(cast["oga"])
    with django_assert_max_num_queries(12):
        lines = foresee(rows, cast["oga"], now())
    assert len(lines) == 500
    to = {line.target: line.options["to"] for line in lines}
    assert all(to[row.pk] == team[n % 2].pk for n, row in enumerate(others[:40]))
    assert sorted(Counter(to.values()).values()) == [125] * 4
    people = [line.options["to"] for line in lines]
    assert len(list(groupby(people))) == len(team)  # what one person is given stands together


def test_many_are_worked_off_by_a_worker(
    cast: Cast, team: list[Membership], monkeypatch: pytest.MonkeyPatch
) -> None:
    in_the_field(cast, 29)
    monkeypatch.setattr("alliances.lists.views.nudge", lambda: None)
    client = client_of(cast["oga"])
    bulk = confirmed(client, everything(client))
    assert not PlannedVisit.objects.exists()
    monkeypatch.setattr(tasks, "nudge", lambda: None)
    tasks.work_bulk_acts()
    assert set(states(bulk).values()) == {"done"}
    given = Counter(PlannedVisit.objects.values_list("assigned_to", flat=True))
    assert sorted(given.values()) == [7, 7, 8, 8]
