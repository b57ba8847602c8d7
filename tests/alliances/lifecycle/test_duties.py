"""Every pair of duties under both regimes, every reach of a role, and what a refusal says."""

from dataclasses import replace
from datetime import date
from itertools import combinations

import pytest

from alliances.lifecycle.duties import (
    HANDS,
    PHASE_3,
    RECOMMENDED,
    REGIMES,
    Appointed,
    Dossier,
    Duty,
    Member,
    PastAct,
    Regime,
    Scope,
    coincidences,
    is_compatible,
    judge,
)

D = Duty
ANA = Member(1, "Ana Ruiz", 10, "OGR Nariño", "ogr", frozenset({"52"}))
COLLEAGUE = Member(2, "Luis Paz", 10, "OGR Nariño", "ogr", frozenset({"52"}))
STRANGER = Member(3, "Eva Sol", 30, "Otra", "ogr", frozenset({"52"}))
ON = date(2026, 3, 12)

#: Bodies that stay apart on the alliance; who approves and who pays may share theirs.
MONEY = {frozenset(pair) for pair in combinations(HANDS, 2)} - {frozenset((D.APPROVE, D.PAY))}
OWN_CAUSE = {
    frozenset((D.REPRESENT, judge))
    for judge in (D.VERIFY, D.SCORE, D.SELECT, D.DIRECT, D.SUPERVISE, D.CLEAR, D.APPROVE, D.PAY)
}
#: Design §4, row by row: «may not also».
APART = {
    "recommended": MONEY
    | OWN_CAUSE
    | {
        frozenset(pair)
        for pair in [
            (D.PROMOTE, D.VERIFY),
            (D.ADVISE, D.VERIFY),
            (D.ADVISE, D.DIRECT),
            (D.PROMOTE, D.SCORE),
            (D.PROMOTE, D.SELECT),
            (D.PROMOTE, D.SUPERVISE),
            (D.ADVISE, D.SCORE),
            (D.ADVISE, D.SELECT),
            (D.ADVISE, D.SUPERVISE),
            (D.SCORE, D.SELECT),
            (D.SCORE, D.ACCOMPANY),
            (D.ACCOMPANY, D.SUPERVISE),
            (D.ACCOMPANY, D.CLEAR),
            (D.ACCOMPANY, D.APPROVE),
            (D.ACCOMPANY, D.PAY),
            (D.SUPERVISE, D.REQUEST),
        ]
    },
    "phase_3": MONEY | OWN_CAUSE,
}


def dossier(regime: Regime, *acts: PastAct, appointed: tuple[Appointed, ...] = ()) -> Dossier:
    return Dossier(regime, "52", frozenset({77}), acts, appointed)


def act(duty: Duty, member: Member) -> PastAct:
    return PastAct(
        duty, member.person_id, member.person, member.organisation_id, member.organisation, ON
    )


@pytest.mark.parametrize("regime", REGIMES.values(), ids=str)
@pytest.mark.parametrize(("one", "other"), list(combinations(Duty, 2)))
def test_every_pair_of_duties(regime: Regime, one: Duty, other: Duty) -> None:
    apart = frozenset((one, other)) in APART[regime.code]
    for earlier, later in ((one, other), (other, one)):
        case = dossier(regime, act(earlier, ANA))
        assert is_compatible(case, later, ANA).allowed is not apart  # the same person
        assert is_compatible(case, later, COLLEAGUE).allowed is not apart  # same organisation
        assert is_compatible(case, later, STRANGER).allowed
        pair = regime.against(earlier, Scope.ALLIANCE).get(later)
        assert bool(pair) is apart
        assert pair is None or pair.reason


@pytest.mark.parametrize("duty", sorted(next(iter(pair - {D.REPRESENT})) for pair in OWN_CAUSE))
def test_a_party_judges_nothing_of_what_it_did_for_itself_under_any_duty(duty: Duty) -> None:
    own = Member(1, "Ana Ruiz", 77, "Asociación", "organisation")
    elsewhere = Member(1, "Ana Ruiz", 99, "Otra", "eip")
    colleague = Member(2, "Luis Paz", 77, "Asociación", "eip")
    case = dossier(RECOMMENDED, act(D.PROMOTE, own))
    assert not is_compatible(case, duty, elsewhere)
    assert not is_compatible(case, duty, colleague)
    helped = dossier(RECOMMENDED, act(D.PROMOTE, ANA))  # an OGR is no party
    assert is_compatible(helped, duty, ANA).allowed is (RECOMMENDED.pair(D.PROMOTE, duty) is None)


@pytest.mark.parametrize("regime", REGIMES.values(), ids=str)
@pytest.mark.parametrize(("earlier", "later"), [(D.APPROVE, D.PAY), (D.PAY, D.APPROVE)])
def test_who_approves_a_request_does_not_pay_it_but_pays_others(
    regime: Regime, earlier: Duty, later: Duty
) -> None:
    officer = Member(1, "Ana Ruiz", 60, "Fiduciaria", "trustee")
    elsewhere = Member(1, "Ana Ruiz", 61, "Otra fiduciaria", "trustee")
    colleague = Member(2, "Luis Paz", 60, "Fiduciaria", "trustee")
    done = act(earlier, officer)
    appointed = (Appointed(D.PAY, 60, "Fiduciaria", ON), Appointed(D.PAY, 61, "Otra", ON))

    another = dossier(regime, done, appointed=appointed)
    this_one = replace(another, on_request=(done,))

    assert judge(another, later, officer)
    assert judge(this_one, later, colleague)
    assert judge(this_one, earlier, officer)
    for person in (officer, elsewhere):  # the same person, whatever the chair
        reason = judge(this_one, later, person).reason
        assert "Ana Ruiz" in reason
        assert "2026" in reason


