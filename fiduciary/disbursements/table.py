"""The life of a disbursement request on one screen: what may happen to it, and who does it.

The service, the database trigger, the buttons of the page, the API and a test that walks every
cell all derive from this table. Between ``requested`` and ``paid`` the protocol (data) says how
many steps there are; each of them is one ``review``, ``clear``, ``approve`` or ``pay``.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class RequestStatus(TextChoices):
    REQUESTED = "requested", pgettext_lazy("disbursement", "Requested")
    RETURNED = "returned", pgettext_lazy("disbursement", "Returned")
    APPROVED = "approved", pgettext_lazy("disbursement", "Approved")
    PAID = "paid", pgettext_lazy("disbursement", "Paid")
    CANCELLED = "cancelled", pgettext_lazy("disbursement", "Cancelled")


class Verb(TextChoices):
    REVIEW = "review", _("Review")
    CLEAR = "clear", _("Give no objection")
    APPROVE = "approve", _("Approve disbursement")
    PAY = "pay", _("Pay")
    RETURN = "return", _("Return")
    RESUBMIT = "resubmit", _("Send again")
    CANCEL = "cancel", _("Cancel request")


@dataclass(frozen=True)
class Move:
    """One row: a verb that takes a request from a status to another.

    The duty it needs is always that of the protocol step the request stands at.
    """

    verb: Verb
    source: RequestStatus
    target: RequestStatus

    @property
    def label(self) -> Promise | str:
        return self.verb.label


S, V = RequestStatus, Verb
MOVES: tuple[Move, ...] = (
    Move(V.REVIEW, S.REQUESTED, S.REQUESTED),
    Move(V.CLEAR, S.REQUESTED, S.REQUESTED),
    Move(V.APPROVE, S.REQUESTED, S.APPROVED),
    Move(V.REVIEW, S.APPROVED, S.APPROVED),
    Move(V.PAY, S.APPROVED, S.PAID),
    Move(V.RETURN, S.REQUESTED, S.RETURNED),
    Move(V.RETURN, S.APPROVED, S.RETURNED),
    Move(V.RESUBMIT, S.RETURNED, S.REQUESTED),
    Move(V.CANCEL, S.RETURNED, S.CANCELLED),
)
#: Verbs that complete a step of the protocol: each is possible only at a step of its own.
COMPLETING = (V.REVIEW, V.CLEAR, V.APPROVE, V.PAY)
INITIAL = S.REQUESTED
OPEN = (S.REQUESTED, S.RETURNED, S.APPROVED)


def move(verb: str, status: str) -> Move | None:
    """The row for ``verb`` from ``status``; None when the table has none."""
    return next((row for row in MOVES if (row.verb, row.source) == (verb, status)), None)


def from_status(status: str) -> tuple[Move, ...]:
    """The rows that leave ``status``, in the table's order."""
    return tuple(row for row in MOVES if row.source == status)


def changes() -> Iterator[tuple[str, str]]:
    """Every (from, to) that the database lets through."""
    return ((row.source.value, row.target.value) for row in MOVES if row.source != row.target)
