"""How many profiles there are of each call in each status. Pure arithmetic."""

from dataclasses import dataclass

from alliances.lifecycle.table import FINAL, Status
from demo.ground import truth

S = Status
PHASE_3, FIRST_2020, FOR_LIFE, CURRENT = "phase_3", "first_2020", "for_life", "current"


@dataclass(frozen=True)
class Share:
    """Profiles of one call that end in one status; ``got_in`` are those the committee selected.

    ``least`` keeps a small portfolio alive: below scale 1 there are never fewer.
    """

    call: str
    status: Status
    count: int
    got_in: bool
    least: int = 1

    @property
    def is_live(self) -> bool:
        """Somebody still has something to do here."""
        return self.status not in FINAL


# fmt: off
SHARES: tuple[Share, ...] = (
    Share(PHASE_3, S.NOT_SELECTED, 465, False),
    Share(PHASE_3, S.INELIGIBLE, 72, False),
    Share(PHASE_3, S.WITHDRAWN, 33, False),
    Share(PHASE_3, S.GRADUATED, 238, True),
    Share(PHASE_3, S.RUPTURED, 58, True),
    Share(PHASE_3, S.FUND_OPERATING, 10, True),
    Share(PHASE_3, S.NOT_VIABLE, 14, True),
    Share(PHASE_3, S.WITHDRAWN, 10, True),
    Share(FIRST_2020, S.NOT_SELECTED, 160, False),
    Share(FIRST_2020, S.INELIGIBLE, 28, False),
    Share(FIRST_2020, S.WITHDRAWN, 12, False),
    Share(FIRST_2020, S.GRADUATED, 40, True),
    Share(FIRST_2020, S.RUPTURED, 14, True),
    Share(FIRST_2020, S.FUND_OPERATING, 24, True),
    Share(FIRST_2020, S.CLOSED, 3, True),
    Share(FIRST_2020, S.EXECUTING, 8, True),
    Share(FIRST_2020, S.SUSPENDED, 3, True),
    Share(FIRST_2020, S.NOT_VIABLE, 6, True),
    Share(FIRST_2020, S.WITHDRAWN, 2, True),
    Share(FOR_LIFE, S.NOT_SELECTED, 112, False),
    Share(FOR_LIFE, S.INELIGIBLE, 22, False),
    Share(FOR_LIFE, S.WITHDRAWN, 10, False),
    Share(FOR_LIFE, S.EXECUTING, 46, True, least=6),
    Share(FOR_LIFE, S.SUSPENDED, 6, True, least=2),
    Share(FOR_LIFE, S.TRUST_CONSTITUTED, 7, True, least=2),
    Share(FOR_LIFE, S.CLOSING, 11, True, least=3),
    Share(FOR_LIFE, S.CLOSED, 6, True, least=2),
    Share(FOR_LIFE, S.FUND_OPERATING, 4, True, least=2),
    Share(FOR_LIFE, S.RUPTURED, 4, True),
    Share(FOR_LIFE, S.NOT_VIABLE, 3, True),
    Share(FOR_LIFE, S.APPROVED, 3, True),
    Share(FOR_LIFE, S.VIABLE, 2, True),
    Share(FOR_LIFE, S.PREPARING, 2, True),
    Share(FOR_LIFE, S.STUDY_SUBMITTED, 1, True),
    Share(FOR_LIFE, S.STUDY_RETURNED, 1, True),
    Share(CURRENT, S.DRAFT, 20, False, least=2),
    Share(CURRENT, S.SUBMITTED, 24, False, least=4),
    Share(CURRENT, S.RETURNED, 10, False, least=2),
    Share(CURRENT, S.ELIGIBLE, 24, False, least=4),
    Share(CURRENT, S.SCORED, 24, False, least=4),
    Share(CURRENT, S.WAITLISTED, 8, False),
    Share(CURRENT, S.NOT_SELECTED, 12, False),
    Share(CURRENT, S.INELIGIBLE, 9, False),
    Share(CURRENT, S.WITHDRAWN, 6, False),
    Share(CURRENT, S.SELECTED, 6, True, least=2),
    Share(CURRENT, S.PREPARING, 6, True, least=2),
    Share(CURRENT, S.STUDY_SUBMITTED, 4, True, least=2),
    Share(CURRENT, S.STUDY_RETURNED, 2, True),
    Share(CURRENT, S.VIABLE, 3, True, least=2),
    Share(CURRENT, S.APPROVED, 2, True, least=2),
)
# fmt: on


def portfolio(scale: float) -> list[tuple[Share, int]]:
    """Every share with its number of profiles at a scale; at 1 they are those of the table."""
    return [
        (share, max(min(share.count, share.least), round(share.count * scale))) for share in SHARES
    ]


def surveyed(scale: float) -> int:
    """How many producers answer the survey."""
    return max(60, round(truth.SURVEYED * scale))
