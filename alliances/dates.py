"""What the rooms of this app have ahead on an alliance, gathered at start-up."""

from alliances.overview import dates as _overview  # noqa: F401
from alliances.trade import dates as _trade  # noqa: F401
