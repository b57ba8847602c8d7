"""Assigning a visit: to whom, by when, once; what closes it, and what PostgreSQL refuses."""

import threading
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, connections, transaction
from django.test import Client
from django.utils.timezone import localdate

from alliances.field.models import PlannedVisit
from alliances.field.plans import present_version, standing_plans
from alliances.field.rules import MOST_DAYS_AHEAD, usual_day, wrong_due_day
from alliances.field.selectors import VisitDue, visit_due_of
from alliances.field.services import assign_visit, withdraw_planned_visit
from alliances.lifecycle.audit import verify_audit
from alliances.people.models import Membership
from kit.errors import Conflict, DomainError, NotAllowed, Overtaken
from paap.roles import as_owner
from tests.alliances.field.conftest import LATER, STARTED_ON, log
from tests.factories.alliances import (
    READERS,
    Cast,
    end,
    make_cast,
    make_membership,
    told,
)

pytestmark = pytest.mark.django_db
TODAY = LATER.date()
DUE = TODAY + timedelta(days=10)


def assign(cast: Cast, to: Membership | None = None, by: str = "oga", **changes: Any) -> Any:
    """The visit of the next ten days, by default to whoever assigns it."""
    asked: dict[str, Any] = {"due_on": DUE, "at": LATER, "key": uuid4()}
    return assign_visit(
        alliance_id=cast.alliance.pk,
        to=(to or cast["oga"]).pk,
        acting=cast[by],
        **(asked | changes),
    )


def withdraw(cast: Cast, by: str = "oga", **changes: Any) -> PlannedVisit:
    asked: dict[str, Any] = {"at": LATER, "key": uuid4()}
    return withdraw_planned_visit(
        alliance_id=cast.alliance.pk, acting=cast[by], **(asked | changes)
    )


def due(cast: Cast, on: date = TODAY) -> VisitDue:
    row = visit_due_of(cast.alliance, cast["oga"], on)
    assert row
    return row


@pytest.fixture
def colleague(cast: Cast) -> Membership:
    return make_membership("oga", organisation=cast["oga"].organisation)


# -- Who and by when ----------------------------------------------------------------------------
def test_a_visit_is_assigned_with_one_event(cast: Cast, colleague: Membership) -> None:
    plan = assign(cast, colleague)
    assert (plan.assigned_to, plan.due_on, plan.planned_by) == (colleague, DUE, cast["oga"])
    assert (plan.planned_at, plan.closed_at, plan.visit) == (LATER, None, None)
    event = cast.alliance.events.get(verb="assign_visit")
    assert told(event) == {
        "plan": plan.pk,
        "to": colleague.pk,
        "due_on": DUE.isoformat(),
        "replaces": None,
    }
    assert event.duty == "accompany"
    assert due(cast).goes == colleague.user.display_name
    assert not verify_audit().broken


