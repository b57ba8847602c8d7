"""Scoring a profile: who may, what must be there, what happens once it is sealed."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from functools import partial
from uuid import uuid4

import pytest
from django.db import DatabaseError, close_old_connections, connection, transaction

from alliances.lifecycle.models import Event
from alliances.lifecycle.services import declare_interest
from alliances.selection.models import Score, ScoreLine
from alliances.selection.selectors.scores import scores_visible_to
from alliances.selection.services import (
    LineDraft,
    save_score_lines,
    seal_score,
    start_score,
)
from alliances.selection.services.scoring import ScoreIncomplete
from kit.errors import Conflict, DomainError, NotAllowed
from paap.roles import as_owner
from tests.factories.alliances import (
    AT,
    Cast,
    make_appointment,
    make_call,
    make_cast,
    make_membership,
    make_producer,
    told,
)
from tests.factories.selection import answers_for, make_answered_sheet, make_score

LATER = AT + timedelta(hours=2)


@pytest.fixture(scope="module")
def new_cast() -> Callable[[], Cast]:
    return partial(make_cast, "eligible")


# -- Beginning ------------------------------------------------------------------------------------
def test_the_appointed_scorer_begins_a_binding_sheet(cast):
    score = start_score(alliance_id=cast.alliance.pk, acting=cast["scorer"], at=AT)

    assert (score.kind, score.total) == ("binding", None)
    event = Event.objects.get(verb="start_score")
    assert (event.duty, event.actor) == ("score", cast["scorer"].user)


def test_ogr_staff_begin_a_verification_sheet(cast):
    score = start_score(alliance_id=cast.alliance.pk, acting=cast["ogr"], at=AT)

    assert score.kind == "verification"
    assert Event.objects.get(verb="start_score").duty == "verify"


def test_under_the_phase_3_regime_the_score_of_the_ogr_binds(db):
    cast = make_cast("eligible", regime="phase_3")
    score = make_answered_sheet(cast.alliance, cast["ogr"])
    seal_score(score_id=score.pk, acting=cast["ogr"], at=LATER, key=uuid4())

    cast.alliance.refresh_from_db()
    assert score.kind == "binding"
    assert cast.alliance.status == "scored"


def test_beginning_twice_gives_the_same_sheet(cast):
    first = start_score(alliance_id=cast.alliance.pk, acting=cast["scorer"], at=AT)
    second = start_score(alliance_id=cast.alliance.pk, acting=cast["scorer"], at=LATER)

    assert first == second
    assert Event.objects.filter(verb="start_score").count() == 1


@pytest.mark.parametrize(
    "role",
    ["eip", "cir", "oga", "trustee", "ally", "manager", "organisation", "evaluator", "policy"],
)
def test_no_other_role_scores(cast, role):
    with pytest.raises(NotAllowed):
        start_score(alliance_id=cast.alliance.pk, acting=cast[role], at=AT)


def test_a_scorer_who_was_not_appointed_does_not_score(cast):
    with pytest.raises(NotAllowed):
        start_score(alliance_id=cast.alliance.pk, acting=make_membership("scorer"), at=AT)


def test_ogr_staff_of_elsewhere_do_not_score(cast):
    with pytest.raises(NotAllowed):
        start_score(alliance_id=cast.alliance.pk, acting=cast.outsider, at=AT)


@pytest.mark.parametrize("status", ["draft", "submitted", "scored", "selected", "not_selected"])
def test_a_binding_sheet_begins_only_while_the_profile_is_eligible(db, status):
    cast = make_cast(status)

    with pytest.raises(NotAllowed):
        start_score(alliance_id=cast.alliance.pk, acting=cast["scorer"], at=AT)


def test_a_verification_sheet_may_begin_until_the_committee_decides(db):
    scored, selected = make_cast("scored"), make_cast("selected")

    start_score(alliance_id=scored.alliance.pk, acting=scored["ogr"], at=AT)
    with pytest.raises(NotAllowed):
        start_score(alliance_id=selected.alliance.pk, acting=selected["ogr"], at=AT)


def test_a_declared_tie_bars_from_scoring(cast):
    declare_interest(
        alliance=cast.alliance, kind="kinship", detail="", acting=cast["scorer"], at=AT
    )

    with pytest.raises(NotAllowed):
        start_score(alliance_id=cast.alliance.pk, acting=cast["scorer"], at=AT)


# -- Answering ------------------------------------------------------------------------------------
def test_an_answer_given_again_replaces_the_earlier_one(cast):
    score = start_score(alliance_id=cast.alliance.pk, acting=cast["scorer"], at=AT)
    first, again = answers_for(cast.alliance, 0)[0], answers_for(cast.alliance, 100)[0]
    for line in (first, again):
        given = replace(line, comment="  Visto  ")
        save_score_lines(score_id=score.pk, lines=[given], acting=cast["scorer"])

    line = ScoreLine.objects.get()
    assert (line.option.points, line.comment) == (100, "Visto")


def test_nobody_writes_on_somebody_elses_sheet(cast):
    score = start_score(alliance_id=cast.alliance.pk, acting=cast["scorer"], at=AT)
    colleague = make_membership("scorer", organisation=cast["scorer"].organisation)

    with pytest.raises(NotAllowed):
        save_score_lines(score_id=score.pk, lines=answers_for(cast.alliance, 50), acting=colleague)
    with pytest.raises(NotAllowed):
        seal_score(score_id=score.pk, acting=colleague, at=LATER)


def test_an_option_must_answer_its_own_criterion_of_this_call(cast):
    score = start_score(alliance_id=cast.alliance.pk, acting=cast["scorer"], at=AT)
    one, two, _extra = answers_for(cast.alliance, 50)
    crossed = LineDraft(one.criterion_id, two.option_id)
    other_call = make_call()
    foreign = other_call.criteria.order_by("position")[0]
    elsewhere = LineDraft(foreign.pk, foreign.options.get(points=50).pk)

    for line in (crossed, elsewhere):
        with pytest.raises(DomainError):
            save_score_lines(score_id=score.pk, lines=[line], acting=cast["scorer"])
        with pytest.raises(DatabaseError, match="rubric"), transaction.atomic():
            ScoreLine.objects.create(
                score=score, criterion_id=line.criterion_id, option_id=line.option_id
            )
    assert not score.lines.exists()


# -- Sealing --------------------------------------------------------------------------------------
def test_sealing_adds_up_and_moves_the_profile(cast):
    score = make_answered_sheet(cast.alliance, cast["scorer"], points=50)
    sealed = seal_score(score_id=score.pk, acting=cast["scorer"], at=LATER, key=uuid4())

    cast.alliance.refresh_from_db()
    assert sealed.total == Decimal("52.50")  # 60 × 0,5 + 40 × 0,5 + 5 × 0,5
    assert sealed.sealed_at == LATER
    assert cast.alliance.status == "scored"
    event = Event.objects.get(verb="score")
    assert told(event) == {"score": score.pk, "seal": sealed.seal}
    assert "total" not in event.data  # whoever reads the history does not learn it from there


def test_a_verification_score_moves_nothing(cast):
    score = make_answered_sheet(cast.alliance, cast["ogr"])
    sealed = seal_score(score_id=score.pk, acting=cast["ogr"], at=LATER, key=uuid4())

    cast.alliance.refresh_from_db()
    assert sealed.is_sealed
    assert cast.alliance.status == "eligible"
    assert Event.objects.get(verb="seal_verification").duty == "verify"


def test_a_sheet_with_gaps_is_not_sealed_and_every_gap_is_named(cast):
    score = start_score(alliance_id=cast.alliance.pk, acting=cast["scorer"], at=AT)
    extreme, *_rest = answers_for(cast.alliance, 100)
    save_score_lines(score_id=score.pk, lines=[extreme], acting=cast["scorer"])

    with pytest.raises(ScoreIncomplete) as refusal:
        seal_score(score_id=score.pk, acting=cast["scorer"], at=LATER)
    assert all(name in str(refusal.value) for name in ("Producto", "Aliado", "Mujeres"))
    score.refresh_from_db()
    assert not score.is_sealed


@pytest.mark.parametrize(("points", "comment"), [(0, ""), (100, ""), (100, "   ")])
def test_an_extreme_answer_needs_a_reason(cast, points, comment):
    score = make_answered_sheet(cast.alliance, cast["scorer"], points, comment)

    with pytest.raises(ScoreIncomplete):
        seal_score(score_id=score.pk, acting=cast["scorer"], at=LATER)


def test_a_middle_answer_needs_none(cast):
    score = make_answered_sheet(cast.alliance, cast["scorer"], 50, "")

    assert seal_score(score_id=score.pk, acting=cast["scorer"], at=LATER).total == Decimal("52.50")


def test_the_same_key_seals_once(cast):
    score, key = make_answered_sheet(cast.alliance, cast["scorer"]), uuid4()
    first = seal_score(score_id=score.pk, acting=cast["scorer"], at=LATER, key=key)
    second = seal_score(
        score_id=score.pk, acting=cast["scorer"], at=LATER + timedelta(hours=1), key=key
    )

    assert first.sealed_at == second.sealed_at
    assert Event.objects.filter(verb="score").count() == 1


def test_a_second_seal_with_another_key_is_told_when_it_was_sealed(cast):
    score = make_answered_sheet(cast.alliance, cast["scorer"])
    seal_score(score_id=score.pk, acting=cast["scorer"], at=LATER, key=uuid4())

    with pytest.raises(Conflict, match="2026"):
        seal_score(score_id=score.pk, acting=cast["scorer"], at=LATER, key=uuid4())
    with pytest.raises(Conflict):
        save_score_lines(
            score_id=score.pk, lines=answers_for(cast.alliance, 0), acting=cast["scorer"]
        )


def test_who_declares_a_tie_after_beginning_cannot_seal(cast):
    score = make_answered_sheet(cast.alliance, cast["scorer"])
    declare_interest(
        alliance=cast.alliance, kind="business", detail="", acting=cast["scorer"], at=AT
    )

    with pytest.raises(NotAllowed):
        seal_score(score_id=score.pk, acting=cast["scorer"], at=LATER)


def test_the_second_scorer_to_seal_is_told_who_was_first(cast):
    colleague = make_membership("scorer", organisation=cast["scorer"].organisation)
    mine = make_answered_sheet(cast.alliance, cast["scorer"])
    theirs = make_answered_sheet(cast.alliance, colleague)
    seal_score(score_id=theirs.pk, acting=colleague, at=LATER)

    with pytest.raises(Conflict, match=colleague.user.display_name):
        seal_score(score_id=mine.pk, acting=cast["scorer"], at=LATER)
    mine.refresh_from_db()
    assert not mine.is_sealed


def test_a_binding_score_is_not_sealed_on_a_profile_that_left(cast):
    score = make_answered_sheet(cast.alliance, cast["scorer"])
    Event.objects.create(
        alliance=cast.alliance,
        verb="withdraw",
        duty="represent",
        at=LATER,
        from_status="eligible",
        to_status="withdrawn",
    )

    with pytest.raises(DomainError):
        seal_score(score_id=score.pk, acting=cast["scorer"], at=LATER)


def test_a_verification_score_is_not_sealed_after_the_decision(db):
    cast = make_cast("eligible")
    score = make_answered_sheet(cast.alliance, cast["ogr"])
    for verb, source, target in (("score", "eligible", "scored"), ("select", "scored", "selected")):
        Event.objects.create(
            alliance=cast.alliance,
            verb=verb,
            duty="score",
            at=LATER,
            from_status=source,
            to_status=target,
        )

    with pytest.raises(NotAllowed):
        seal_score(score_id=score.pk, acting=cast["ogr"], at=LATER)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE alliances_score SET total = 99",
        "UPDATE alliances_score SET sealed_at = NULL, total = NULL, seal = ''",
        "DELETE FROM alliances_score",
        "UPDATE alliances_scoreline SET comment = 'otra cosa'",
        "UPDATE alliances_scoreline SET option_id = option_id + 1",
        "DELETE FROM alliances_scoreline",
        "TRUNCATE alliances_scoreline",
        "TRUNCATE alliances_score CASCADE",
    ],
)
def test_postgresql_refuses_to_touch_a_sealed_score(cast, sql):
    score = make_answered_sheet(cast.alliance, cast["scorer"])
    seal_score(score_id=score.pk, acting=cast["scorer"], at=LATER)

    with (
        pytest.raises(DatabaseError),
        transaction.atomic(),
        as_owner(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql)


def test_a_line_cannot_be_moved_out_of_a_sealed_score(cast):
    sealed = make_answered_sheet(cast.alliance, cast["scorer"])
    open_one = start_score(alliance_id=cast.alliance.pk, acting=cast["ogr"], at=AT)
    seal_score(score_id=sealed.pk, acting=cast["scorer"], at=LATER)

    with pytest.raises(DatabaseError, match="sealed"), transaction.atomic():
        sealed.lines.update(score=open_one)


def test_postgresql_keeps_one_binding_score(cast):
    make_score(cast.alliance, 80, scorer=cast["scorer"])

    with pytest.raises(DatabaseError, match="one_binding"), transaction.atomic():
        make_score(cast.alliance, 70)
    make_score(cast.alliance, 70, kind="verification")


@pytest.mark.django_db(transaction=True)
def test_two_scorers_sealing_at_once_one_wins_and_the_other_is_told():
    cast = make_cast("eligible")
    colleague = make_membership("scorer", organisation=cast["scorer"].organisation)
    sheets = [make_answered_sheet(cast.alliance, who) for who in (cast["scorer"], colleague)]
    together, outcomes = threading.Barrier(2), []

    def seal(score: Score) -> None:
        together.wait(10)
        try:
            seal_score(score_id=score.pk, acting=score.scorer, at=LATER, key=uuid4())
            outcomes.append("sealed")
        except Conflict as told:
            outcomes.append(told.message)
        finally:
            close_old_connections()
            connection.close()

    threads = [threading.Thread(target=seal, args=[sheet]) for sheet in sheets]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    assert outcomes.count("sealed") == 1
    winner = Score.objects.get(sealed_at__isnull=False).scorer
    assert winner.user.display_name in next(said for said in outcomes if said != "sealed")
    cast.alliance.refresh_from_db()
    assert cast.alliance.status == "scored"


# -- Reading --------------------------------------------------------------------------------------
def read_by(cast: Cast, role: str) -> set[str]:
    return set(scores_visible_to(cast[role]).values_list("kind", flat=True))


def test_before_the_decision_scorers_are_blind_to_each_other(cast):
    binding = make_answered_sheet(cast.alliance, cast["scorer"])
    seal_score(score_id=binding.pk, acting=cast["scorer"], at=LATER)
    verification = make_answered_sheet(cast.alliance, cast["ogr"])

    assert read_by(cast, "ogr") == {"verification"}  # its own, still open
    assert read_by(cast, "scorer") == {"binding"}
    assert read_by(cast, "cir") == read_by(cast, "eip") == {"binding"}
    assert read_by(cast, "organisation") == read_by(cast, "ally") == set()

    seal_score(score_id=verification.pk, acting=cast["ogr"], at=LATER)
    assert read_by(cast, "ogr") == {"verification", "binding"}
    assert read_by(cast, "scorer") == {"verification", "binding"}
    assert read_by(cast, "organisation") == set()


def test_after_the_decision_everybody_of_the_alliance_reads_the_sealed_scores(db):
    cast = make_cast("eligible")
    make_score(cast.alliance, 80, scorer=cast["scorer"])
    start_score(alliance_id=cast.alliance.pk, acting=cast["ogr"], at=AT)
    for verb, source, target in (
        ("score", "eligible", "scored"),
        ("decline", "scored", "not_selected"),
    ):
        Event.objects.create(
            alliance=cast.alliance,
            verb=verb,
            duty="select",
            at=LATER,
            from_status=source,
            to_status=target,
        )

    assert read_by(cast, "organisation") == read_by(cast, "ally") == {"binding"}
    assert not scores_visible_to(cast.outsider).exists()


def test_the_producers_of_a_profile_stay_out_of_the_chain(cast):
    producer = make_producer(cast.alliance)
    score = make_answered_sheet(cast.alliance, cast["scorer"])
    seal_score(score_id=score.pk, acting=cast["scorer"], at=LATER)

    said = " ".join(str(event.data) + event.reason for event in Event.objects.all())
    assert producer.document_number not in said


def test_an_appointment_ends_and_with_it_the_right_to_seal(cast):
    score = make_answered_sheet(cast.alliance, cast["scorer"])
    cast.alliance.appointments.filter(duty="score").update(until=AT.date())
    make_appointment(cast.alliance, "score", make_membership("scorer").organisation)

    with pytest.raises(NotAllowed):
        seal_score(score_id=score.pk, acting=cast["scorer"], at=LATER)
