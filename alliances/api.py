"""Machine access to this app: each room's entries for the router."""

from alliances.field import api as field
from alliances.overview import api as overview

router_entries = [*overview.router_entries, *field.router_entries]
