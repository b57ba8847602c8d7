"""The duties that ask for a second factor at the sign-in, and the roles that may hold them."""

from functools import cache

from alliances.lifecycle.desk import may_ever
from alliances.lifecycle.duties import Duty
from alliances.people.roles import Role

#: Direction, no objection, approval and payment.
GUARDED = (Duty.DIRECT, Duty.CLEAR, Duty.APPROVE, Duty.PAY)


@cache
def guarded_roles() -> frozenset[Role]:
    """The roles that may hold one of them under any regime."""
    return frozenset(role for role in Role for duty in GUARDED if may_ever(role, duty))
