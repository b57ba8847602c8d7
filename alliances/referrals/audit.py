"""What the audit compares of this room: each referral and each answer with its event."""

from collections.abc import Iterator

from alliances.lifecycle.audit import Difference, reconciles, rows_of


@reconciles
def referrals(chain: int | None) -> Iterator[Difference]:
    """Every referral and answer is one that its alliance's chain tells, as it tells it."""
    query = """
        WITH told AS (
            SELECT chain, verb, (coalesce(data -> 'answer_row', data -> 'referral'))::bigint AS id,
                   coalesce(data ->> 'answer', data ->> 'need') AS word,
                   coalesce(data ->> 'answered_on', data ->> 'referred_on')::date AS day
              FROM alliances_event
             WHERE verb IN ('refer', 'record_referral_answer')
               AND (%(chain)s::bigint IS NULL OR chain = %(chain)s)),
        stored AS (
            SELECT r.alliance_id AS chain, 'refer' AS verb, r.id, r.need AS word,
                   r.referred_on AS day
              FROM alliances_referral r
             WHERE %(chain)s::bigint IS NULL OR r.alliance_id = %(chain)s
            UNION ALL
            SELECT r.alliance_id, 'record_referral_answer', a.id, a.answer, a.answered_on
              FROM alliances_referralanswer a JOIN alliances_referral r ON r.id = a.referral_id
             WHERE %(chain)s::bigint IS NULL OR r.alliance_id = %(chain)s)
        SELECT verb, id, stored.word IS NULL, told.word IS NULL
          FROM told FULL JOIN stored USING (chain, verb, id)
         WHERE (stored.word, stored.day) IS DISTINCT FROM (told.word, told.day)
         ORDER BY verb, id
    """
    for verb, number, is_gone, is_untold in rows_of(query, chain=chain):
        what = "its row is gone" if is_gone else "no event tells of it" if is_untold else "differs"
        yield Difference(f"{verb} {number}", what)
