"""Counts of people as a membership may read them: what every page and answer with such counts asks.

Whoever works with the people of an alliance, or judges it by them, reads each figure. Everybody
else reads figures in which nobody can be recognised.
"""

from collections.abc import Sequence

from alliances.people.models import Membership
from alliances.people.roles import Role
from kit.small_cells import hide_small

READS_EVERY_COUNT = frozenset(
    {
        Role.EIP,
        Role.OGR,
        Role.CONSULTANT,
        Role.OGA,
        Role.ORGANISATION,
        Role.MANAGER,
        Role.SCORER,
        Role.CIR,
    }
)


def counts_for(membership: Membership, cells: Sequence[int]) -> list[int | None]:
    """Counts that add up to a known total, None where this membership may not read one."""
    return list(cells) if membership.role in READS_EVERY_COUNT else hide_small(cells)


def count_for(membership: Membership, total: int) -> int | None:
    """One count of people, None where this membership may not read it."""
    return counts_for(membership, [total])[0]
