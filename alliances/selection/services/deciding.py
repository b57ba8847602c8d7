"""The committee's decision on a profile: votes, the ranking it followed or left, the snapshot."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID, uuid4

from django.core.files.uploadedfile import UploadedFile
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from alliances.calls.models import CallRegion
from alliances.calls.selectors import region_of
from alliances.documents.models import DocumentKind, DocumentVersion
from alliances.documents.services import atomic_with_files, digests, upload_document
from alliances.lifecycle.acting import act_on, lock_alliance
from alliances.lifecycle.models import Alliance
from alliances.lifecycle.reasons import ReasonCode, check_reason
from alliances.lifecycle.table import BY_VERB
from alliances.people.models import Membership
from alliances.selection.models import CommitteeDecision, EvaluationSnapshot, Score
from alliances.selection.rules import VERBS, Outcome, votes_problems
from alliances.selection.selectors.rankings import ranking_in
from alliances.selection.selectors.scores import binding_score_of
from kit.errors import DomainError, NotAllowed
from kit.figures import number
from kit.validation import clean_own_fields


class InvalidDecision(DomainError):
    """The session or its votes cannot be as they were written."""


class DepartureWithoutReason(InvalidDecision):
    """The decision departs from the ranking and nobody has said why, or shown the minutes."""


#: What a decision that departs from the ranking may rest on.
DEPARTURES = (
    ReasonCode.NEW_EVIDENCE,
    ReasonCode.TERRITORY,
    ReasonCode.MARKET,
    ReasonCode.ORGANISATION,
    ReasonCode.OTHER,
)


@atomic_with_files()
def decide(
    *,
    alliance_id: int,
    outcome: str,
    session_on: date,
    votes_for: int,
    votes_against: int,
    reason: str,
    acting: Membership,
    at: datetime,
    reason_code: str = "",
    documents: Sequence[DocumentVersion] = (),
    minutes: UploadedFile | None = None,
    key: UUID | None = None,
    seen: str | None = None,
) -> CommitteeDecision:
    """Write the committee's decision, freeze the snapshot the first time, move the alliance.

    The same ``key`` twice is one decision. Raises NotAllowed when the person or the state
    forbids it, Conflict when somebody decided first, DepartureWithoutReason when the decision
    is not the one the ranking expects and the signed minutes or a reason (a code of
    ``DEPARTURES`` and a sentence) are missing, and InvalidDecision for a session or votes that
    cannot be.
    """
    with act_on(
        lock_alliance(pk=alliance_id),
        BY_VERB[VERBS[Outcome(outcome)]],
        acting=acting,
        at=at,
        key=key,
        seen=seen,
        content={
            "session_on": session_on,
            "votes_for": votes_for,
            "votes_against": votes_against,
            "document": digests([minutes]),
        },
        reason=reason,
        reason_code=reason_code,
        documents=documents,
    ) as act:
        if act.earlier:
            return CommitteeDecision.objects.get(pk=act.earlier_row("decision"))
        decision = CommitteeDecision(
            alliance=act.alliance,
            outcome=outcome,
            session_on=session_on,
            votes_for=votes_for,
            votes_against=votes_against,
            score=_score_of(act.alliance),
            reason=reason.strip(),
            decided_by=acting,
            decided_at=at,
        )
        region = _locked_region(act.alliance)
        _check_session(decision)
        _compare_with_ranking(decision, region)
        if decision.departs_from_ranking:
            check_reason(DEPARTURES, reason_code, reason)
            if not (minutes or documents):
                raise DepartureWithoutReason(
                    _("A decision that departs from the ranking needs the signed minutes.")
                )
        clean_own_fields(decision)
        decision.save()
        _freeze_snapshot(decision, region)
        if minutes:
            act.documents.append(_keep_minutes(decision, minutes, key or uuid4()))
        act.data |= {
            "decision": decision.pk,
            "departs_from_ranking": decision.departs_from_ranking,
        }
        return decision


def _score_of(alliance: Alliance) -> Score:
    score = binding_score_of(alliance)
    if score is None:
        raise NotAllowed(_("This profile has no sealed binding score."))
    return score


def _locked_region(alliance: Alliance) -> CallRegion:
    """The alliance's region, locked: decisions that share a budget are taken one by one."""
    region = region_of(alliance)
    if region is None:
        raise NotAllowed(_("This call has no money for the region of this alliance."))
    return CallRegion.objects.select_for_update().get(pk=region.pk)


def _check_session(decision: CommitteeDecision) -> None:
    """A session was held between the seal of the score and today, and a majority decided."""
    sealed_on = localtime(decision.score.sealed_at).date()
    if decision.session_on > localtime(decision.decided_at).date():
        raise InvalidDecision(_("The session cannot be in the future."), field="session_on")
    if decision.session_on < sealed_on:
        raise InvalidDecision(
            _("The score was sealed on %(day)s: the session cannot be earlier.")
            % {"day": date_format(sealed_on, "DATE_FORMAT")},
            field="session_on",
        )
    for name, problem in votes_problems(decision.votes_for, decision.votes_against).items():
        raise InvalidDecision(problem, field=name)


def _compare_with_ranking(decision: CommitteeDecision, region: CallRegion) -> None:
    """Set the cut-off used and whether the decision departs from what the ranking expects."""
    row = ranking_in(region).row_of(decision.alliance_id)
    if row is None:
        raise NotAllowed(_("This profile is not in the ranking."))
    decision.cutoff = region.cutoff
    decision.departs_from_ranking = row.expected != decision.outcome
    if decision.departs_from_ranking and not decision.reason:
        raise DepartureWithoutReason(
            _(
                "With place %(position)d and a cut-off of %(cutoff)s the ranking expects "
                "«%(expected)s». To decide otherwise, give the reason: it is public."
            )
            % {
                "position": row.position,
                "cutoff": number(region.cutoff, 2),
                "expected": CommitteeDecision.Outcome(row.expected).label,
            }
        )


def _freeze_snapshot(decision: CommitteeDecision, region: CallRegion) -> None:
    """What was true at the first decision, for the evaluator; later decisions do not touch it."""
    alliance = decision.alliance
    if EvaluationSnapshot.objects.filter(alliance=alliance).exists():
        return
    EvaluationSnapshot.objects.create(
        alliance=alliance,
        score=decision.score.sealed_total,
        cutoff=decision.cutoff,
        was_offered=decision.outcome == Outcome.SELECTED,
        rules_hash=alliance.call.rules_hash,
        call_region=region.call_region,
        producers=alliance.producers.count(),
        taken_at=decision.decided_at,
    )


def _keep_minutes(decision: CommitteeDecision, upload: UploadedFile, key: UUID) -> DocumentVersion:
    day = date_format(decision.session_on, "DATE_FORMAT")
    return upload_document(
        alliance=decision.alliance,
        kind=DocumentKind.OTHER,
        title=_("Minutes of the committee session of %(day)s") % {"day": day},
        upload=upload,
        acting=decision.decided_by,
        at=decision.decided_at,
        key=key,
    )