@pytest.mark.parametrize("role", ["eip", "ogr", "trustee", "ally", "manager", "organisation"])
def test_only_who_accompanies_assigns_and_withdraws(role: str, cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        assign(cast, by=role)
    assign(cast)
    with pytest.raises(NotAllowed):
        withdraw(cast, by=role)
    assert PlannedVisit.objects.get().closed_at is None


def test_nobody_of_another_body_or_role_or_out_of_office_is_sent(cast: Cast) -> None:
    body = cast["oga"].organisation
    left = make_membership("oga", organisation=body, valid_until=TODAY - timedelta(days=1))
    for to, words in (
        (make_membership("oga"), "has not been appointed"),
        (make_membership("coordinator", organisation=body), "has no role"),
        (left, "is not in office"),
    ):
        with pytest.raises(DomainError, match=words) as refusal:
            assign(cast, to)
        assert refusal.value.field == "to"
    with pytest.raises(DomainError, match="Choose who"):
        assign_visit(
            alliance_id=cast.alliance.pk,
            to=10**9,
            due_on=DUE,
            acting=cast["oga"],
            at=LATER,
            key=uuid4(),
        )
    assert not PlannedVisit.objects.exists()


def test_an_appointment_of_one_person_sends_nobody_else(cast: Cast, colleague: Membership) -> None:
    cast.alliance.appointments.filter(duty="accompany").update(person=cast["oga"].user)
    with pytest.raises(DomainError):
        assign(cast, colleague)
    assert assign(cast)


@pytest.mark.parametrize("status", ["trust_constituted", "graduated"])
def test_what_nobody_visits_is_not_assigned(status: str, db: None) -> None:
    with pytest.raises(NotAllowed, match="is not visited"):
        assign(make_cast(status), at=LATER)


@pytest.mark.parametrize("days", [-1, MOST_DAYS_AHEAD + 1])
def test_the_day_is_ahead_and_within_a_year(days: int, cast: Cast) -> None:
    with pytest.raises(DomainError) as refusal:
        assign(cast, due_on=TODAY + timedelta(days=days))
    assert refusal.value.field == "due_on"


def test_the_usual_day_is_the_last_in_time_or_within_a_week() -> None:
    since = date(2026, 3, 1)
    assert usual_day(since, date(2026, 3, 10)) == date(2026, 3, 31)
    assert usual_day(since, date(2026, 3, 31)) == date(2026, 3, 31)
    assert usual_day(since, date(2026, 4, 1)) == date(2026, 4, 8)
    assert not wrong_due_day(TODAY, TODAY)


# -- Twice, and at once ---------------------------------------------------------------------------
def test_a_second_click_is_the_same_plan(cast: Cast, colleague: Membership) -> None:
    key = uuid4()
    assert assign(cast, colleague, key=key) == assign(cast, colleague, key=key)
    with pytest.raises(Conflict, match="person"):
        assign(cast, key=key)
    assert assign(cast, colleague).closed_at is None  # what stands already changes nothing
    assert cast.alliance.events.filter(verb="assign_visit").count() == 1


def test_assigned_again_it_is_another_plan(cast: Cast, colleague: Membership) -> None:
    first, second = assign(cast), assign(cast, colleague)
    first.refresh_from_db()
    assert (first.closed_at, first.visit) == (LATER, None)
    assert second.closed_at is None
    event = cast.alliance.events.filter(verb="assign_visit").latest("sequence")
    assert event.data["replaces"] == first.pk


def test_what_somebody_else_assigned_meanwhile_is_not_overwritten(
    cast: Cast, colleague: Membership
) -> None:
    read = due(cast).version
    assert read == present_version(cast.alliance.pk)
    assign(cast, colleague, seen=read)
    with pytest.raises(Overtaken):
        assign(cast, seen=read)
    read = due(cast).version
    log(cast, visited_on=TODAY - timedelta(days=5))
    with pytest.raises(Overtaken):
        withdraw(cast, seen=read)


def test_withdrawn_once(cast: Cast) -> None:
    plan, key = assign(cast), uuid4()
    assert withdraw(cast, key=key) == withdraw(cast, key=key) == plan
    assert due(cast).plan is None
    with pytest.raises(Conflict, match="made or withdrawn"):
        withdraw(cast)


@pytest.mark.django_db(transaction=True)
def test_two_who_assign_at_once_leave_one_plan() -> None:
    cast = make_cast("executing")
    colleague = make_membership("oga", organisation=cast["oga"].organisation)
    read, overtaken = present_version(cast.alliance.pk), []

    def go(to: Membership) -> None:
        try:
            assign(cast, to, seen=read)
        except Overtaken as error:
            overtaken.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=go, args=[to]) for to in (cast["oga"], colleague)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert PlannedVisit.objects.count() == len(overtaken) == 1


# -- What closes it -------------------------------------------------------------------------------
def test_a_visit_by_anybody_of_the_team_closes_it(cast: Cast, colleague: Membership) -> None:
    plan = assign(cast, colleague)
    visit = log(cast, visited_on=TODAY + timedelta(days=2), at=LATER + timedelta(days=3))
    plan.refresh_from_db()
    assert (plan.visit, plan.closed_at) == (visit, visit.logged_at)
    assert cast.alliance.events.get(verb="log_visit").data["plan"] == plan.pk
    assert due(cast).plan is None


@pytest.mark.parametrize(("days_before", "closes"), [(0, True), (1, False)])
def test_a_visit_of_a_day_before_that_arrives_late_does_not(
    days_before: int, closes: bool, cast: Cast
) -> None:
    plan = assign(cast)
    log(cast, visited_on=TODAY - timedelta(days=days_before), at=LATER + timedelta(days=4))
    plan.refresh_from_db()
    assert (plan.closed_at is not None) is closes
    assert cast.alliance.events.get(verb="log_visit").data.get("plan") == (
        plan.pk if closes else None
    )


def test_late_visits_close_one_plan_once(cast: Cast) -> None:
    plan, late = assign(cast), LATER + timedelta(days=9)
    first = log(cast, visited_on=TODAY + timedelta(days=1), at=late)
    again = log(cast, visited_on=TODAY + timedelta(days=1), at=late, key=first.key)
    log(cast, visited_on=TODAY + timedelta(days=3), at=late)
    plan.refresh_from_db()
    assert first == again == plan.visit


def test_what_nobody_can_fulfil_counts_as_not_assigned(cast: Cast, colleague: Membership) -> None:
    assign(cast, colleague)
    end(colleague, TODAY)
    tomorrow = TODAY + timedelta(days=1)
    assert due(cast).plan
    assert due(cast, tomorrow).plan is None
    assert assign(cast, at=LATER + timedelta(days=1)).closed_at is None
    assert PlannedVisit.objects.filter(closed_at__isnull=True).count() == 1
    assert standing_plans(tomorrow).exists()
    cast.alliance.appointments.filter(duty="accompany").update(until=TODAY)
    assert not standing_plans(tomorrow).exists()


