"""The committee's decision: votes, ranking, snapshot, and what may follow what."""

import threading
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, close_old_connections, connection, transaction
from django.utils import translation

from alliances.documents.models import DocumentVersion
from alliances.lifecycle.models import Event
from alliances.lifecycle.services import advance
from alliances.models import CallRegion, CommitteeDecision, EvaluationSnapshot
from alliances.selection.services import decide
from alliances.selection.services.deciding import DepartureWithoutReason, InvalidDecision
from kit.errors import Conflict, DomainError, NotAllowed
from paap.roles import as_owner
from tests.factories.alliances import (
    AT,
    Cast,
    make_call,
    make_cast,
    make_membership,
    make_producer,
    seal_call,
    told,
)
from tests.factories.selection import make_ranked, make_score

TODAY = AT.date()
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


@pytest.fixture(scope="module")
def new_cast() -> Callable[[], Cast]:
    return scored_cast


def scored_cast() -> Cast:
    """A profile scored 80 where the cut-off is 70 and money abounds."""
    cast = make_cast("scored")
    make_score(cast.alliance, 80, scorer=cast["scorer"])
    return cast


def take(cast: Cast, outcome: str = "selected", role: str = "cir", **changes) -> CommitteeDecision:
    given = {
        "alliance_id": cast.alliance.pk,
        "outcome": outcome,
        "session_on": TODAY,
        "votes_for": 5,
        "votes_against": 1,
        "reason": "",
        "acting": cast[role],
        "at": AT,
        "key": uuid4(),
    }
    if changes.get("reason", "").strip():  # a departure comes with its code and its minutes
        given |= {"reason_code": "territory", "minutes": SimpleUploadedFile("acta.pdf", PDF)}
    return decide(**(given | changes))


def test_selecting_as_the_ranking_expects(cast):
    decision = take(cast)

    cast.alliance.refresh_from_db()
    assert cast.alliance.status == "selected"
    assert not decision.departs_from_ranking
    assert (decision.cutoff, decision.score.total) == (70, 80)
    event = Event.objects.get(verb="select", actor=cast["cir"].user)
    assert told(event) == {"decision": decision.pk, "departs_from_ranking": False}


def test_the_first_decision_freezes_the_snapshot(cast):
    make_producer(cast.alliance)
    make_producer(cast.alliance)
    take(cast)

    snapshot = EvaluationSnapshot.objects.get()
    assert (snapshot.score, snapshot.cutoff, snapshot.was_offered) == (80, 70, True)
    assert (snapshot.call_region, snapshot.producers) == ("Pacífico", 2)
    assert snapshot.rules_hash == cast.alliance.call.rules_hash
    assert snapshot.taken_at == AT


def test_later_decisions_leave_the_snapshot_as_it_was(cast):
    take(cast, "waitlisted", reason="Falta soporte del aliado")
    take(cast, "selected", at=AT + timedelta(days=3))

    assert CommitteeDecision.objects.count() == 2
    assert EvaluationSnapshot.objects.get().was_offered is False
    cast.alliance.refresh_from_db()
    assert cast.alliance.status == "selected"


@pytest.mark.parametrize("outcome", ["waitlisted", "declined"])
def test_leaving_the_ranking_needs_a_reason(cast, outcome):
    with pytest.raises(DepartureWithoutReason):
        take(cast, outcome, reason="  ")
    assert not CommitteeDecision.objects.exists()
    assert not EvaluationSnapshot.objects.exists()

    for changes in (
        {"reason": "."},
        {"reason_code": ""},
        {"reason_code": "incomplete"},
        {"minutes": None},
    ):
        with pytest.raises(DomainError):
            take(cast, outcome, **({"reason": "La asociación se disolvió"} | changes))
    assert not CommitteeDecision.objects.exists()

    decision = take(cast, outcome, reason="La asociación se disolvió")
    assert decision.departs_from_ranking
    assert Event.objects.latest("pk").data["departs_from_ranking"] is True


def test_below_the_cutoff_selecting_is_the_departure(db):
    cast = make_cast("scored")
    make_score(cast.alliance, "69.99", scorer=cast["scorer"])

    with translation.override("en"), pytest.raises(DepartureWithoutReason, match=r"70\.00.*public"):
        take(cast, "selected")
    assert not take(cast, "declined").departs_from_ranking


def test_when_the_money_runs_out_the_waiting_list_is_expected(db):
    cast = make_cast("scored")
    make_score(cast.alliance, 80, scorer=cast["scorer"])
    call = make_call(sealed=False)
    CallRegion.objects.filter(call=call).update(budget_cop=Decimal(300_000_000))
    seal_call(call)
    make_ranked(90, call=call)  # takes 210 of the 300 million
    alliance = make_ranked(80, call=call)

    assert not take(cast, "waitlisted", alliance_id=alliance.pk).departs_from_ranking


@pytest.mark.parametrize(
    "role",
    [
        "eip",
        "ogr",
        "scorer",
        "oga",
        "trustee",
        "ally",
        "manager",
        "organisation",
        "evaluator",
        "policy",
    ],
)
def test_no_other_role_decides(cast, role):
    with pytest.raises(NotAllowed):
        take(cast, role=role)
    assert not CommitteeDecision.objects.exists()


def test_a_committee_of_elsewhere_does_not_decide(cast):
    elsewhere = make_membership("cir", organisation=cast.outsider.organisation)

    with pytest.raises(NotAllowed):
        take(cast, acting=elsewhere)


