"""Reading the ledger: whose pages a person sees, balances and movements of one alliance."""

from decimal import Decimal

from django.db.models import Prefetch, QuerySet

from alliances.lifecycle.models import Alliance
from alliances.lifecycle.selectors import alliances_visible_to
from alliances.people.models import Membership
from fiduciary.ledger.models import Account, AccountKind, Posting, Transaction


def visible_alliances(membership: Membership) -> QuerySet[Alliance]:
    """Alliances this membership may read, with what their pages show."""
    return alliances_visible_to(membership).select_related(
        "call", "organisation", "ally", "municipality__department", "crop"
    )


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