# -- What PostgreSQL refuses ----------------------------------------------------------------------
def row(cast: Cast, **changes: Any) -> PlannedVisit:
    facts: dict[str, Any] = {
        "alliance": cast.alliance,
        "key": uuid4(),
        "assigned_to": cast["oga"],
        "due_on": DUE,
        "planned_by": cast["oga"],
        "planned_at": LATER,
    }
    with transaction.atomic():
        return PlannedVisit.objects.create(**(facts | changes))


def test_one_open_plan_of_an_alliance(cast: Cast) -> None:
    row(cast, closed_at=LATER)
    row(cast)
    with pytest.raises(IntegrityError, match="one_open"):
        row(cast)


def test_somebody_else_and_a_day_of_before_are_refused(cast: Cast) -> None:
    ended = make_membership("oga", organisation=cast["oga"].organisation, valid_until=STARTED_ON)
    for stranger in (make_membership("oga"), cast["organisation"], ended):
        with pytest.raises(DatabaseError, match="a member in force of the body"):
            row(cast, assigned_to=stranger)
    with pytest.raises(IntegrityError, match="plannedvisit_ahead"):
        row(cast, due_on=TODAY - timedelta(days=1))
    with pytest.raises(IntegrityError, match="plannedvisit_closed"):
        row(cast, closed_at=LATER - timedelta(seconds=1))


def test_a_plan_changes_once_and_stays(cast: Cast) -> None:
    plan, other = row(cast), make_cast("executing")
    own = PlannedVisit.objects.filter(pk=plan.pk)
    elsewhere = log(other, visited_on=TODAY)
    refused: list[tuple[dict[str, Any], str]] = [
        ({"due_on": DUE + timedelta(days=1)}, "changes once"),
        ({"closed_at": LATER, "due_on": DUE + timedelta(days=1)}, "changes once"),
        ({"closed_at": LATER, "visit": elsewhere}, "the same alliance"),
    ]
    for changes, words in refused:
        with pytest.raises(DatabaseError, match=words), transaction.atomic(), as_owner():
            own.update(**changes)
    own.update(closed_at=LATER)
    with pytest.raises(DatabaseError, match="changes once"), transaction.atomic():
        own.update(closed_at=None)
    with pytest.raises(DatabaseError, match="never deleted"), transaction.atomic(), as_owner():
        own.delete()


# -- The page -------------------------------------------------------------------------------------
def client_of(member: Membership) -> Client:
    client = Client()
    client.force_login(member.user)
    return client


def address(cast: Cast, tail: str = "") -> str:
    return f"/alianzas/{cast.alliance.code}/visitas/{tail}"


def sent(to: Membership, on: date, **changes: str) -> dict[str, str]:
    return {"key": str(uuid4()), "to": str(to.pk), "due_on": on.isoformat()} | changes


def test_the_page_proposes_whoever_went_last_and_assigns(cast: Cast, colleague: Membership) -> None:
    log(cast, visited_on=date(2026, 3, 10), at=datetime.now(tz=LATER.tzinfo))
    client, soon = client_of(colleague), localdate() + timedelta(days=3)
    form = client.get(address(cast)).context["form"]
    assert form.initial["to"] == cast["oga"].pk
    seen = form.initial["seen"]
    answer = client.post(address(cast, "asignar/"), sent(colleague, soon, seen=seen), follow=True)
    assert f"<b>{colleague.user.display_name}</b>" in answer.content.decode()
    assert PlannedVisit.objects.get().due_on == soon
    # The form of before is shown again with what stands.
    answer = client.post(address(cast, "asignar/"), sent(cast["oga"], soon, seen=seen))
    assert answer.status_code == 409
    assert "By now it says" in answer.content.decode()
    seen = client.get(address(cast)).context["due"].version
    gone = client.post(address(cast, "retirar/"), {"key": str(uuid4()), "seen": seen})
    assert gone.status_code == 302
    assert PlannedVisit.objects.get().closed_at


def test_a_mistake_in_the_page_is_shown_where_it_is(cast: Cast) -> None:
    client, yesterday = client_of(cast["oga"]), localdate() - timedelta(days=1)
    answer = client.post(address(cast, "asignar/"), sent(cast["oga"], yesterday))
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["due_on"])
    answer = client.post(address(cast, "asignar/"), sent(make_membership("oga"), localdate()))
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["to"])
    assert not PlannedVisit.objects.exists()


def test_others_read_who_goes_and_change_nothing(cast: Cast) -> None:
    assign(cast, due_on=TODAY)
    for role in READERS:
        page = client_of(cast[role]).get(address(cast))
        assert cast["oga"].user.display_name in page.content.decode()
        if role != "oga":
            assert page.context["form"] is None
            for tail in ("asignar/", "retirar/"):
                answer = client_of(cast[role]).post(
                    address(cast, tail), sent(cast["oga"], localdate())
                )
                assert answer.status_code == 403
    assert client_of(cast.outsider).post(address(cast, "asignar/"), {}).status_code == 404
    assert client_of(cast["oga"]).get(address(cast, "asignar/")).status_code == 405
