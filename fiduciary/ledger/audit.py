"""What the audit compares of this room: balances with postings, and postings with each other."""

from collections.abc import Iterator

from alliances.lifecycle.audit import Difference, reconciles, rows_of
from kit.figures import cop


@reconciles
def balances(chain: int | None) -> Iterator[Difference]:
    """Each balance is the sum of its postings."""
    query = """
        SELECT account.id, balance_cop, coalesce(sum(amount_cop), 0)
          FROM fiduciary_account account
               LEFT JOIN fiduciary_posting posting ON posting.account_id = account.id
         WHERE %(chain)s::bigint IS NULL OR alliance_id = %(chain)s
         GROUP BY account.id HAVING balance_cop <> coalesce(sum(amount_cop), 0) ORDER BY account.id
    """
    for account, balance, total in rows_of(query, chain=chain):
        yield Difference(
            f"account {account}", f"it says {cop(balance, 2)}, its postings {cop(total, 2)}"
        )


@reconciles
def movements(chain: int | None) -> Iterator[Difference]:
    """Each movement has the postings it announced, and they add up to zero."""
    query = """
        SELECT movement.id FROM fiduciary_transaction movement
               LEFT JOIN fiduciary_posting posting ON posting.transaction_id = movement.id
               LEFT JOIN fiduciary_account account ON account.id = posting.account_id
         GROUP BY movement.id
        HAVING (coalesce(sum(amount_cop), 1) <> 0 OR count(posting.id) <> lines)
           AND (%(chain)s::bigint IS NULL OR max(alliance_id) = %(chain)s) ORDER BY movement.id
    """
    for (movement,) in rows_of(query, chain=chain):
        yield Difference(f"movement {movement}", "its postings do not add up")