def test_whoever_scored_does_not_decide(cast):
    """The same person, now on the committee: the ledger remembers."""
    Event.objects.create(
        alliance=cast.alliance,
        verb="start_score",
        duty="score",
        at=AT,
        actor=cast["scorer"].user,
        organisation=cast["scorer"].organisation,
    )
    turned = make_membership("cir", organisation=cast["cir"].organisation, user=cast["scorer"].user)

    with pytest.raises(NotAllowed, match=cast["scorer"].user.display_name):
        take(cast, acting=turned)


@pytest.mark.parametrize("status", ["draft", "submitted", "eligible", "preparing", "executing"])
def test_other_states_refuse(db, status):
    cast = make_cast(status)

    with pytest.raises(DomainError):
        take(cast)


def test_without_a_binding_score_there_is_nothing_to_decide(db):
    cast = make_cast("scored")
    make_score(cast.alliance, 80, scorer=cast["ogr"], kind="verification")

    with pytest.raises(NotAllowed):
        take(cast)


def test_a_region_without_money_is_refused(db):
    cast = make_cast("scored")
    make_score(cast.alliance, 80, scorer=cast["scorer"])
    department = cast.alliance.municipality.department
    type(department).objects.filter(pk=department.pk).update(call_region="Central")

    with pytest.raises(NotAllowed):
        take(cast)


@pytest.mark.parametrize(
    "changes",
    [
        {"votes_for": 2, "votes_against": 2},
        {"votes_for": 0, "votes_against": 0},
        {"session_on": TODAY + timedelta(days=1)},
        {"session_on": TODAY - timedelta(days=1)},  # before the score was sealed
    ],
)
def test_impossible_sessions_and_votes_are_refused(cast, changes):
    with pytest.raises(InvalidDecision):
        take(cast, **changes)
    cast.alliance.refresh_from_db()
    assert cast.alliance.status == "scored"


def test_the_same_key_decides_once(cast):
    key = uuid4()
    first = take(cast, key=key)
    second = take(cast, key=key)

    assert first == second
    assert CommitteeDecision.objects.count() == 1


def test_deciding_again_is_told_who_decided_first(cast):
    take(cast)

    with pytest.raises(Conflict, match=cast["cir"].user.display_name):
        take(cast)
    with pytest.raises(Conflict):
        take(cast, "declined", reason="Otra cosa")


def test_the_minutes_are_kept_as_evidence_of_the_decision(cast):
    take(cast, minutes=SimpleUploadedFile("acta.pdf", PDF))

    version = DocumentVersion.objects.get()
    event = Event.objects.get(verb="select", actor=cast["cir"].user)
    assert version.document.alliance == cast.alliance
    assert event.data["documents"] == [{"version": version.pk, "sha256": version.sha256}]


@pytest.mark.parametrize("verb", ["select", "waitlist", "decline", "score"])
def test_the_verbs_alone_do_nothing_without_decision_or_score(db, verb):
    cast = make_cast("eligible" if verb == "score" else "scored")
    acting = cast["scorer" if verb == "score" else "cir"]

    with pytest.raises(NotAllowed):
        advance(alliance_id=cast.alliance.pk, verb=verb, acting=acting, at=AT)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE alliances_committeedecision SET outcome = 'declined'",
        "DELETE FROM alliances_committeedecision",
        "TRUNCATE alliances_committeedecision CASCADE",
        "UPDATE alliances_evaluationsnapshot SET score = 99",
        "DELETE FROM alliances_evaluationsnapshot",
        "TRUNCATE alliances_evaluationsnapshot CASCADE",
    ],
)
def test_postgresql_refuses_to_change_decisions_and_snapshots(cast, sql):
    take(cast)

    with (
        pytest.raises(DatabaseError),
        transaction.atomic(),
        as_owner(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql)


@pytest.mark.django_db(transaction=True)
def test_two_members_deciding_at_once_one_wins_and_the_other_is_told():
    cast = make_cast("scored")
    make_score(cast.alliance, 80, scorer=cast["scorer"])
    colleague = make_membership("cir", organisation=cast["cir"].organisation)
    together, outcomes = threading.Barrier(2), []

    def vote(acting, outcome: str) -> None:
        together.wait(10)
        try:
            take(cast, outcome, acting=acting, reason="Según la sesión")
            outcomes.append("decided")
        except Conflict as told:
            outcomes.append(told.message)
        finally:
            close_old_connections()
            connection.close()

    threads = [
        threading.Thread(target=vote, args=[cast["cir"], "selected"]),
        threading.Thread(target=vote, args=[colleague, "declined"]),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    assert outcomes.count("decided") == 1
    assert CommitteeDecision.objects.count() == EvaluationSnapshot.objects.count() == 1
    winner = CommitteeDecision.objects.get().decided_by.user
    assert winner.display_name in next(said for said in outcomes if said != "decided")


@pytest.mark.django_db(transaction=True)
def test_decisions_that_share_a_budget_are_taken_one_by_one():
    cast = make_cast("scored")
    call = make_call(sealed=False)
    CallRegion.objects.filter(call=call).update(budget_cop=Decimal(300_000_000))
    seal_call(call)
    strong, weak = make_ranked(80, call=call), make_ranked(30, call=call)
    refused = []

    def select_the_strong_one() -> None:
        try:
            take(cast, "selected", alliance_id=strong.pk)
        except DepartureWithoutReason as told:
            refused.append(told)
        finally:
            close_old_connections()
            connection.close()

    late = threading.Thread(target=select_the_strong_one)
    with transaction.atomic():
        take(cast, "selected", alliance_id=weak.pk, reason="Zona priorizada por la asamblea")
        late.start()
        late.join(1)
        assert late.is_alive(), "it must wait until the other decision is committed"
    late.join(10)

    assert len(refused) == 1  # 210 of the 300 million are gone: the waiting list is expected
    assert CommitteeDecision.objects.get().alliance == weak
