"""Where Django looks for models: the rooms' own, and nothing else."""

from fiduciary.deliveries.models import InputDelivery
from fiduciary.disbursements.models import (
    BudgetLine,
    DisbursementRequest,
    Protocol,
    ProtocolStep,
    ReturnReason,
    StepRecord,
    StepTiming,
)
from fiduciary.fund.models import Commitment, FundRules, Instalment
from fiduciary.ledger.models import Account, Posting, Transaction
from fiduciary.timing.models import WindowOverride
from fiduciary.trust.models import Contribution, Trust

__all__ = [
    "Account",
    "BudgetLine",
    "Commitment",
    "Contribution",
    "DisbursementRequest",
    "FundRules",
    "InputDelivery",
    "Instalment",
    "Posting",
    "Protocol",
    "ProtocolStep",
    "ReturnReason",
    "StepRecord",
    "StepTiming",
    "Transaction",
    "Trust",
    "WindowOverride",
]
