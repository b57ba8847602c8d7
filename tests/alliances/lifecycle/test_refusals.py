"""Refused attempts at money, score and decision stay in the history; once a day each."""

from datetime import timedelta

import pytest
from django.urls import reverse

from alliances.lifecycle.models import Event
from alliances.lifecycle.refusals import noting
from alliances.lifecycle.registry import registered
from alliances.overview.sentences import tell
from fiduciary.disbursements.services.requests import approve_disbursement
from kit.errors import NotAllowed
from tests.bulk import confirmed, problems, proposed
from tests.factories.alliances import Cast, make_cast, make_membership
from tests.factories.fiduciary import MONDAY, make_funded_cast, make_request
from tests.pages import Browser

pytestmark = pytest.mark.django_db


def browser(cast: Cast, role: str) -> Browser:
    client = Browser()
    client.force_login(cast[role].user)
    return client


def attempts(cast: Cast) -> list[tuple[str, str]]:
    events = Event.objects.filter(alliance=cast.alliance, verb="refuse_attempt").order_by("pk")
    return [(event.actor.username, event.data["attempted"]) for event in events]


def test_every_act_on_money_score_and_decision_is_watched() -> None:
    watched = {act.verb for act in registered() if act.is_watched}
    assert watched >= {"score", "select", "decline", "verify", "start_score", "constitute_trust"}
    assert watched >= {"request_disbursement", "clear_disbursement", "approve_disbursement"}
    assert watched >= {"pay_disbursement", "receive_contribution"}
    assert "log_visit" not in watched


def test_the_wrong_person_at_a_payment_leaves_a_trace_once_a_day() -> None:
    cast = make_funded_cast()
    asked = make_request(cast)
    address = reverse("fiduciary:request-approve", args=[asked.pk])
    for _click in range(3):
        assert browser(cast, "oga").post(address).status_code == 403
    assert browser(cast, "eip").post(address).status_code == 403

    assert attempts(cast) == [
        (cast["oga"].user.username, "approve_disbursement"),
        (cast["eip"].user.username, "approve_disbursement"),
    ]
    asked.refresh_from_db()
    assert asked.status != "approved"
    told = tell(Event.objects.filter(verb="refuse_attempt"))[0]
    assert "Approve disbursement" in told.sentence
    assert told.reason  # what they were told


def test_a_scorer_who_may_not_and_a_batch_are_seen_too() -> None:
    cast = make_cast("eligible")
    begin = reverse("alliances:score-start", args=[cast.alliance.code])
    assert browser(cast, "cir").post(begin).status_code == 403
    assert attempts(cast) == [(cast["cir"].user.username, "start_score")]

    money = make_funded_cast()
    asked, officer = make_request(money), browser(money, "trustee")
    bulk = proposed(officer, "approve_requests", [asked], "requests")
    money.alliance.appointments.filter(duty="pay").delete()  # meanwhile
    confirmed(officer, bulk)
    assert problems(bulk)[asked.pk]
    assert attempts(money) == [(money["trustee"].user.username, "approve_disbursement")]


def test_what_is_not_watched_and_what_only_came_late_leave_none() -> None:
    cast = make_cast("executing")
    visit = reverse("alliances:visit-new", args=[cast.alliance.code])
    assert browser(cast, "eip").post(visit, {}).status_code == 403
    assert attempts(cast) == []


def test_a_role_that_has_ended_signs_nothing_not_even_its_refusal() -> None:
    cast = make_funded_cast()
    asked = make_request(cast)
    ended = make_membership("oga", valid_until=MONDAY.date() - timedelta(days=1))
    with noting() as attempts_noted, pytest.raises(NotAllowed):
        approve_disbursement(request_id=asked.pk, acting=ended, at=MONDAY)
    assert attempts_noted == []
    with noting() as attempts_noted, pytest.raises(NotAllowed):
        approve_disbursement(request_id=asked.pk, acting=cast["oga"], at=MONDAY)
    assert [attempt.act.verb for attempt in attempts_noted] == ["approve_disbursement"]


def test_programs_outside_of_requests_write_no_attempts() -> None:
    cast = make_funded_cast()
    asked = make_request(cast)
    with pytest.raises(NotAllowed):
        approve_disbursement(request_id=asked.pk, acting=cast["oga"], at=MONDAY)
    assert attempts(cast) == []
