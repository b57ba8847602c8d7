"""The kinds of table that enter row by row, gathered at start-up."""

from alliances.invitations import workbook as _people  # noqa: F401
from alliances.register import workbook as _bodies  # noqa: F401
