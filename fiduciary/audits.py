"""What the rooms of this app give the audit to compare, gathered at start-up."""

from fiduciary.disbursements import audit as _disbursements  # noqa: F401
from fiduciary.ledger import audit as _ledger  # noqa: F401
