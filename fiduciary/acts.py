"""The acts of this app's rooms, given to the audit chain when the program starts."""

from alliances.lifecycle.registry import register
from fiduciary.deliveries import table as deliveries
from fiduciary.disbursements import table as disbursements
from fiduciary.fund import table as fund
from fiduciary.ledger import table as ledger
from fiduciary.timing import table as timing
from fiduciary.trust import table as trust

for room in (ledger, trust, timing, disbursements, fund, deliveries):
    register(room.ACTS)
