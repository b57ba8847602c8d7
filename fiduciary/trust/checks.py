"""What the system knows against a receipt, said before it is posted."""

from decimal import Decimal
from uuid import uuid5

from django.utils.translation import gettext as _

from alliances.lifecycle.models import Event
from alliances.lifecycle.selectors import alliances_visible_to
from alliances.people.models import Membership
from fiduciary.ledger.models import Transaction
from fiduciary.trust.table import RECEIVE_CONTRIBUTION
from kit.errors import Unconfirmed
from kit.figures import cop, date_short
from kit.text import tidy

#: What names the movement of a receipt, from the key of its act.
RECEIPT = "receipt"


def check_reference(reference: str, acting: Membership) -> None:
    """No receipt that stands has this reference, in any alliance. Raises Unconfirmed.

    One of an alliance that the person may not see is told without naming it.
    """
    receipts = Event.objects.filter(
        verb=RECEIVE_CONTRIBUTION.verb, data__reference__iexact=tidy(reference) or ""
    ).order_by("-at", "-pk")
    for earlier in receipts:
        if not _was_reversed(earlier):
            raise _doubt(earlier, acting)


def _was_reversed(receipt: Event) -> bool:
    if receipt.key is None:
        return False
    movement = Transaction.objects.filter(key=uuid5(receipt.key, RECEIPT))
    return movement.filter(reversed_by__isnull=False).exists()


def _doubt(earlier: Event, acting: Membership) -> Unconfirmed:
    alliance = alliances_visible_to(acting).filter(events=earlier.pk).first()
    if alliance is None:
        return Unconfirmed(
            _("Another alliance already received a contribution with this reference."),
            same_reference="",
        )
    return Unconfirmed(
        _("%(alliance)s already received %(amount)s with this reference, on %(day)s.")
        % {
            "alliance": alliance.code,
            "amount": cop(Decimal(earlier.data["amount_cop"])),
            "day": date_short(earlier.at),
        },
        same_reference=alliance.code,
    )
