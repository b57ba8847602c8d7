"""The shape of a reversal."""

from alliances.lifecycle.forms import ReasonForm
from fiduciary.ledger.table import REVERSE_RECEIPT


class ReversalForm(ReasonForm):
    """What was wrong."""

    act = REVERSE_RECEIPT
    longest = 200
