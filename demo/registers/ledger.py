"""The double entry of the portfolio: accounts, movements and postings, written in their order."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from demo.ground.plan import Hand
from demo.ground.writing import Ids, analyze, copy_in
from fiduciary.ledger.models import Account, AccountKind, Posting, Transaction, TransactionKind

ACCOUNT = ("id", "alliance_id", "kind", "name")
TRANSACTION = (
    "id",
    "key",
    "kind",
    "occurred_on",
    "description",
    "lines",
    "recorded_by_id",
    "recorded_at",
)
POSTING = ("id", "transaction_id", "account_id", "amount_cop")


class Ledger:
    """Rows in the making. Movements are written as they come: money is received, then spent."""

    def __init__(self, ids: Ids) -> None:
        self._ids = ids
        self._accounts: list[tuple[Any, ...]] = []
        self._transactions: list[tuple[Any, ...]] = []
        self._postings: list[tuple[Any, ...]] = []
        self._holding: dict[tuple[int, str], int] = {}
        self._cash: dict[int, int] = {}

    def open(self, alliance: int, kind: AccountKind, name: str = "") -> int:
        """A new account."""
        pk = self._ids(Account)
        self._accounts.append((pk, alliance, kind.value, name[:200]))
        return pk

    def holding(self, alliance: int, kind: AccountKind) -> int:
        """The alliance's only account of a kind."""
        if (alliance, kind) not in self._holding:
            self._holding[alliance, kind] = self.open(alliance, kind)
        return self._holding[alliance, kind]

    def cash_of(self, alliance: int) -> int:
        """Pesos that its trust holds after the movements so far."""
        return self._cash.get(alliance, 0)

    def move(
        self,
        *,
        alliance: int,
        key: UUID,
        kind: TransactionKind,
        on: date,
        description: str,
        pocket: AccountKind,
        other: int,
        amount: int,
        hand: Hand,
        at: datetime,
    ) -> int:
        """Add an amount (negative: take it) to a pocket, from or to another account."""
        pk = self._ids(Transaction)
        held = self.holding(alliance, pocket)
        self._transactions.append((pk, key, kind.value, on, description[:200], 2, hand.user, at))
        for account, part in sorted(((held, amount), (other, -amount))):
            self._postings.append((self._ids(Posting), pk, account, part))
        if pocket == AccountKind.CASH:
            self._cash[alliance] = self.cash_of(alliance) + amount
        return pk

    def write(self) -> None:
        """Write what was kept since the last time."""
        copy_in(Account, ACCOUNT, self._accounts)
        analyze(Account)
        copy_in(Transaction, TRANSACTION, self._transactions)
        copy_in(Posting, POSTING, self._postings)
        for rows in (self._accounts, self._transactions, self._postings):
            rows.clear()
