"""The ranking of a call, region by region, as it stands, and the rows that a page shows of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Min, OuterRef, QuerySet, Subquery
from django.utils.translation import gettext as _

from alliances.calls.models import Call, CallRegion
from alliances.calls.selectors import region_of
from alliances.lifecycle.models import Alliance, Event
from alliances.lifecycle.table import Status
from alliances.people.models import Membership
from alliances.selection.models import CommitteeDecision, EvaluationSnapshot, Score
from alliances.selection.ranking import Entry, Ranked, Ranking, rank
from alliances.selection.rules import Outcome
from alliances.selection.selectors.scores import READ_BEFORE_DECISION
from kit.figures import count, date_short, number
from kit.names import by_name
from kit.tones import Tone


def ranking_in(region: CallRegion) -> Ranking:
    """Every profile of the region with a sealed binding score, except those withdrawn."""
    entries, _withdrawn = _entries(region)
    return rank(entries, cutoff=region.cutoff, budget_cop=region.budget_cop)


def ranking_around(alliance: Alliance) -> Ranking | None:
    """The ranking the alliance is in; None when its call has no money in its region."""
    region = region_of(alliance)
    return ranking_in(region) if region else None


def _entries(region: CallRegion) -> tuple[list[Entry], int]:
    """The entries of the ranking, and how many scored profiles withdrew and hold no place."""
    scored = _scored(region).values_list(
        "alliance_id",
        "alliance__code",
        "total",
        "alliance__incentive_cop",
        "submitted_at",
        "outcome",
        "alliance__status",
    )
    rows = list(scored)
    entries = [
        Entry(
            alliance_id=alliance_id,
            code=code,
            score=total,
            incentive_cop=incentive,
            submitted_at=submitted_at,
            outcome=Outcome(outcome) if outcome else None,
        )
        for alliance_id, code, total, incentive, submitted_at, outcome, status in rows
        if status != Status.WITHDRAWN
    ]
    return entries, len(rows) - len(entries)


def _scored(region: CallRegion) -> QuerySet[Any]:
    """The binding score of each profile of the region."""
    presented = (
        Event.objects.filter(alliance=OuterRef("alliance"), duty="promote", verb="submit")
        .order_by()
        .values("alliance")
        .annotate(first=Min("at"))
    )
    decided = CommitteeDecision.objects.filter(alliance=OuterRef("alliance")).order_by("-pk")
    return Score.objects.filter(
        kind=Score.Kind.BINDING,
        sealed_at__isnull=False,
        alliance__call=region.call_id,
        alliance__municipality__department__call_region=region.call_region,
    ).annotate(
        submitted_at=Subquery(presented.values("first")),
        outcome=Subquery(decided.values("outcome")[:1]),
    )


def frozen_by_deciding(
    alliance: Alliance, ranking: Ranking | None, row: Ranked | None
) -> list[tuple[str, str]]:
    """What stays as it is once the committee's decision is recorded: it, and the first time its
    grounds, which an evaluator will trust."""
    decision = (_("The decision, its session, votes and reason"), _("as you write them above"))
    frozen = EvaluationSnapshot.objects.filter(alliance=alliance).first()
    if frozen:
        when = {"day": date_short(frozen.taken_at)}
        return [decision, (_("Score, cut-off and offer"), _("frozen on %(day)s already") % when)]
    figures = []
    if ranking and row:
        figures = [
            (_("Score that counts"), number(row.entry.score, 2)),
            (_("Cut-off"), number(ranking.cutoff, 2)),
        ]
    return [
        decision,
        *figures,
        (_("Whether it was offered support"), _("as you decide")),
        (_("Producers of the profile"), count(alliance.producers.count())),
    ]


def expectation(row: Ranked) -> tuple[Tone, str]:
    """What the ranking expects of the committee, as a tone and a sentence."""
    return {
        Outcome.SELECTED: (
            Tone.GOOD,
            _("Above the cut-off and within the budget: the ranking expects it to be selected."),
        ),
        Outcome.WAITLISTED: (
            Tone.ATTENTION,
            _("Above the cut-off, but the money runs out before: it expects the waiting list."),
        ),
        Outcome.DECLINED: (
            Tone.NONE,
            _("Below the cut-off: the ranking expects it not to be selected."),
        ),
    }[row.expected]


# -- What a page shows ----------------------------------------------------------------------------
@dataclass(frozen=True)
class RankingRow:
    """A place in the ranking with its alliance, its decision, and the lines drawn above it."""

    ranked: Ranked
    alliance: Alliance
    decision: CommitteeDecision | None
    is_first_below_cutoff: bool
    is_first_beyond_budget: bool

    @property
    def expected_label(self) -> str:
        return str(CommitteeDecision.Outcome(self.ranked.expected).label)


def ranking_rows(ranking: Ranking, shown: Iterable[Ranked]) -> list[RankingRow]:
    """The rows of one page of the ranking, in a number of queries that does not grow."""
    page = list(shown)
    keys = [row.entry.alliance_id for row in page]
    alliances = Alliance.objects.select_related("organisation", "municipality__department").in_bulk(
        keys
    )
    latest: dict[int, CommitteeDecision] = {}
    for decision in CommitteeDecision.objects.filter(alliance__in=keys).order_by("pk"):
        latest[decision.alliance_id] = decision
    below, beyond = _first_lines(ranking.rows)
    return [
        RankingRow(
            ranked=row,
            alliance=alliances[row.entry.alliance_id],
            decision=latest.get(row.entry.alliance_id),
            is_first_below_cutoff=row.position == below,
            is_first_beyond_budget=row.position == beyond,
        )
        for row in page
    ]


def _first_lines(rows: Sequence[Ranked]) -> tuple[int | None, int | None]:
    """The positions under which the cut-off and the budget line are drawn."""
    below = next((row.position for row in rows if not row.is_above_cutoff), None)
    beyond = next((row.position for row in rows if row.expected == Outcome.WAITLISTED), None)
    return below, beyond


@dataclass(frozen=True)
class RankedRegion:
    """One region of a call's ranking, as far as a membership may read it."""

    region: CallRegion
    regions: tuple[CallRegion, ...]
    ranking: Ranking
    readable: Sequence[Ranked]
    withdrawn: int

    @property
    def hidden(self) -> int:
        """Places that are not shown because the committee has not decided on them."""
        return len(self.ranking.rows) - len(self.readable)


def standing_for(call: Call, region_name: str, membership: Membership) -> RankedRegion:
    """The region asked for by name, else the first one the membership serves, else the first.

    Before the committee decides, places are for the committee and those who direct or observe;
    the others read the decided ones. The call is sealed, so it has at least one region.
    """
    regions = tuple(call.regions.order_by(*by_name("call_region")))
    served = {department.call_region for department in membership.organisation.served}
    wanted = [row for row in regions if row.call_region == region_name]
    region = [*wanted, *(row for row in regions if row.call_region in served), *regions][0]
    entries, withdrawn = _entries(region)
    ranking = rank(entries, cutoff=region.cutoff, budget_cop=region.budget_cop)
    reads_all = membership.role in READ_BEFORE_DECISION
    return RankedRegion(
        region=region,
        regions=regions,
        ranking=ranking,
        readable=ranking.rows if reads_all else [row for row in ranking.rows if row.entry.outcome],
        withdrawn=withdrawn,
    )
