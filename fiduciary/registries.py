# ruff: noqa: F401  imported for what it registers
"""What the rooms of this app give others, gathered at start-up.

Requirements of the transition table, what the audit compares, acts on many rows.
"""

import fiduciary.disbursements.audit
import fiduciary.disbursements.bulk
import fiduciary.disbursements.requirements
import fiduciary.fund.requirements
import fiduciary.ledger.audit
import fiduciary.trust.requirements
