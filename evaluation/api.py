"""Machine access to this app: each room's entries for the router."""

from evaluation.runs import api as runs

router_entries = [*runs.router_entries]
