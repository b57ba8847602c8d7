"""Scores and their lines, decisions of the committee, snapshots for the evaluator."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from alliances.lifecycle.duties import Duty
from alliances.lifecycle.models import Interest
from alliances.lifecycle.table import Status
from alliances.selection.models import CommitteeDecision, EvaluationSnapshot, Score, ScoreLine
from alliances.selection.rules import VERBS, Answer, Outcome, is_extreme, seal_of, total_of
from demo.ground.chance import Dice
from demo.ground.plan import Hand, Profile
from demo.ground.words import reason, words
from demo.ground.writing import change, copy_in
from demo.world import World

BINDING, VERIFICATION = Score.Kind.BINDING, Score.Kind.VERIFICATION
#: What the committee decided, by the verb that carries it out.
OUTCOMES = {verb: outcome for outcome, verb in VERBS.items()}
#: Share of profiles under the recommended regime that the OGR scored too, as verification.
VERIFIED = 0.6
#: Share of profiles on which a member of the committee declared a tie and stood aside.
TIED = 0.02
#: Share of profiles that wait for a score whose sheet somebody already began.
BEGUN = 0.3


class Sheets:
    """Scores in the making: their rows, lines and seals."""

    def __init__(self) -> None:
        self.rows: list[tuple[Any, ...]] = []
        self.lines: list[tuple[Any, ...]] = []
        self.seals: list[tuple[Any, ...]] = []


def write_selection(world: World) -> None:
    """Everything of this room; the moves of each profile get the data of their decision."""
    sheets, interests, decisions, snapshots = Sheets(), [], [], []
    for profile in world.profiles:
        chance = world.dice(f"selection/{profile.pk}")
        if profile.status == Status.ELIGIBLE:
            _begin(world, profile, sheets, chance)
        if profile.score is None:
            continue
        if not profile.is_in_cluster and chance.happens(TIED):
            interests.append(_interest(world, profile, chance))
        score = _seal(world, profile, sheets, chance)
        rows = list(_decisions(world, profile, score, chance))
        decisions += rows
        if rows:
            snapshots.append(_snapshot(world, profile, rows[0]))
    _write_scores(sheets)
    copy_in(Interest, INTEREST, interests)
    copy_in(CommitteeDecision, DECISION, decisions)
    copy_in(EvaluationSnapshot, SNAPSHOT, snapshots)


def _write_scores(sheets: Sheets) -> None:
    """Lines are refused once their score is sealed, so seals come last, as they do for people."""
    copy_in(Score, ("id", "alliance_id", "kind", "scorer_id", "started_at"), sheets.rows)
    copy_in(ScoreLine, ("score_id", "criterion_id", "option_id", "comment"), sheets.lines)
    change(Score, ("sealed_at", "total", "seal"), sheets.seals)


# -- Scores ---------------------------------------------------------------------------------------
def _seal(world: World, profile: Profile, sheets: Sheets, dice: Dice) -> int:
    """The binding score, and perhaps a verification beside it; gives the binding one's id."""
    place = next(n for n, move in enumerate(profile.moves) if move.verb == "score")
    move = profile.moves[place]
    score, seal = _sheet(world, profile, sheets, dice, BINDING, move.at, profile.crew.scorer)
    profile.moves[place] = replace(move, data={"score": score, "seal": seal})
    may_verify = profile.sheet.is_recommended and not profile.is_in_cluster
    if may_verify and profile.status != Status.SCORED and dice.happens(VERIFIED):
        at = move.at - timedelta(hours=2)
        verified, seal = _sheet(
            world, profile, sheets, dice, VERIFICATION, at, profile.crew.checker
        )
        world.act(
            profile,
            at,
            "seal_verification",
            Duty.PROMOTE,
            profile.crew.checker,
            {"score": verified, "seal": seal},
        )
    return score


