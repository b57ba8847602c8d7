"""The safe ones together: each request is its own act, with its own outcome."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from alliances.people.models import Membership
from fiduciary.disbursements.models import DisbursementRequest
from fiduciary.disbursements.services.requests import approve_disbursement
from kit.errors import DomainError


@dataclass(frozen=True)
class BatchOutcome:
    """What became of one request of the batch; ``problem`` is empty when it was approved."""

    request: DisbursementRequest
    problem: str = ""


def approve_many(
    *, requests: Iterable[DisbursementRequest], acting: Membership, at: datetime
) -> list[BatchOutcome]:
    """Approve each request on its own: what one refuses does not stop the others."""
    return [_approve(request, acting, at) for request in requests]


def _approve(request: DisbursementRequest, acting: Membership, at: datetime) -> BatchOutcome:
    try:
        approve_disbursement(request_id=request.pk, acting=acting, at=at)
    except DomainError as error:
        return BatchOutcome(request, error.message)
    return BatchOutcome(request)
