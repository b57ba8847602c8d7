"""Machine access to this app: each room's entries for the router."""

from alliances.lifecycle import api as lifecycle

router_entries = [*lifecycle.router_entries]
