"""The safe ones together: each request is its own act, with its own outcome."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from uuid import UUID, uuid5

from alliances.people.models import Membership
from fiduciary.disbursements.models import DisbursementRequest
from fiduciary.disbursements.services.requests import approve_disbursement, clear_disbursement
from kit.errors import DomainError


@dataclass(frozen=True)
class BatchOutcome:
    """What became of one request of the batch; ``problem`` is empty when it was done."""

    request: DisbursementRequest
    problem: str = ""


def approve_many(
    *,
    requests: Iterable[DisbursementRequest],
    acting: Membership,
    at: datetime,
    key: UUID | None = None,
    seen: Mapping[int, str | None] = MappingProxyType({}),
) -> list[BatchOutcome]:
    """Approve each request on its own: what one refuses does not stop the others.

    ``seen``: the version that was read of each, by its number. The same ``key`` again approves
    nothing twice, and tells the same of what it had approved.
    """
    return [_one(approve_disbursement, row, acting, at, key, seen) for row in requests]


def clear_many(
    *,
    requests: Iterable[DisbursementRequest],
    acting: Membership,
    at: datetime,
    key: UUID | None = None,
    seen: Mapping[int, str | None] = MappingProxyType({}),
) -> list[BatchOutcome]:
    """Give no objection to each request on its own."""
    return [_one(clear_disbursement, row, acting, at, key, seen) for row in requests]


def _one(
    act: Callable[..., DisbursementRequest],
    request: DisbursementRequest,
    acting: Membership,
    at: datetime,
    key: UUID | None,
    seen: Mapping[int, str | None],
) -> BatchOutcome:
    own_key = uuid5(key, f"{act.__name__}-{request.pk}") if key else None
    try:
        act(request_id=request.pk, acting=acting, at=at, key=own_key, seen=seen.get(request.pk))
    except DomainError as error:
        return BatchOutcome(request, error.message)
    return BatchOutcome(request)
