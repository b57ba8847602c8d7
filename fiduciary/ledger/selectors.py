"""Reading the ledger: whose pages a person sees, balances and movements of one alliance."""

from decimal import Decimal

from django.db.models import Prefetch, QuerySet

from alliances.lifecycle.models import Alliance
from fiduciary.ledger.models import Account, AccountKind, Posting, Transaction


def balance_cop(alliance: Alliance, kind: AccountKind) -> Decimal:
    """What the alliance's accounts of this kind hold together, in COP."""
    return sum(
        Account.objects.filter(alliance=alliance, kind=kind).values_list("balance_cop", flat=True),
        Decimal(0),
    )


def movements_of(alliance: Alliance) -> QuerySet[Transaction]:
    """Movements of the alliance, newest first, with their postings and accounts."""
    postings = Posting.objects.select_related("account").order_by("-amount_cop", "pk")
    return (
        Transaction.objects.filter(postings__account__alliance=alliance)
        .distinct()
        .select_related("recorded_by", "reversed_by")
        .prefetch_related(Prefetch("postings", queryset=postings))
        .order_by("-occurred_on", "-pk")
    )
