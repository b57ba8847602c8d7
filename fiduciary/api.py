"""Machine access to this app: each room's entries for the router."""

from fiduciary.disbursements import api as disbursements

router_entries = [*disbursements.router_entries]
