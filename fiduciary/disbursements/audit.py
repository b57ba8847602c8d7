"""What the audit compares of this room: payments, paid requests and events are one another's."""

from collections.abc import Iterator

from alliances.lifecycle.audit import Difference, reconciles, rows_of
from fiduciary.disbursements.table import ACT_OF, RequestStatus, Verb
from fiduciary.ledger.models import TransactionKind


@reconciles
def payments(chain: int | None) -> Iterator[Difference]:
    """Every payment is that of one paid request, which one event tells of with its amount."""
    query = """
        WITH payment AS (
            SELECT movement.id, max(account.alliance_id) AS alliance_id,
                   sum(amount_cop) FILTER (WHERE amount_cop > 0) AS amount_cop
              FROM fiduciary_transaction movement
                   JOIN fiduciary_posting posting ON posting.transaction_id = movement.id
                   JOIN fiduciary_account account ON account.id = posting.account_id
             WHERE movement.kind = %(payment)s GROUP BY movement.id),
        paid AS (SELECT * FROM fiduciary_disbursementrequest
                  WHERE status = %(paid)s OR payment_id IS NOT NULL)
        SELECT payment.id, paid.id FROM payment FULL JOIN paid ON paid.payment_id = payment.id
         WHERE (payment.amount_cop IS DISTINCT FROM paid.amount_cop OR paid.status <> %(paid)s)
           AND (%(chain)s::bigint IS NULL
                OR coalesce(payment.alliance_id, paid.alliance_id) = %(chain)s)
         ORDER BY 1, 2
    """
    names = {"payment": TransactionKind.PAYMENT.value, "paid": RequestStatus.PAID.value}
    for movement, request in rows_of(query, chain=chain, **names):
        if request is None:
            yield Difference(f"payment {movement}", "no paid request is its own")
        else:
            yield Difference(f"request {request}", "what was paid is not what it asked for")


@reconciles
def paid_requests(chain: int | None) -> Iterator[Difference]:
    """Every paid request has exactly one event that paid it, by whom it says, and none more."""
    query = """
        WITH told AS (
            SELECT (data ->> 'request')::bigint AS request, count(*) AS times,
                   max(actor_id) AS actor_id, max((data ->> 'amount_cop')::numeric) AS amount_cop
              FROM alliances_event WHERE verb = %(verb)s GROUP BY 1)
        SELECT coalesce(request.id, told.request), coalesce(times, 0)
          FROM told FULL JOIN (
               SELECT * FROM fiduciary_disbursementrequest WHERE status = %(paid)s) request
               ON request.id = told.request
         WHERE (request.id IS NULL OR times IS DISTINCT FROM 1
                OR told.actor_id IS DISTINCT FROM request.paid_by_id
                OR told.amount_cop <> request.amount_cop)
           AND (%(chain)s::bigint IS NULL OR request.alliance_id = %(chain)s)
         ORDER BY 1
    """
    names = {"verb": ACT_OF[Verb.PAY].verb, "paid": RequestStatus.PAID.value}
    for request, times in rows_of(query, chain=chain, **names):
        yield Difference(
            f"request {request}", f"{times} events tell of its payment, or they tell another one"
        )
