"""The ranking of one call in one region: order, cut-off, budget line. Pure.

Order: higher score first; on a tie, the profile that was presented earlier; then its code.

Budget line: what the committee already selected keeps its money. The rest is handed out from the
top to profiles at or above the cut-off, and the line falls before the first whose incentive no
longer fits; nothing below the line is let through because it is smaller. A profile the committee
declined frees its place.

Expected decision: above the cut-off and the line, selected; above the cut-off only, the waiting
list; below the cut-off, not selected. Anything else departs from the ranking.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from alliances.selection.rules import Outcome

_LAST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Entry:
    """A scored profile as the ranking sees it; ``outcome`` is the committee's, if it decided."""

    alliance_id: int
    code: str
    score: Decimal
    incentive_cop: Decimal
    submitted_at: datetime | None = None
    outcome: Outcome | None = None

    @property
    def order(self) -> tuple[Decimal, datetime, str]:
        """Smaller is better; the code makes the order total."""
        return -self.score, self.submitted_at or _LAST, self.code


@dataclass(frozen=True)
class Ranked:
    """An entry with its place and what the ranking expects of the committee."""

    entry: Entry
    position: int
    is_above_cutoff: bool
    is_within_budget: bool
    committed_cop: Decimal  # handed out down to here, this one included when it fits

    @property
    def expected(self) -> Outcome:
        if not self.is_above_cutoff:
            return Outcome.DECLINED
        return Outcome.SELECTED if self.is_within_budget else Outcome.WAITLISTED


@dataclass(frozen=True)
class Ranking:
    """The ranking of a region with the figures that drew its lines."""

    cutoff: Decimal
    budget_cop: Decimal
    rows: tuple[Ranked, ...]

    @property
    def committed_cop(self) -> Decimal:
        """What the selected ones and those above the line take together."""
        return self.rows[-1].committed_cop if self.rows else Decimal(0)

    def row_of(self, alliance_id: int) -> Ranked | None:
        """The row of one alliance; None when it is not in this ranking."""
        return next((row for row in self.rows if row.entry.alliance_id == alliance_id), None)


def rank(entries: Iterable[Entry], *, cutoff: Decimal, budget_cop: Decimal) -> Ranking:
    """Order the entries and draw both lines; the order in which they come does not matter."""
    ordered = sorted(entries, key=lambda entry: entry.order)
    promised = sum(
        (entry.incentive_cop for entry in ordered if entry.outcome == Outcome.SELECTED), Decimal(0)
    )
    left, committed, is_open = budget_cop - promised, Decimal(0), True
    rows = []
    for position, entry in enumerate(ordered, start=1):
        is_above = entry.score >= cutoff
        is_in = entry.outcome == Outcome.SELECTED
        if is_above and entry.outcome not in (Outcome.SELECTED, Outcome.DECLINED):
            is_open = is_in = is_open and entry.incentive_cop <= left
            left -= entry.incentive_cop if is_in else Decimal(0)
        committed += entry.incentive_cop if is_in else Decimal(0)
        rows.append(Ranked(entry, position, is_above, is_in, committed))
    return Ranking(cutoff, budget_cop, tuple(rows))
