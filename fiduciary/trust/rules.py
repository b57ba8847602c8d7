"""Which duty a person exercises when several could do the same paperwork. Pure."""

from alliances.lifecycle.duties import Duty

PARTY_ROLES = frozenset({"organisation", "manager", "ally"})


def duty_to_commit(role: str) -> Duty:
    """A party lists what its own plan was promised; anybody else does it as direction."""
    return Duty.REPRESENT if role in PARTY_ROLES else Duty.DIRECT


def duty_to_receive(kind: str) -> Duty:
    """Cash is seen by the trustee on the bank account; labour and land by whoever is there."""
    return Duty.PAY if kind == "cash" else Duty.ACCOMPANY
