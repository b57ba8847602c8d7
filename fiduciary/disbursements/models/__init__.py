"""Models of disbursements by noun: the protocol, the annual plan and the request."""

from fiduciary.disbursements.models.plan import BudgetLine
from fiduciary.disbursements.models.protocol import (
    Protocol,
    ProtocolStep,
    ReturnReason,
    StepTiming,
)
from fiduciary.disbursements.models.request import DisbursementRequest, StepRecord

__all__ = [
    "BudgetLine",
    "DisbursementRequest",
    "Protocol",
    "ProtocolStep",
    "ReturnReason",
    "StepRecord",
    "StepTiming",
]
