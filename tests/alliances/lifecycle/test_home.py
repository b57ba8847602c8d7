"""The home page is cut after it is sorted: the most urgent of many, not the oldest."""

from datetime import date, timedelta

import pytest

from alliances.lifecycle.desk import (
    Desk,
    OwnTask,
    counts_of_tasks,
    offer_task,
    task_label,
    waiting_for_task,
)
from alliances.lifecycle.duties import Duty
from alliances.lifecycle.home import LIMIT, seasons_of, unblocking, waiting_for
from alliances.lifecycle.models import Alliance, Event
from alliances.preparation.home import waiting_for as verifications
from alliances.territory.workdays import working_days_between
from tests.factories.alliances import (
    AT,
    make_alliance,
    make_appointment,
    make_call,
    make_cast,
    make_membership,
    walk_to,
)
from tests.factories.fiduciary import make_windows

pytestmark = pytest.mark.django_db


def test_of_sixty_tasks_the_first_are_those_due_first() -> None:
    """A suspended alliance has four weeks, a study that was submitted two."""
    eip, call = make_membership("eip"), make_call()

    def thirty(status: str, days_ago: int) -> set[int]:
        alliances = [make_alliance(call=call) for _number in range(30)]
        for alliance in alliances:
            walk_to(alliance, status, AT - timedelta(days=days_ago))
        return {alliance.pk for alliance in alliances}

    older, pressing = thirty("suspended", 16), thirty("study_submitted", 13)
    rows = waiting_for(Desk(eip, AT))

    assert {row.alliance_id for row in rows[:LIMIT]} < pressing
    assert [row.slack for row in rows] == sorted(row.slack for row in rows)
    assert not older & {row.alliance_id for row in rows}


@pytest.mark.parametrize(
    ("regime", "helped_are_asked"), [("recommended", False), ("phase_3", True)]
)
def test_the_many_that_an_ogr_helped_do_not_hide_those_that_it_may_verify(
    regime: str, helped_are_asked: bool
) -> None:
    call, ogr = make_call(regime=regime), make_membership("ogr")
    helped = [make_alliance(call=call) for _number in range(40)]
    for alliance in helped:
        walk_to(alliance, "submitted", AT - timedelta(days=30))
    Event.objects.bulk_create(
        Event(alliance=row, verb="edit", duty="promote", organisation=ogr.organisation, at=AT)
        for row in helped
    )
    foreign = walk_to(make_alliance(call=call), "submitted", AT)

    asked = {row.alliance_id for row in verifications(Desk(ogr, AT))}

    assert bool(asked & {row.pk for row in helped}) == helped_are_asked
    assert (foreign.pk in asked) == (not helped_are_asked)  # the older ones are more urgent


# -- What unblocks others --------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("status", "taken_away", "task"),
    [
        ("approved", "accompany", "appoint_oga"),
        ("closing", "pay", "appoint_trustee"),
        ("executing", "accompany", "appoint_oga"),
        ("closing", "ally", "name_ally"),
    ],
)
def test_what_an_alliance_lacks_is_a_task_of_the_eip(
    status: str, taken_away: str, task: str
) -> None:
    cast = make_cast(status)
    assert unblocking(Desk(cast["eip"], AT)) == []
    if taken_away == "ally":
        cast.alliance = make_alliance(status, call=cast.alliance.call, ally=None)
        for role, duty in (("oga", Duty.ACCOMPANY), ("trustee", Duty.PAY)):
            make_appointment(cast.alliance, duty, cast[role].organisation)
    else:
        cast.alliance.appointments.filter(duty=taken_away).delete()

    (row,) = unblocking(Desk(cast["eip"], AT))

    assert row.alliance_id == cast.alliance.pk
    assert row.title == task_label(task)
    assert row.tone == "attention"  # however far its day is: something is missing
    assert counts_of_tasks(cast["eip"])[task] == 1
    assert [alliance.pk for alliance in waiting_for_task(cast["eip"], task)] == [cast.alliance.pk]
    for role in ("ogr", "scorer", "cir", "trustee", "organisation", "evaluator"):
        assert unblocking(Desk(cast[role], AT)) == []
        assert task not in counts_of_tasks(cast[role])