def _sheet(
    world: World,
    profile: Profile,
    sheets: Sheets,
    dice: Dice,
    kind: Score.Kind,
    at: Any,
    hand: Hand,
) -> tuple[int, str]:
    """A sealed score with all its lines; a verification reads a few criteria otherwise."""
    pk = world.ids(Score)
    chosen = list(profile.lines)
    if kind == VERIFICATION:
        for place in range(len(chosen)):
            if dice.happens(0.15):
                chosen[place] = max(0, chosen[place] - 1)
    answers = []
    for question, option in zip(profile.sheet.rubric, chosen, strict=True):
        key, points = question.options[option]
        comment = _comment(Decimal(points), dice)
        sheets.lines.append((pk, question.criterion, key, comment))
        answers.append(
            Answer(question.position, Decimal(question.weight), Decimal(points), comment)
        )
    total = total_of(answers)
    seal = seal_of(
        alliance=profile.code,
        rules_hash=profile.sheet.call.rules_hash,
        kind=kind.value,
        scorer_id=hand.membership,
        answers=answers,
        total=total,
        sealed_at=at,
    )
    started_at = at - timedelta(minutes=dice.randrange(50, 300))
    sheets.rows.append((pk, profile.pk, kind.value, hand.membership, started_at))
    sheets.seals.append((pk, at, total, seal))
    return pk, seal


def _begin(world: World, profile: Profile, sheets: Sheets, dice: Dice) -> None:
    """A sheet that its scorer left half done."""
    if profile.is_in_cluster or not dice.happens(BEGUN):
        return
    pk = world.ids(Score)
    started_at = profile.reached[Status.ELIGIBLE] + timedelta(minutes=90)
    scorer = profile.crew.scorer.membership
    sheets.rows.append((pk, profile.pk, BINDING.value, scorer, started_at))
    for question in profile.sheet.rubric[: dice.randrange(2, 7)]:
        key, points = dice.choice(question.options)
        sheets.lines.append((pk, question.criterion, key, _comment(Decimal(points), dice)))


def _comment(points: Decimal, dice: Dice) -> str:
    if not is_extreme(points):
        return ""
    text: str = dice.choice(words()["extreme_comments"]["high" if points else "low"])
    return text


# -- Decisions ------------------------------------------------------------------------------------
INTEREST = ("alliance_id", "person_id", "kind", "detail", "declared_at")
DECISION = (
    "id",
    "alliance_id",
    "outcome",
    "session_on",
    "votes_for",
    "votes_against",
    "score_id",
    "cutoff",
    "departs_from_ranking",
    "reason",
    "decided_by_id",
    "decided_at",
)
SNAPSHOT = (
    "alliance_id",
    "score",
    "cutoff",
    "was_offered",
    "rules_hash",
    "call_region",
    "producers",
    "taken_at",
)


def _decisions(world: World, profile: Profile, score: int, dice: Dice) -> Iterator[tuple[Any, ...]]:
    """One row per decision; the budget of no region was short, so the cut-off alone decides."""
    is_above = (profile.score or 0) >= profile.cutoff
    for place, move in enumerate(profile.moves):
        outcome = OUTCOMES.get(move.verb)
        if outcome is None:
            continue
        departs = outcome != (Outcome.SELECTED if is_above else Outcome.DECLINED)
        why = _why(outcome, dice) if departs else ""
        pk = world.ids(CommitteeDecision)
        data = {"decision": pk, "departs_from_ranking": departs}
        profile.moves[place] = replace(move, reason=why, data=data)
        yield (
            pk,
            profile.pk,
            outcome.value,
            move.at.date(),
            dice.randint(4, 7),
            dice.randint(0, 2),
            score,
            profile.cutoff,
            departs,
            why,
            profile.crew.committee.membership,
            move.at,
        )


def _interest(world: World, profile: Profile, dice: Dice) -> tuple[Any, ...]:
    """A tie declared by a member who does not decide on this profile."""
    members = world.bodies.cir[profile.region].staff[1:]
    hand = dice.choice([each for each in members if each != profile.crew.committee])
    at = profile.reached[Status.SCORED] + timedelta(hours=1)
    kind = dice.choice(Interest.Kind.values)
    world.act(profile, at, "declare_interest", "", hand, {"kind": kind})
    return profile.pk, hand.user, kind, "", at


def _why(outcome: Outcome, dice: Dice) -> str:
    kinds = {
        Outcome.SELECTED: "override_in",
        Outcome.WAITLISTED: "wait",
        Outcome.DECLINED: "override_out",
    }
    return reason(dice, kinds[outcome])


def _snapshot(world: World, profile: Profile, decision: tuple[Any, ...]) -> tuple[Any, ...]:
    return (
        profile.pk,
        f"{profile.score:.2f}",
        profile.cutoff,
        decision[2] == Outcome.SELECTED,
        profile.sheet.call.rules_hash,
        profile.region,
        profile.size,
        decision[-1],
    )
