"""What waits for scorers, verifiers and committee members."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from alliances.lifecycle.desk import Desk
from alliances.lifecycle.services import declare_interest
from alliances.lifecycle.table import BY_VERB
from alliances.people.roles import Role
from alliances.selection.home import STATUSES, waiting_for
from alliances.selection.services import seal_score, start_score
from tests.factories.alliances import AT, make_alliance, make_appointment, make_cast
from tests.factories.selection import make_answered_sheet

pytestmark = pytest.mark.django_db


def test_the_appointed_scorer_is_asked_to_score():
    cast = make_cast("eligible")

    (item,) = waiting_for(Desk(cast["scorer"], AT))

    assert item.alliance_id == cast.alliance.pk
    assert item.url == f"/alianzas/{cast.alliance.code}/puntaje/"
    assert item.slack == 15  # working days of the table for «score»
    assert item.tone == "good"


@pytest.mark.parametrize(("status", "days"), [("submitted", "verify"), ("eligible", "score")])
def test_the_eip_is_asked_to_appoint_who_verifies_and_scores(status, days):
    """Nobody else may: the independent body that declares eligibility is appointed to score."""
    cast = make_cast(status)
    assert waiting_for(Desk(cast["eip"], AT, also=STATUSES[Role.EIP])) == []
    cast.alliance.appointments.filter(duty="score").delete()

    (item,) = waiting_for(Desk(cast["eip"], AT, also=STATUSES[Role.EIP]))

    assert item.url == f"/alianzas/{cast.alliance.code}/designar/"
    assert item.slack == BY_VERB[days].target_days


def test_a_late_score_is_told_as_late():
    cast = make_cast("eligible")

    (item,) = waiting_for(Desk(cast["scorer"], AT + timedelta(days=60)))

    assert item.tone == "late"
    assert item.slack < 0


def test_the_button_says_whether_the_sheet_is_begun():
    cast = make_cast("eligible")
    before = waiting_for(Desk(cast["scorer"], AT))[0].action
    start_score(alliance_id=cast.alliance.pk, acting=cast["scorer"], at=AT)

    assert waiting_for(Desk(cast["scorer"], AT))[0].action != before


def test_the_committee_is_asked_to_decide_once_the_score_is_sealed():
    cast = make_cast("eligible")
    assert waiting_for(Desk(cast["cir"], AT)) == []
    sheet = make_answered_sheet(cast.alliance, cast["scorer"])
    seal_score(score_id=sheet.pk, acting=cast["scorer"], at=AT + timedelta(hours=2))

    (item,) = waiting_for(Desk(cast["cir"], AT + timedelta(hours=3)))
    assert item.url == f"/alianzas/{cast.alliance.code}/decision/"
    assert waiting_for(Desk(cast["scorer"], AT)) == []


def test_ogr_staff_may_write_a_verification_score_until_theirs_is_sealed():
    cast = make_cast("eligible")
    (item,) = waiting_for(Desk(cast["ogr"], AT))
    assert (item.slack, item.tone) == (None, "none")

    sheet = make_answered_sheet(cast.alliance, cast["ogr"])
    seal_score(score_id=sheet.pk, acting=cast["ogr"], at=AT + timedelta(hours=2))
    assert waiting_for(Desk(cast["ogr"], AT)) == []


def test_under_phase_3_the_ogr_is_asked_for_the_binding_score():
    cast = make_cast("eligible", regime="phase_3")

    (item,) = waiting_for(Desk(cast["ogr"], AT))
    assert item.slack is not None


def test_who_declared_a_tie_is_not_asked():
    cast = make_cast("eligible")
    declare_interest(
        alliance=cast.alliance, kind="kinship", detail="", acting=cast["scorer"], at=AT
    )

    assert waiting_for(Desk(cast["scorer"], AT)) == []


@pytest.mark.parametrize("role", ["eip", "oga", "trustee", "organisation", "policy", "evaluator"])
def test_other_roles_have_nothing_here(role):
    cast = make_cast("eligible")

    assert waiting_for(Desk(cast[role], AT)) == []


def test_the_number_of_queries_does_not_grow():
    cast = make_cast("eligible")
    with CaptureQueriesContext(connection) as few:
        waiting_for(Desk(cast["scorer"], AT))
    for _number in range(6):
        alliance = make_alliance("eligible", call=cast.alliance.call)
        make_appointment(alliance, "score", cast["scorer"].organisation)
    with CaptureQueriesContext(connection) as many:
        items = waiting_for(Desk(cast["scorer"], AT))

    assert len(items) == 7
    assert len(many) == len(few)
