"""Acting on an alliance: every cell of the table, who is told why not, and two people at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from unittest.mock import patch
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from alliances.lifecycle import registry
from alliances.lifecycle.acting import act_on, lock_alliance
from alliances.lifecycle.audit import verify_audit
from alliances.lifecycle.duties import Duty
from alliances.lifecycle.selectors import (
    actions_for,
    alliances_visible_to,
    dossier_of,
    holds_role,
    may_act,
    who_may_act,
)
from alliances.lifecycle.services import (
    advance,
    appoint,
    declare_interest,
    end_appointment,
)
from alliances.lifecycle.table import BY_VERB, FINAL, MAIN_PATH, STAGE_OF, TRANSITIONS, Status
from kit.access import ALLOWED, refused
from kit.errors import Conflict, DomainError, NotAllowed
from tests.factories.alliances import (
    AT,
    Cast,
    end,
    make_alliance,
    make_cast,
    make_membership,
    walk_to,
)

pytestmark = pytest.mark.django_db


class Paper:
    """Stands for an uploaded document: all that an act keeps of it."""

    pk, sha256 = 7, "f" * 64


@pytest.fixture
def requirements_hold():
    """Every requirement answers yes, so that only table and duties speak."""
    answers = dict.fromkeys(registry._answers, lambda alliance: ALLOWED)
    named = {name: (lambda alliance: ALLOWED) for row in TRANSITIONS for name in row.requirements}
    with patch.dict(registry._answers, answers | named):
        yield


def advised(cast: Cast) -> None:
    """The OGR did something here under the duty to advise."""
    cast.alliance.events.create(
        verb="write_study",
        duty=Duty.ADVISE,
        actor=cast["ogr"].user,
        organisation=cast["ogr"].organisation,
        at=AT,
    )


def sent_with(verb: str) -> dict[str, Any]:
    """The reason and the document that any act of this verb may need."""
    codes = BY_VERB[verb].reasons
    why = {"reason": "Lo pidió la asamblea", "reason_code": codes[0]} if codes else {}
    return why | {"documents": [Paper()]}


def act(cast: Cast, verb: str, role: str, **more: object):
    return advance(
        alliance_id=cast.alliance.pk,
        verb=verb,
        acting=cast[role],
        at=AT,
        **(sent_with(verb) | more),
    )


def test_a_key_is_of_one_act(requirements_hold: None) -> None:
    """Sent again with another verb or on another alliance it must not pass for done."""
    cast, other, key = make_cast("submitted"), make_cast("submitted"), uuid4()
    act(cast, "return_profile", "ogr", key=key)
    with pytest.raises(Conflict):
        act(cast, "submit", "ogr", key=key)
    with pytest.raises(Conflict):
        act(other, "return_profile", "ogr", key=key)
    other.alliance.refresh_from_db()
    assert other.alliance.status == "submitted"


@pytest.mark.parametrize("status", Status.values)
def test_every_cell_of_the_table(status: str, requirements_hold: None) -> None:
    """From each status, each verb by each role: allowed exactly when the table says so.

    The alliance is locked once for them all, as by a caller that does several acts.
    """
    cast = make_cast(status)
    alliance = lock_alliance(pk=cast.alliance.pk)
    regime = dossier_of(cast.alliance).regime
    for member in cast.people.values():
        member.dossiers = {}  # every act is refused: what is known of each is read once
    for verb, row in BY_VERB.items():
        for role, member in cast.people.items():
            is_not_its_own = row.is_owners and role == "ally"
            expected = status in row.sources and holds_role(regime, row.duty, role)
            expected = expected and not is_not_its_own
            if expected:
                assert may_act(cast.alliance, row.duty, member), (verb, role)
                continue
            doing = act_on(alliance, row, acting=member, at=AT, **sent_with(verb))
            with pytest.raises(DomainError) as refusal, doing:
                pass
            assert refusal.value.message
    cast.alliance.refresh_from_db()
    assert cast.alliance.status == status


@pytest.mark.parametrize("row", TRANSITIONS, ids=lambda row: row.verb)
def test_each_transition_moves_and_leaves_an_event(row, requirements_hold: None) -> None:
    for source in row.sources:
        cast = make_cast(source)
        holder = next(h.role for h in _holders(cast, row.duty))
        alliance = act(cast, row.verb, holder)
        event = alliance.events.latest("sequence")
        assert alliance.status == row.target
        assert (event.verb, event.duty, event.actor) == (row.verb, row.duty, cast[holder].user)
        assert event.organisation == cast[holder].organisation
        assert event.data["documents"] == [{"version": 7, "sha256": "f" * 64}]
        assert verify_audit(chain=alliance.pk).broken == ()


def _holders(cast: Cast, duty: Duty):
    return dossier_of(cast.alliance).regime.holders[duty]


def test_the_table_is_sound() -> None:
    assert set(STAGE_OF) == set(Status)
    assert set(MAIN_PATH) <= set(Status)
    reached = {row.target for row in TRANSITIONS} | {Status.DRAFT}
    assert reached == set(Status)
    assert {Status.GRADUATED, Status.RUPTURED, Status.NOT_SELECTED, Status.WITHDRAWN} <= FINAL
    assert len(BY_VERB) == len(TRANSITIONS)


def test_the_same_key_twice_is_one_act(requirements_hold: None) -> None:
    cast, key = make_cast("submitted"), uuid4()
    act(cast, "verify", "ogr", key=key)
    again = act(cast, "verify", "ogr", key=key)
    assert again.status == "eligible"
    assert again.events.filter(verb="verify", actor__isnull=False).count() == 1


def test_a_missing_reason_or_document_is_said() -> None:
    cast = make_cast("submitted")
    with pytest.raises(DomainError, match=r"motivo|reason"):
        act(cast, "return_profile", "ogr", reason="  ")
    walk_to(cast.alliance, "draft")
    cast = make_cast("viable")
    with pytest.raises(DomainError, match=r"documento|document"):
        act(cast, "approve", "cir", documents=[])


def test_an_unmet_requirement_is_said() -> None:
    cast = make_cast("closing", appointed=False)
    appointing = {"oga_appointed": lambda alliance: refused("Falta la OGA.")}
    with patch.dict(registry._answers, appointing):
        actions = actions_for(cast.alliance, cast["trustee"])
        assert [action.verdict.allowed for action in actions] == [False]
    with pytest.raises(NotAllowed):
        act(cast, "constitute_trust", "trustee")


def test_who_comes_second_is_told_who_was_first(requirements_hold: None) -> None:
    cast = make_cast("submitted")
    act(cast, "verify", "ogr")
    with pytest.raises(Conflict) as refusal:
        act(cast, "reject", "ogr")
    assert cast["ogr"].user.display_name in refusal.value.message


@pytest.mark.django_db(transaction=True)
def test_two_people_at_once_one_wins(requirements_hold: None) -> None:
    cast = make_cast("submitted")
    other = make_membership("ogr", organisation=cast["ogr"].organisation)
    cast.people["other"] = other

    def attempt(role: str) -> str:
        try:
            act(cast, "verify" if role == "ogr" else "reject", role)
            return "won"
        except Conflict as error:
            return error.message
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(attempt, ["ogr", "other"]))
    assert outcomes.count("won") == 1
    told = next(text for text in outcomes if text != "won")
    assert any(cast[role].user.display_name in told for role in ("ogr", "other"))
    moves = cast.alliance.events.exclude(actor=None).exclude(to_status="")
    assert moves.count() == 1


def test_advising_bars_from_scoring_and_the_refusal_says_when() -> None:
    cast = make_cast("eligible")
    advised(cast)
    turncoat = make_membership("scorer", cast["scorer"].organisation, user=cast["ogr"].user)
    verdict = may_act(cast.alliance, Duty.SCORE, turncoat)
    assert not verdict
    assert cast["ogr"].organisation.name in verdict.reason


def test_appointing_refuses_who_already_did_the_other_thing() -> None:
    cast = make_cast("eligible", appointed=False)
    advised(cast)
    with pytest.raises(NotAllowed):
        appoint(
            alliance_id=cast.alliance.pk,
            duty=Duty.SCORE,
            acting=cast["eip"],
            at=AT,
            organisation=cast["ogr"].organisation,
        )
    appointment = appoint(
        alliance_id=cast.alliance.pk,
        duty=Duty.SCORE,
        acting=cast["eip"],
        at=AT,
        organisation=cast["scorer"].organisation,
    )
    assert appointment.organisation == cast["scorer"].organisation
    with pytest.raises(NotAllowed):
        appoint(
            alliance_id=cast.alliance.pk,
            duty=Duty.ACCOMPANY,
            acting=cast["ogr"],
            at=AT,
            organisation=cast["oga"].organisation,
        )


def test_a_duty_is_given_to_the_kind_of_organisation_that_does_it() -> None:
    cast = make_cast("approved", appointed=False)
    with pytest.raises(ValidationError):
        appoint(
            alliance_id=cast.alliance.pk,
            duty=Duty.PAY,
            acting=cast["eip"],
            at=AT,
            organisation=cast["ally"].organisation,
        )
    assert not cast.alliance.appointments.exists()


def test_an_appointment_ends_once_and_by_who_directs() -> None:
    cast = make_cast("executing")
    oga = cast.alliance.appointments.get(duty="accompany")

    def end(role: str, reason: str = "Renunció por falta de personal") -> object:
        return end_appointment(
            appointment_id=oga.pk, acting=cast[role], at=AT, reason=reason, reason_code="replaced"
        )

    for role, reason, error in (("oga", "x", NotAllowed), ("eip", " ", DomainError)):
        with pytest.raises(error):
            end(role, reason)
    end("eip")
    with pytest.raises(Conflict):
        end("eip")
    oga.refresh_from_db()
    assert oga.until == AT.date()
    assert cast.alliance.events.filter(verb="end_appointment").count() == 1
    assert not may_act(cast.alliance, Duty.ACCOMPANY, cast["oga"])


def test_a_declared_interest_bars_at_once() -> None:
    cast = make_cast("scored")
    declare_interest(alliance=cast.alliance, kind="kinship", detail="", acting=cast["cir"], at=AT)
    assert not may_act(cast.alliance, Duty.SELECT, cast["cir"])


def test_who_may_act_names_the_eligible_and_why_not_the_others() -> None:
    cast = make_cast("eligible")
    advised(cast)
    answer = who_may_act(cast.alliance, Duty.SCORE, AT.date())
    assert [row.pk for row in answer.eligible] == [cast["scorer"].pk]
    assert cast["ogr"].pk in {row.pk for row, _reason in answer.barred}
    assert all(reason for _row, reason in answer.barred)


def test_an_expired_membership_is_not_a_candidate() -> None:
    cast = make_cast("eligible")
    end(cast["scorer"], AT.date() - timedelta(days=1))
    assert who_may_act(cast.alliance, Duty.SCORE, AT.date()).eligible == ()


@pytest.mark.parametrize(
    ("role", "sees"),
    [
        ("eip", True),
        ("ogr", True),
        ("scorer", True),
        ("cir", True),
        ("oga", True),
        ("trustee", True),
        ("ally", True),
        ("manager", True),
        ("organisation", True),
        ("evaluator", True),
        ("policy", False),
    ],
)
def test_everybody_of_the_alliance_sees_it_and_neither_strangers_nor_policy_do(
    role: str, sees: bool
) -> None:
    cast = make_cast("executing")
    stranger = make_alliance(municipality=cast.alliance.municipality)
    visible = alliances_visible_to(cast[role])
    assert visible.filter(pk=cast.alliance.pk).exists() is sees
    if role not in ("eip", "evaluator", "ogr", "cir"):
        assert not visible.filter(pk=stranger.pk).exists()
    assert not alliances_visible_to(cast.outsider).filter(pk=cast.alliance.pk).exists()
