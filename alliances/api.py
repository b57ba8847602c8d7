"""Machine access to this app: each room's entries for the router."""

from alliances.calls import api as calls
from alliances.field import api as field
from alliances.overview import api as overview
from alliances.selection import api as selection

router_entries = [
    *overview.router_entries,
    *calls.router_entries,
    *selection.router_entries,
    *field.router_entries,
]