def test_rules_frozen_before_the_no_objection_are_read_and_let_nobody_give_it() -> None:
    frozen = RECOMMENDED.to_data()
    del frozen["holders"]["clear"]
    frozen["holders"]["approve"] = [["eip", "nation", None]]
    frozen["pairs"] = [
        [one, other, reason]
        for one, other, reason, _scope in frozen["pairs"]
        if "clear" not in (one, other)
    ]

    old = Regime.from_data(frozen)

    eip = Member(1, "A", 40, "EIP", "eip")
    assert not old.holds(D.CLEAR)
    assert not judge(dossier(old), D.CLEAR, eip)
    assert judge(dossier(old), D.APPROVE, eip)
    assert {pair.scope for pair in old.pairs} == {Scope.ALLIANCE}
    assert not is_compatible(dossier(old, act(D.APPROVE, ANA)), D.PAY, COLLEAGUE)


@pytest.mark.parametrize("regime", REGIMES.values(), ids=str)
def test_every_duty_has_a_holder_and_survives_freezing(regime: Regime) -> None:
    assert set(regime.holders) == set(Duty)
    assert Regime.from_data(regime.to_data()) == regime


def test_a_refusal_names_the_earlier_act() -> None:
    case = dossier(RECOMMENDED, act(D.ADVISE, ANA), appointed=(Appointed(D.SCORE, 10, "x", ON),))
    scorer = Member(1, "Ana Ruiz", 10, "OGR Nariño", "scorer")
    reason = judge(case, D.SCORE, scorer).reason
    assert "Ana Ruiz" in reason
    assert "OGR Nariño" in reason
    assert "2026" in reason


def test_an_act_for_another_organisation_bars_the_person() -> None:
    elsewhere = Member(1, "Ana Ruiz", 99, "Cuerpo calificador", "scorer")
    assert not is_compatible(dossier(RECOMMENDED, act(D.PROMOTE, ANA)), D.SCORE, elsewhere)


def test_an_appointment_bars_the_organisation_before_it_acts() -> None:
    case = dossier(RECOMMENDED, appointed=(Appointed(D.ACCOMPANY, 10, "OGA Sur", ON),))
    verdict = is_compatible(case, D.APPROVE, ANA)
    assert not verdict
    assert "OGA Sur" in verdict.reason


@pytest.mark.parametrize(
    ("member", "duty", "allowed"),
    [
        (Member(1, "A", 10, "OGR", "ogr", frozenset({"52"})), D.VERIFY, True),
        (Member(1, "A", 10, "OGR", "ogr", frozenset({"05"})), D.VERIFY, False),
        (Member(1, "A", 77, "Asociación", "organisation"), D.REPRESENT, True),
        (Member(1, "A", 78, "Otra", "organisation"), D.REPRESENT, False),
        (Member(1, "A", 20, "OGA", "oga"), D.REQUEST, True),
        (Member(1, "A", 21, "Otra OGA", "oga"), D.REQUEST, False),
        (Member(1, "A", 40, "EIP", "eip"), D.DIRECT, True),
        (Member(1, "A", 40, "EIP", "eip"), D.SCORE, False),
        (Member(1, "A", 50, "MADR", "policy"), D.DIRECT, False),
    ],
)
def test_how_far_a_role_reaches(member: Member, duty: Duty, allowed: bool) -> None:
    case = dossier(RECOMMENDED, appointed=(Appointed(D.ACCOMPANY, 20, "OGA", ON),))
    verdict = judge(case, duty, member)
    assert verdict.allowed is allowed
    assert bool(verdict.reason) is not allowed


def test_an_appointed_person_excludes_their_colleagues() -> None:
    case = dossier(RECOMMENDED, appointed=(Appointed(D.SCORE, 5, "Cuerpo", ON, person_id=1),))
    assert judge(case, D.SCORE, Member(1, "A", 5, "Cuerpo", "scorer"))
    assert not judge(case, D.SCORE, Member(2, "B", 5, "Cuerpo", "scorer"))


def test_a_declared_interest_bars_from_judging_only() -> None:
    case = Dossier(RECOMMENDED, "52", frozenset(), interests={1: "Parentesco"})
    assert "Parentesco" in judge(case, D.VERIFY, ANA).reason
    assert judge(case, D.PROMOTE, ANA)


def test_phase_3_shows_what_recommended_would_have_refused() -> None:
    case = dossier(PHASE_3, act(D.PROMOTE, ANA), act(D.SCORE, COLLEAGUE), act(D.SELECT, STRANGER))
    assert is_compatible(case, D.SCORE, ANA)
    [(earlier, later, pair)] = coincidences(case)
    assert (earlier.duty, later.duty) == (D.PROMOTE, D.SCORE)
    assert pair == RECOMMENDED.pair(D.PROMOTE, D.SCORE)


def test_the_trustee_that_approves_and_pays_is_no_coincidence() -> None:
    officer = Member(1, "Ana Ruiz", 60, "Fiduciaria", "trustee")
    case = dossier(RECOMMENDED, act(D.APPROVE, officer), act(D.PAY, officer))
    assert coincidences(case) == []


def test_acts_of_nobody_known_do_not_coincide() -> None:
    unknown = [PastAct(duty, None, "", None, "", ON) for duty in (D.PROMOTE, D.SCORE)]
    assert coincidences(dossier(PHASE_3, *unknown)) == []
