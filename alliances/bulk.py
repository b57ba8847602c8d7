"""The acts that lists offer on many rows, gathered at start-up."""

from alliances.field import bulk as _field  # noqa: F401
from alliances.lists import appointing as _lists  # noqa: F401
from alliances.preparation import bulk as _preparation  # noqa: F401
