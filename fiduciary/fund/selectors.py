"""Reading the rotating fund: who owes what, what is late, how much came back."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import QuerySet

from alliances.lifecycle.models import Alliance
from alliances.lifecycle.selectors import alliances_visible_to
from alliances.people.models import Membership, Producer
from fiduciary.fund.models import Commitment, FundRules, due_dates
from fiduciary.fund.rules import Debt, Portfolio, debt_on, portfolio_of
from kit.names import by_name


@dataclass(frozen=True)
class CommitmentRow:
    """A commitment with what it looks like on a day."""

    commitment: Commitment
    debt: Debt


@dataclass(frozen=True)
class FundView:
    """Everything a page of the fund shows."""

    rules: FundRules | None
    rows: tuple[CommitmentRow, ...]
    portfolio: Portfolio


def commitments_visible_to(membership: Membership) -> QuerySet[Commitment]:
    """Commitments to the alliances this membership may read, with what their pages show."""
    return Commitment.objects.filter(
        producer__alliance__in=alliances_visible_to(membership)
    ).select_related(
        "producer__alliance__call",
        "producer__alliance__organisation",
        "producer__alliance__municipality__department",
        "producer__alliance__crop",
        "account",
    )


def producers_of(alliance: Alliance) -> QuerySet[Producer]:
    """Every producer of the alliance, by name."""
    return Producer.objects.filter(alliance=alliance).order_by(
        *by_name("surnames", "given_names"), "pk"
    )


def producers_without_commitment(alliance: Alliance) -> QuerySet[Producer]:
    """Producers to whom nothing may be delivered yet."""
    return producers_of(alliance).filter(commitment__isnull=True)


def share_of_each(alliance: Alliance, rules: FundRules | None) -> Decimal | None:
    """What each producer would give back of an even share of the incentive, in thousands of COP."""
    producers = alliance.producers.count()
    if not (rules and producers and alliance.incentive_cop):
        return None
    share = alliance.incentive_cop / producers * rules.repayment_share_pct / 100
    return share.quantize(Decimal(1000)) if share >= 1000 else None


def fund_of(alliance: Alliance, on: date) -> FundView:
    """The fund on a day: rules, commitments (the latest first to pay on top) and totals."""
    commitments = Commitment.objects.filter(producer__alliance=alliance).with_schedule()
    rows = [
        CommitmentRow(row, debt_on(on, due_dates(list(row.instalments.all())), row.repaid_cop))
        for row in commitments.order_by(
            *by_name("producer__surnames", "producer__given_names"), "pk"
        )
    ]
    rows.sort(key=lambda row: (-row.debt.late_days, -row.debt.overdue_cop))
    return FundView(
        rules=FundRules.objects.filter(alliance=alliance).select_related("act__document").first(),
        rows=tuple(rows),
        portfolio=portfolio_of(row.debt for row in rows),
    )
