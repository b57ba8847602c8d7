"""Fills the registry of transition requirements with the answers that this app knows."""

from fiduciary.disbursements import requirements as disbursements
from fiduciary.fund import requirements as fund
from fiduciary.trust import requirements as trust

__all__ = ["disbursements", "fund", "trust"]
