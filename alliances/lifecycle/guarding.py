"""The roles that ask for a second factor at the sign-in: by their duties, or as administrators."""

from functools import cache

from alliances.lifecycle.desk import may_ever
from alliances.lifecycle.duties import Duty
from alliances.people.roles import Role

#: Direction, no objection, approval and payment.
GUARDED = (Duty.DIRECT, Duty.CLEAR, Duty.APPROVE, Duty.PAY)


@cache
def guarded_roles() -> frozenset[Role]:
    """The roles that may hold one of them under any regime, and who grants roles."""
    return frozenset(role for role in Role if any(may_ever(role, duty) for duty in GUARDED)) | {
        Role.ADMIN
    }
