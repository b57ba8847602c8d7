"""The tasks that rooms of this app give home and its lists, gathered at start-up."""

from alliances.field import home as _field  # noqa: F401
from alliances.selection import home as _selection  # noqa: F401
from alliances.trade import home as _trade  # noqa: F401
