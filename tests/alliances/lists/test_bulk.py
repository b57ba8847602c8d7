"""Acts on many rows: each its own act with its own outcome, once, whoever is killed meanwhile."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils.timezone import now

from alliances.lifecycle.duties import Duty
from alliances.lifecycle.models import Alliance, Appointment, Event
from alliances.lists import services, tasks
from alliances.lists.models import BulkAct, BulkRow
from alliances.lists.registry import offer, verb_named
from tests.bulk import confirmed, problems, proposed, states
from tests.factories.alliances import (
    Cast,
    make_alliance,
    make_membership,
    make_organisation,
    make_producer,
)
from tests.pages import Browser

pytestmark = pytest.mark.django_db
REASON = {"reason": "Faltan los linderos de tres fincas", "reason_code": "incomplete"}


def client_of(membership: Any) -> Client:
    client = Browser()
    client.force_login(membership.user)
    return client


def complete_profiles(cast: Cast, count: int) -> list[Alliance]:
    """Drafts that lack nothing."""
    profiles = [make_alliance(call=cast.alliance.call) for _number in range(count)]
    for profile in profiles:
        make_producer(profile)
    return profiles


def test_each_row_is_its_own_act_and_says_what_became_of_it(cast: Cast) -> None:
    ogr, good = client_of(cast["ogr"]), complete_profiles(cast, 2)
    lacking = cast.alliance  # it has no producers
    bulk = proposed(ogr, "submit", [*good, lacking])
    page = ogr.get(f"/lotes/{bulk.key}/").content.decode()
    assert "There are no producers." in page
    assert not Event.objects.filter(verb="submit", actor__isnull=False).exists()

    confirmed(ogr, bulk)

    assert states(bulk) == {good[0].pk: "done", good[1].pk: "done", lacking.pk: "left"}
    assert set(Alliance.objects.filter(status="submitted")) == set(good)
    assert bulk.finished_at
    page = ogr.get(f"/lotes/{bulk.key}/").content.decode()
    assert "2 done, 1 left as they were." in page
    assert f"/alianzas/{lacking.code}/" in page


def test_a_second_click_changes_nothing(cast: Cast) -> None:
    ogr, rows = client_of(cast["ogr"]), complete_profiles(cast, 3)
    key = str(uuid4())
    bulk = proposed(ogr, "submit", rows, key=key)
    assert proposed(ogr, "submit", rows, key=key) == bulk
    for _times in range(2):
        confirmed(ogr, bulk)
    assert Event.objects.filter(verb="submit", actor=cast["ogr"].user).count() == 3
    other = {"verb": "return_profile", "list_name": "profiles", "query": "", "key": key}
    assert ogr.post("/lotes/nuevo/", other | {"row": f"{rows[0].pk}"}).status_code == 409


def test_all_that_is_filtered_is_what_the_list_shows(cast: Cast) -> None:
    ogr, rows = client_of(cast["ogr"]), complete_profiles(cast, 3)
    bulk = proposed(ogr, "submit", [], everything="on", query="lacks=nothing")
    assert set(states(bulk)) == {row.pk for row in rows}


def test_what_changed_since_it_was_read_is_left(cast: Cast) -> None:
    ogr, (row,) = client_of(cast["ogr"]), complete_profiles(cast, 1)
    bulk = proposed(ogr, "submit", [row])
    Alliance.objects.filter(pk=row.pk).update(name="Otra cosa")
    confirmed(ogr, bulk)
    (outcome,) = bulk.rows.all()
    assert outcome.state == "left"
    assert "changed while you were reading" in outcome.problem


def test_nobody_acts_on_what_they_do_not_see_or_on_anothers_proposal(cast: Cast) -> None:
    ogr, (row,) = client_of(cast["ogr"]), complete_profiles(cast, 1)
    stranger = client_of(cast.outsider)
    sent = {"key": str(uuid4()), "list_name": "profiles", "query": "", "verb": "submit"}
    assert stranger.post("/lotes/nuevo/", sent | {"row": str(row.pk)}).status_code == 400
    assert ogr.post("/lotes/nuevo/", sent | {"verb": "appoint_scorers"}).status_code == 400
    assert ogr.post("/lotes/nuevo/", sent | {"list_name": "rubbish"}).status_code == 400
    assert ogr.post("/lotes/nuevo/", sent | {"row": "rubbish"}).status_code == 400
    assert ogr.post("/lotes/nuevo/", sent).status_code == 400  # no row
    bulk = proposed(ogr, "submit", [row])
    assert stranger.get(f"/lotes/{bulk.key}/").status_code == 404
    assert stranger.post(f"/lotes/{bulk.key}/confirmar/").status_code == 404
    assert ogr.post(f"/lotes/{uuid4()}/confirmar/").status_code == 404


def test_who_may_not_is_told_before_and_does_nothing(cast: Cast) -> None:
    """The OGR that presented a profile does not verify it."""
    ogr, rows = client_of(cast["ogr"]), complete_profiles(cast, 2)
    confirmed(ogr, proposed(ogr, "submit", rows))
    bulk = proposed(ogr, "verify", [Alliance.objects.get(pk=row.pk) for row in rows])
    assert set(states(bulk).values()) == {"left"}
    assert cast["ogr"].user.display_name in bulk.rows.first().problem


def test_many_are_verified_by_another_body_and_returned_with_a_reason(cast: Cast) -> None:
    ogr, rows = client_of(cast["ogr"]), complete_profiles(cast, 4)
    confirmed(ogr, proposed(ogr, "submit", rows))
    rows = [Alliance.objects.get(pk=row.pk) for row in rows]
    other = client_of(make_membership("ogr"))

    back = proposed(other, "return_profile", rows[:1])
    assert other.post(f"/lotes/{back.key}/confirmar/", {"reason": "."}).status_code == 422
    confirmed(other, back, **REASON)
    assert Event.objects.get(verb="return_profile", actor__isnull=False).reason == REASON["reason"]

    confirmed(other, proposed(other, "verify", rows))
    statuses = [Alliance.objects.get(pk=row.pk).status for row in rows]
    assert statuses == ["returned", "eligible", "eligible", "eligible"]


# -- Who verifies and scores -----------------------------------------------------------------------
def test_scorers_are_balanced_and_the_barred_are_left_out_and_named(cast: Cast) -> None:
    eip, call = client_of(cast["eip"]), cast.alliance.call
    one, two = cast["scorer"].organisation, make_organisation("scorer", name="Evaluar SAS")
    make_membership("scorer", two)
    make_organisation("scorer", name="Nadie en el cargo")  # it has nobody in office
    rows = [make_alliance("submitted", call=call) for _number in range(6)]
    Event.objects.create(  # it helped the first
        alliance=rows[0], verb="edit", duty="promote", organisation=two, at=now()
    )
    rows.append(make_alliance("scored", call=call))

    bulk = proposed(eip, "appoint_scorers", rows, list_name="alliances")
    page = eip.get(f"/lotes/{bulk.key}/").content.decode()
    assert "Left out: Evaluar SAS." in page
    confirmed(eip, bulk)

    held = Appointment.objects.filter(duty=Duty.SCORE, alliance__in=rows[:6])
    assert held.get(alliance=rows[0]).organisation == one
    assert {body: held.filter(organisation=body).count() for body in (one, two)} == {
        one: 3,
        two: 3,
    }
    assert states(bulk)[rows[6].pk] == "left"
    again = proposed(eip, "appoint_scorers", rows[:2], list_name="alliances")
    assert set(states(again).values()) == {"left"}


def test_where_every_body_is_barred_each_is_named(cast: Cast) -> None:
    eip, row = client_of(cast["eip"]), make_alliance("submitted", call=cast.alliance.call)
    body = cast["scorer"].organisation
    Event.objects.create(alliance=row, verb="edit", duty="promote", organisation=body, at=now())
    (line,) = proposed(eip, "appoint_scorers", [row], list_name="alliances").rows.all()
    assert line.state == "left"
    assert body.name in line.problem


# -- Long work -------------------------------------------------------------------------------------
class Killed(BaseException):
    """What a worker does not survive."""


def test_five_hundred_rows_survive_a_killed_worker(cast: Cast, monkeypatch: Any) -> None:
    monkeypatch.setattr("alliances.lists.views.nudge", lambda: None)
    ogr, rows = client_of(cast["ogr"]), complete_profiles(cast, 500)
    bulk = confirmed(ogr, proposed(ogr, "submit", [], everything="on", query="lacks=nothing"))
    assert bulk.finished_at is None
    fragment = {"HX-Request": "true"}
    page = ogr.get(f"/lotes/{bulk.key}/", headers=fragment).content.decode()
    assert 'value="0"' in page

    done, noted = services._do, []

    def dies(*args: Any) -> None:
        """The act is done, and the worker is gone before its outcome is noted."""
        verb, own, row, acting, at = args
        if len(noted) == 123:
            key = services.uuid5(own.key, f"{verb.name}-{row.target}")
            verb.perform(own, row, acting, at, key)
            raise Killed
        noted.append(row.pk)
        done(*args)

    monkeypatch.setattr(services, "_do", dies)
    with pytest.raises(Killed):
        tasks.work_bulk_acts()
    monkeypatch.setattr(services, "_do", done)
    page = ogr.get(f"/lotes/{bulk.key}/", headers=fragment).content.decode()
    assert 'value="24"' in page  # 123 of 500
    assert Event.objects.filter(verb="submit", actor=cast["ogr"].user).count() == 124

    tasks.work_bulk_acts()  # its worker may still live
    assert bulk.rows.filter(state=BulkRow.State.DONE).count() == 123
    BulkAct.objects.update(heartbeat_at=now() - timedelta(minutes=1))
    tasks.work_bulk_acts()

    bulk.refresh_from_db()
    assert bulk.finished_at
    assert bulk.rows.filter(state=BulkRow.State.DONE).count() == len(rows) == 500
    events = Event.objects.filter(verb="submit", actor=cast["ogr"].user)
    assert events.count() == events.values("alliance").distinct().count() == 500
    answer = ogr.get(f"/lotes/{bulk.key}/", headers=fragment)
    assert answer.headers["HX-Refresh"] == "true"


def test_a_row_that_breaks_what_acts_on_it_stops_no_other(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    ogr, rows = client_of(cast["ogr"]), complete_profiles(cast, 3)
    bulk, submit = proposed(ogr, "submit", rows), verb_named("submit")

    def perform(own: BulkAct, row: BulkRow, *more: Any) -> object:
        if row.target == rows[1].pk:
            raise KeyError("a mistake of ours")
        return submit.perform(own, row, *more)

    monkeypatch.setattr(services, "verb_named", lambda _name: replace(submit, perform=perform))
    confirmed(ogr, bulk)
    assert states(bulk) == {rows[0].pk: "done", rows[1].pk: "left", rows[2].pk: "done"}
    assert "unexpected" in problems(bulk)[rows[1].pk]
    assert bulk.finished_at


def test_too_many_rows_are_refused_and_old_proposals_forgotten(
    cast: Cast, monkeypatch: Any
) -> None:
    ogr, rows = client_of(cast["ogr"]), complete_profiles(cast, 2)
    old = proposed(ogr, "submit", rows)
    BulkAct.objects.filter(pk=old.pk).update(proposed_at=now() - timedelta(days=2))
    proposed(ogr, "submit", rows)
    assert not BulkAct.objects.filter(pk=old.pk).exists()
    monkeypatch.setattr(services, "MOST_ROWS", 1)
    sent = {"key": str(uuid4()), "list_name": "profiles", "query": "", "verb": "submit"}
    answer = ogr.post("/lotes/nuevo/", sent | {"everything": "on"})
    assert answer.status_code == 400


def test_two_acts_on_many_have_two_names() -> None:
    verb = verb_named("submit")
    with pytest.raises(ValueError, match="already has a name"):
        offer(type(verb)(**vars(verb)))
