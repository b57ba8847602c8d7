"""Arithmetic of the rotating fund: what is late, since when, and how much is at risk. Pure."""

from calendar import monthrange
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_DOWN, Decimal

from kit.tones import Tone

Schedule = Sequence[tuple[date, Decimal]]
#: A debt counts as at risk when its oldest unpaid instalment is older than this.
AT_RISK_AFTER_DAYS = 30
ZERO = Decimal(0)


@dataclass(frozen=True)
class Debt:
    """One producer's promise on a day: all of it, what came back, what is late and since when."""

    amount_cop: Decimal
    repaid_cop: Decimal
    overdue_cop: Decimal
    late_days: int

    @property
    def owed_cop(self) -> Decimal:
        return self.amount_cop - self.repaid_cop

    @property
    def is_at_risk(self) -> bool:
        return self.late_days > AT_RISK_AFTER_DAYS

    @property
    def tone(self) -> Tone:
        if self.is_at_risk:
            return Tone.LATE
        return Tone.ATTENTION if self.late_days else Tone.GOOD


@dataclass(frozen=True)
class Portfolio:
    """The fund as a whole, in COP; shares are percentages, None where there is nothing to share."""

    amount_cop: Decimal
    repaid_cop: Decimal
    overdue_cop: Decimal
    owed_cop: Decimal
    at_risk_cop: Decimal

    @property
    def recovery_pct(self) -> Decimal | None:
        """Given back, of all that was promised."""
        return _share(self.repaid_cop, self.amount_cop)

    @property
    def at_risk_pct(self) -> Decimal | None:
        """Owed by producers late by more than the limit, of all that is owed."""
        return _share(self.at_risk_cop, self.owed_cop)


def by_number(producer_id: int) -> str:
    """A producer as the ledger names them: it is read by many who do not work with people."""
    return f"P-{producer_id:05d}"


def equal_schedule(amount_cop: Decimal, first: date, count: int, months: int) -> Schedule:
    """``count`` instalments ``months`` apart from ``first``, in whole pesos.

    The last one takes what does not divide. A month without that day has its last.
    """
    part = (amount_cop / count).to_integral_value(ROUND_DOWN)
    amounts = [part] * (count - 1) + [amount_cop - part * (count - 1)]
    return [(months_after(first, months * n), amount) for n, amount in enumerate(amounts)]


def months_after(day: date, months: int) -> date:
    """The same day so many months later, or the last of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def debt_on(day: date, schedule: Schedule, repaid_cop: Decimal) -> Debt:
    """Money that came back pays the oldest instalment first."""
    amount_cop = sum((amount for _, amount in schedule), ZERO)
    paid = repaid_cop
    overdue_cop, oldest = ZERO, None
    for due_on, instalment_cop in sorted(schedule):
        unpaid = max(instalment_cop - paid, ZERO)
        paid = max(paid - instalment_cop, ZERO)
        if unpaid and due_on < day:
            overdue_cop += unpaid
            oldest = oldest or due_on
    return Debt(amount_cop, repaid_cop, overdue_cop, (day - oldest).days if oldest else 0)


def portfolio_of(debts: Iterable[Debt]) -> Portfolio:
    """All debts together."""
    rows = list(debts)
    return Portfolio(
        amount_cop=sum((row.amount_cop for row in rows), ZERO),
        repaid_cop=sum((row.repaid_cop for row in rows), ZERO),
        overdue_cop=sum((row.overdue_cop for row in rows), ZERO),
        owed_cop=sum((row.owed_cop for row in rows), ZERO),
        at_risk_cop=sum((row.owed_cop for row in rows if row.is_at_risk), ZERO),
    )


def _share(part: Decimal, whole: Decimal) -> Decimal | None:
    return (part / whole * 100).quantize(Decimal("0.1")) if whole else None
