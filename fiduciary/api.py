"""Machine access to this app: each room's entries for the router."""

from fiduciary.disbursements import api as disbursements
from fiduciary.programme import api as programme
from fiduciary.trust import api as trust

router_entries = [
    *disbursements.router_entries,
    *trust.router_entries,
    *programme.router_entries,
]