def test_what_lacks_is_late_once_its_day_is_over() -> None:
    cast = make_cast("approved")
    cast.alliance.appointments.filter(duty="pay").delete()

    (row,) = unblocking(Desk(cast["eip"], AT + timedelta(days=60)))

    assert row.tone == "late"
    assert row.slack is not None
    assert row.slack < 0


def test_two_tasks_have_two_names() -> None:
    for name in ("verify", "name_ally"):
        with pytest.raises(ValueError, match="already has a name"):
            offer_task(OwnTask(name, "Otra", lambda _membership: None))


def test_all_that_an_alliance_lacks_is_one_row_and_its_button_gives_the_first() -> None:
    alliance = make_alliance("closing", ally=None)

    (row,) = unblocking(Desk(make_membership("eip"), AT))

    assert row.title == "Appoint who accompanies · Appoint the trustee · Name the commercial ally"
    assert row.url == f"/alianzas/{alliance.code}/designar/?duty=accompany"
    assert row.action == "Appoint who accompanies"


# -- Crop time ------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("status", "role", "ends", "is_told"),
    [
        ("closing", "trustee", "04-10", True),  # its trust may take until the end of May
        ("closing", "trustee", "06-30", False),
        ("trust_constituted", "oga", "03-10", True),
        ("approved", "eip", "03-10", True),
        ("study_submitted", "eip", "03-04", False),  # this season is not for what is studied now
    ],
)
def test_a_season_that_closes_before_the_step_does_is_why_it_presses(
    status: str, role: str, ends: str, is_told: bool
) -> None:
    cast = make_cast(status)
    make_windows(cast.alliance, ("02-01", ends))

    (row,) = waiting_for(Desk(cast[role], AT))

    assert ("the sowing of Papa closes before" in row.why) == is_told
    if is_told:
        assert row.tone == "attention"
        assert row.slack is not None
        assert row.slack < working_days_between(AT.date(), date(2026, 4, 15))


def test_a_late_step_takes_its_days_from_today_on() -> None:
    cast = make_cast("trust_constituted")
    make_windows(cast.alliance, ("02-01", "04-20"))
    late = AT + timedelta(days=45)  # 16 April

    (row,) = waiting_for(Desk(cast["oga"], late))

    assert row.tone == "late"
    assert "the sowing of Papa closes before" in row.why


def test_a_crop_that_is_sown_all_year_misses_nothing() -> None:
    cast = make_cast("closing")
    make_windows(cast.alliance, ("01-01", "12-31"))

    (row,) = waiting_for(Desk(cast["trustee"], AT))

    assert "the sowing" not in row.why


def test_a_window_that_ended_closes_before_nothing() -> None:
    cast = make_cast("closing")
    make_windows(cast.alliance, ("02-01", "04-10"), until=AT.date())
    assert [season.end for season in seasons_of([cast.alliance], AT.date()).values()] == [
        date(2026, 4, 10)
    ]
    assert seasons_of([cast.alliance], date(2026, 4, 11)) == {}


def test_seasons_cost_one_query_for_any_number(django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    cast = make_cast("closing")
    make_windows(cast.alliance, ("02-01", "04-10"))
    others = [make_alliance("closing", call=cast.alliance.call) for _number in range(3)]
    rows = Alliance.objects.select_related("municipality__department").filter(
        pk__in=[cast.alliance.pk, *(row.pk for row in others)]
    )
    alliances = list(rows)
    with django_assert_num_queries(1):
        assert len(seasons_of(alliances, AT.date())) == 4
    with django_assert_num_queries(0):
        assert seasons_of([], AT.date()) == {}
