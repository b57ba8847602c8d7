"""Double entry that the database itself keeps: balanced, append-only, never overdrawn."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from threading import Barrier
from uuid import UUID, uuid4

import pytest
from django.db import DatabaseError, IntegrityError, connection, connections, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alliances.lifecycle.models import Alliance
from alliances.people.models import User
from fiduciary.ledger.models import Account, AccountKind, Posting, Transaction, TransactionKind
from fiduciary.ledger.selectors import balance_cop, movements_of
from fiduciary.ledger.services import (
    Line,
    NotEnoughFunds,
    holding_account,
    open_account,
    post_transaction,
    reverse_transaction,
)
from kit.errors import Conflict, DomainError
from kit.figures import cop
from paap.roles import as_owner
from tests.factories.alliances import make_alliance, make_user
from tests.factories.fiduciary import MONDAY

DAY = date(2026, 3, 2)


def pockets(alliance: Alliance) -> tuple[Account, Account, Account]:
    return (
        holding_account(alliance=alliance, kind=AccountKind.CASH),
        open_account(alliance=alliance, kind=AccountKind.CONTRIBUTION, name="Gobernación"),
        open_account(alliance=alliance, kind=AccountKind.SPENDING, name="Semilla"),
    )


def move(
    taken: Account,
    given_to: Account,
    amount: Decimal | int,
    key: UUID | None = None,
    **fields: User,
) -> Transaction:
    return post_transaction(
        key=key or uuid4(),
        kind=TransactionKind.PAYMENT,
        occurred_on=DAY,
        description="Movimiento",
        lines=[Line(given_to, Decimal(amount)), Line(taken, -Decimal(amount))],
        recorded_by=fields.get("by") or make_user(),
        at=MONDAY,
    )


def balance(account: Account) -> Decimal:
    account.refresh_from_db()
    return account.balance_cop


@pytest.mark.django_db
def test_movement_takes_from_one_account_and_gives_to_another() -> None:
    alliance = make_alliance()
    cash, source, _line = pockets(alliance)

    move(source, cash, 1_000)

    assert (balance(cash), balance(source)) == (1_000, -1_000)
    assert balance_cop(alliance, AccountKind.CASH) == 1_000
    assert [row.kind for row in movements_of(alliance)] == ["payment"]


@pytest.mark.django_db
def test_overdraft_is_refused_with_the_figures() -> None:
    cash, source, line = pockets(make_alliance())
    move(source, cash, 1_000)

    with pytest.raises(NotEnoughFunds, match=r"\$\s1\.000.*\$\s1\.001"):
        move(cash, line, 1_001)

    assert balance(cash) == 1_000


@pytest.mark.django_db
def test_same_key_is_the_same_movement() -> None:
    cash, source, _line = pockets(make_alliance())
    key, by = uuid4(), make_user()

    first = move(source, cash, 1_000, key=key, by=by)
    second = move(source, cash, 1_000, key=key, by=by)

    assert first.pk == second.pk
    assert balance(cash) == 1_000


@pytest.mark.django_db
def test_same_key_for_another_movement_is_refused() -> None:
    cash, source, _line = pockets(make_alliance())
    key = uuid4()
    move(source, cash, 1_000, key=key)

    with pytest.raises(Conflict):
        move(source, cash, 2_000, key=key)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "amounts",
    [
        [Decimal(5)],
        [Decimal(5), Decimal(-4)],
        [Decimal(0), Decimal(0)],
        [Decimal("0.001"), Decimal("-0.001")],
    ],
)
def test_lines_that_are_no_movement_are_refused(amounts: list[Decimal]) -> None:
    cash, source, _line = pockets(make_alliance())
    lines = [
        Line(account, amount) for account, amount in zip((cash, source), amounts, strict=False)
    ]

    with pytest.raises(DomainError):
        post_transaction(
            key=uuid4(),
            kind=TransactionKind.PAYMENT,
            occurred_on=DAY,
            description="x",
            lines=lines,
            recorded_by=make_user(),
            at=MONDAY,
        )


@pytest.mark.django_db
def test_money_does_not_cross_between_alliances() -> None:
    _cash, source, _line = pockets(make_alliance())
    other_cash, *_others = pockets(make_alliance())

    with pytest.raises(DomainError, match="alliance"):
        move(source, other_cash, 10)


@pytest.mark.django_db
def test_reversal_undoes_once_and_keeps_the_original() -> None:
    alliance = make_alliance()
    cash, source, _line = pockets(alliance)
    original = move(source, cash, 1_000)
    undo = {
        "transaction_id": original.pk,
        "reason": "Consignación de otro convenio",
        "recorded_by": make_user(),
        "at": MONDAY,
        "on": DAY,
    }

    reversal = reverse_transaction(key=uuid4(), **undo)

    assert (balance(cash), balance(source)) == (0, 0)
    assert reversal.reverses_id == original.pk
    with pytest.raises(Conflict):
        reverse_transaction(key=uuid4(), **undo)
    with pytest.raises(DomainError):
        reverse_transaction(key=uuid4(), **(undo | {"transaction_id": reversal.pk}))


@pytest.mark.django_db
def test_reversal_of_money_already_spent_is_refused() -> None:
    cash, source, line = pockets(make_alliance())
    received = move(source, cash, 1_000)
    move(cash, line, 600)

    with pytest.raises(NotEnoughFunds):
        reverse_transaction(
            transaction_id=received.pk,
            key=uuid4(),
            reason="Error",
            recorded_by=make_user(),
            at=MONDAY,
            on=DAY,
        )


def unbalanced(lines: int, amounts: list[int], accounts: list[Account]) -> None:
    """A transaction written past the service, checked as at commit."""
    movement = Transaction.objects.create(
        key=uuid4(),
        kind="payment",
        occurred_on=DAY,
        description="x",
        lines=lines,
        recorded_by=make_user(),
        recorded_at=MONDAY,
    )
    add_postings(movement, dict(zip(accounts, amounts, strict=False)))


@pytest.mark.django_db
@pytest.mark.parametrize(("lines", "amounts"), [(2, []), (2, [5]), (2, [5, -4]), (3, [5, -5])])
def test_database_refuses_what_does_not_balance(lines: int, amounts: list[int]) -> None:
    cash, source, _line = pockets(make_alliance())

    with pytest.raises(IntegrityError, match="postings"), transaction.atomic():
        unbalanced(lines, amounts, [cash, source])


@pytest.mark.django_db
def test_database_refuses_a_movement_between_alliances() -> None:
    cash, *_rest = pockets(make_alliance())
    _cash, source, _line = pockets(make_alliance())

    with pytest.raises(IntegrityError, match="between alliances"), transaction.atomic():
        unbalanced(2, [5, -5], [cash, source])


@pytest.mark.django_db
def test_database_refuses_postings_added_to_a_finished_movement() -> None:
    cash, source, line = pockets(make_alliance())
    movement = move(source, cash, 1_000)

    other = open_account(alliance=cash.alliance, kind=AccountKind.SPENDING, name="Otra")

    with pytest.raises(IntegrityError, match="4 of 2"), transaction.atomic():
        add_postings(movement, {line: 5, other: -5})


def add_postings(movement: Transaction, amounts: dict[Account, int]) -> None:
    for account, amount in amounts.items():
        Posting.objects.create(transaction=movement, account=account, amount_cop=amount)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE fiduciary_transaction SET description = 'otra'",
        "DELETE FROM fiduciary_transaction",
        "TRUNCATE fiduciary_transaction CASCADE",
        "UPDATE fiduciary_posting SET amount_cop = amount_cop * 2",
        "DELETE FROM fiduciary_posting",
        "TRUNCATE fiduciary_posting",
        "UPDATE fiduciary_account SET balance_cop = 1",
        "UPDATE fiduciary_account SET kind = 'spending' WHERE kind = 'contribution'",
        "DELETE FROM fiduciary_account",
        "TRUNCATE fiduciary_account CASCADE",
    ],
)
def test_raw_sql_cannot_rewrite_the_ledger(sql: str) -> None:
    cash, source, _line = pockets(make_alliance())
    move(source, cash, 1_000)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    with (
        pytest.raises(DatabaseError, match=r"never|only through|keeps its"),
        transaction.atomic(),
        as_owner(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql)


@pytest.mark.django_db
def test_account_opens_empty_whatever_is_inserted() -> None:
    alliance = make_alliance()
    account = Account.objects.create(alliance=alliance, kind="cash", balance_cop=10**9)

    assert balance(account) == 0


MOVES = st.lists(
    st.tuples(st.sampled_from([0, 1, 2]), st.sampled_from([0, 1, 2]), st.integers(1, 500)),
    max_size=12,
)


@pytest.mark.django_db
@given(moves=MOVES)
@settings(
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_any_sequence_keeps_the_books(moves: list[tuple[int, int, int]]) -> None:
    """Balances are sums of postings, add up to zero, and cash is never negative."""
    with transaction.atomic():
        accounts = pockets(make_alliance())
        by = make_user()
        for source, target, amount in moves:
            try:
                move(accounts[source], accounts[target], amount, by=by)
            except DomainError:
                continue
        balances = [balance(account) for account in accounts]
        sums = [sum(p.amount_cop for p in account.postings.all()) for account in accounts]

        assert balances == sums
        assert sum(balances) == 0
        assert balances[0] >= 0
        transaction.set_rollback(True)


@pytest.mark.django_db(transaction=True)
def test_of_two_withdrawals_at_once_only_one_succeeds() -> None:
    cash, source, line = pockets(make_alliance())
    move(source, cash, 1_000)
    barrier, by = Barrier(2), make_user()

    def withdraw() -> str:
        try:
            barrier.wait(timeout=10)
            move(cash, line, 700, by=by)
        except NotEnoughFunds:
            return "refused"
        finally:
            connections.close_all()
        return "paid"

    with ThreadPoolExecutor(2) as pool:
        outcomes = sorted(future.result() for future in [pool.submit(withdraw) for _ in range(2)])

    assert outcomes == ["paid", "refused"]
    assert balance(cash) == 300


@pytest.mark.django_db(transaction=True)
def test_the_same_movement_sent_twice_at_once_is_written_once() -> None:
    cash, source, _line = pockets(make_alliance())
    barrier, by, key = Barrier(2), make_user(), uuid4()

    def receive() -> int:
        try:
            barrier.wait(timeout=10)
            return move(source, cash, 700, key=key, by=by).pk
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        written = {future.result() for future in [pool.submit(receive) for _ in range(2)]}

    assert len(written) == 1
    assert balance(cash) == 700


def test_pesos_are_written_as_in_colombia() -> None:
    assert cop(Decimal("7277324.4")) == "$\u00a07.277.324,40"
    assert cop(Decimal("-1500")) == "−$\u00a01.500"
