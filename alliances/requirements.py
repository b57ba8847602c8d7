"""The requirements of the transition table that this app answers, gathered at start-up."""

from alliances.lifecycle import requirements as _lifecycle  # noqa: F401
from alliances.preparation import requirements as _preparation  # noqa: F401
from alliances.selection import requirements as _selection  # noqa: F401
from alliances.trade import requirements as _trade  # noqa: F401
