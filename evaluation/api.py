"""Machine access to this app: each room's entries for the router."""

from evaluation.runs import api as runs
from evaluation.studies import api as studies

router_entries = [*runs.router_entries, *studies.router_entries]
