# ruff: noqa: F401  imported for what it registers
"""What the rooms of this app give others, gathered at start-up.

Requirements of the transition table, what the audit compares, tasks of home, dates ahead, acts on
many rows, and workbooks that enter row by row.
"""

import alliances.calls.audit
import alliances.documents.audit
import alliances.field.bulk
import alliances.field.home
import alliances.invitations.workbook
import alliances.lifecycle.requirements
import alliances.lists.appointing
import alliances.overview.dates
import alliances.persons.audit
import alliances.preparation.bulk
import alliances.preparation.requirements
import alliances.referrals.audit
import alliances.register.audit
import alliances.register.workbook
import alliances.selection.audit
import alliances.selection.home
import alliances.selection.requirements
import alliances.trade.dates
import alliances.trade.home
import alliances.trade.requirements
