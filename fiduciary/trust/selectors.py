"""Reading trusts and contributions, within what the reader may see."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import QuerySet

from alliances.lifecycle.models import Alliance
from alliances.lifecycle.selectors import alliances_visible_to
from alliances.people.models import Membership
from fiduciary.ledger.models import Account, AccountKind
from fiduciary.trust.models import Contribution, ContributionState, Trust


def contributions_visible_to(membership: Membership) -> QuerySet[Contribution]:
    """Contributions to the alliances this membership may read, with what their pages show."""
    return Contribution.objects.filter(
        alliance__in=alliances_visible_to(membership)
    ).select_related(
        "alliance__call",
        "alliance__organisation",
        "alliance__municipality__department",
        "alliance__crop",
        "organisation",
        "account",
    )


def contributions_of(alliance: Alliance) -> QuerySet[Contribution]:
    """Contributions of one alliance, the earliest due first, with what arrived of each."""
    return Contribution.objects.filter(alliance=alliance).with_received().order_by("due_on", "pk")


def trust_of(alliance: Alliance) -> Trust | None:
    """The alliance's trust, with its trustee, when it has been constituted."""
    return Trust.objects.filter(alliance=alliance).select_related("trustee").first()


@dataclass(frozen=True)
class MoneyBar:
    """The alliance's money in COP: promised, due by now, arrived, spent and left in cash."""

    committed_cop: Decimal
    due_cop: Decimal
    received_cop: Decimal
    paid_cop: Decimal
    cash_cop: Decimal


def money_bar(alliance: Alliance, on: date) -> MoneyBar:
    """The five figures of the alliance's money on a day, from contributions and ledger."""
    contributions = list(contributions_of(alliance))
    accounts = Account.objects.filter(alliance=alliance).values_list("kind", "balance_cop")
    balances = {kind: Decimal(0) for kind in AccountKind}
    for kind, balance_cop in accounts:
        balances[AccountKind(kind)] += balance_cop
    return MoneyBar(
        committed_cop=sum((row.committed_cop for row in contributions), Decimal(0)),
        due_cop=sum((row.due_by(on) for row in contributions), Decimal(0)),
        received_cop=sum((row.received_cop for row in contributions), Decimal(0)),
        paid_cop=balances[AccountKind.SPENDING],
        cash_cop=balances[AccountKind.CASH],
    )


@dataclass(frozen=True)
class ContributionRow:
    """A promise as a page shows it on a day."""

    contribution: Contribution
    state: ContributionState
    on: date

    def as_bar_row(self) -> dict[str, object]:
        """The row of the money bar's table."""
        promise = self.contribution
        return {
            "name": f"{promise.organisation} · {promise.concept}",
            "committed": promise.committed_cop,
            "due": promise.due_by(self.on),
            "received": promise.received_cop,
        }


def contribution_rows(alliance: Alliance, on: date) -> list[ContributionRow]:
    """Every promise to the alliance with where it stands."""
    return [ContributionRow(row, row.state_on(on), on) for row in contributions_of(alliance)]
