"""Web, worker, PostgreSQL and Redis are killed while money moves: nothing lost, doubled, half done.

In an installation of its own, people ask, clear, approve, return, pay, receive, deliver and repay
over HTTP, and send each act again under its key until it is answered. What the database holds at
the end is compared with what they were told.
"""

import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

import pytest

from paap.processes import CHECKOUT
from tests.evaluation.estimators import marked
from tests.evaluation.runs.installation import installed
from tests.fiduciary.money.desk import Act
from tests.fiduciary.money.drill import Drill
from tests.samples import samples

pytestmark = pytest.mark.drill
#: How many kills; ``make drill`` asks for more and writes what it counted into the page.
ASKED = os.environ.get("KILLS")
KILLS = int(ASKED or samples(10, usual=3))
PAGE = CHECKOUT / "docs" / "money-drill.md"
MOVES = {
    "receive_contribution": "contribution",
    "pay_disbursement": "payment",
    "record_repayment": "repayment",
}
ON_REQUESTS = [
    f"{verb}_disbursement" for verb in ("request", "clear", "return", "resubmit", "approve", "pay")
]
#: What a page calls each victim.
NAMES = {
    "web": "the web, with all its processes",
    "worker": "the worker, with all its processes",
    "postgres": "PostgreSQL",
    "connection": "one of its connections, in the middle of an act or not",
    "redis": "Redis",
}


@dataclass(frozen=True)
class Ended:
    """The drill when it was over, and how long it took in seconds."""

    drill: Drill
    before: dict[str, Decimal]
    seconds: float


def money(drill: Drill) -> dict[str, Decimal]:
    """The sum of all balances of each kind of account."""
    query = "SELECT kind, sum(balance_cop) FROM fiduciary_account GROUP BY kind"
    return dict(drill.look(query))


@pytest.fixture(scope="module")
def ended() -> Iterator[Ended]:
    with installed() as installation:
        drill = Drill(installation, random.Random(43))  # begins with PostgreSQL, Redis and web
        drill.open()
        before, begun = money(drill), time.monotonic()
        drill.run(KILLS)
        yield Ended(drill, before, time.monotonic() - begun)


def test_every_act_that_was_answered_is_told_once_and_no_other(ended: Ended) -> None:
    acts = {act.key: act for act in ended.drill.acts}
    query = "SELECT key, verb, alliance_id FROM alliances_event WHERE verb = ANY(%s)"
    verbs = {act.verb for act in acts.values()}
    told = ended.drill.look(query, [[*verbs]])

    assert sorted(told) == sorted(
        (key, act.verb, act.alliance) for key, act in acts.items() if act.is_done
    )
    assert verbs >= {*ON_REQUESTS, *MOVES}
    assert sum(ended.drill.killed.values()) > 0


def test_money_moves_once_for_each_act(ended: Ended) -> None:
    query = """
        SELECT movement.kind, posting.amount_cop
          FROM fiduciary_transaction movement
               JOIN fiduciary_posting posting ON posting.transaction_id = movement.id
         WHERE posting.amount_cop > 0 AND recorded_at > '2026-03-03'
    """
    moved = Counter(ended.drill.look(query))
    done = [act for act in ended.drill.acts if act.is_done]

    assert moved == Counter((MOVES[a.verb], a.amount_cop) for a in done if a.verb in MOVES)
    received, paid, repaid = (sum_of(done, verb) for verb in MOVES)
    after = money(ended.drill)
    assert after["cash"] == ended.before["cash"] + received - paid
    assert after["spending"] == paid
    assert after["fund_cash"] == -after["repayment"] == repaid
    assert sum(after.values()) == 0


def sum_of(acts: list[Act], verb: str) -> Decimal:
    return sum((act.amount_cop for act in acts if act.verb == verb), Decimal(0))


def test_no_request_is_half_done(ended: Ended) -> None:
    """Whatever was begun was paid once, has a stay for each act, and each of its files once."""
    query = """
        SELECT request.id, request.status, events.verbs, stays.left, stays.open,
               documents.kept, request.payment_id IS NOT NULL
          FROM fiduciary_disbursementrequest request,
               LATERAL (SELECT array_agg(verb ORDER BY sequence) AS verbs FROM alliances_event
                         WHERE (data ->> 'request')::bigint = request.id
                           AND verb = ANY(%(verbs)s)) events,
               LATERAL (SELECT count(left_at) AS left, count(*) - count(left_at) AS open
                          FROM fiduciary_steprecord WHERE request_id = request.id) stays,
               LATERAL (SELECT count(*) AS kept FROM fiduciary_disbursementrequest_documents
                         WHERE disbursementrequest_id = request.id) documents
    """
    requests = ended.drill.look(query, {"verbs": ON_REQUESTS})

    assert requests
    for number, status, verbs, left, still_open, kept, is_paid in requests:
        told = Counter(verbs)
        sent = told["request_disbursement"] + told["resubmit_disbursement"]
        assert told["request_disbursement"] == told["pay_disbursement"] == 1, (number, verbs)
        assert verbs[-1] == "pay_disbursement", (number, verbs)
        assert (status, is_paid) == ("paid", True), number
        assert (left, still_open, kept) == (len(verbs) - 1, 0, sent), (number, verbs)


def test_what_was_delivered_and_signed_is_there_once(ended: Ended) -> None:
    query = "SELECT key, value_cop FROM fiduciary_inputdelivery"
    delivered = ended.drill.look(query)
    done = [act for act in ended.drill.acts if act.is_done]

    assert sorted(delivered) == sorted(
        (act.key, act.amount_cop) for act in done if act.verb == "deliver_inputs"
    )
    ((signed,),) = ended.drill.look("SELECT count(*) FROM fiduciary_commitment")
    assert signed == len(ended.drill.desks)
    ((files,),) = ended.drill.look("SELECT count(*) FROM alliances_documentversion")
    minutes = len({act.alliance for act in done})
    assert files == minutes + sum(bool(act.file) for act in done)


def test_the_audit_finds_nothing(ended: Ended) -> None:
    installation = ended.drill.installation
    audit = subprocess.run(
        [sys.executable, "manage.py", "verify_audit"],
        cwd=CHECKOUT,
        env=installation.environment,
        capture_output=True,
        text=True,
    )

    assert audit.returncode == 0, audit.stderr
    figures = written(ended, audit.stdout.strip())
    print(figures)
    if ASKED:
        marked.put(PAGE, "figures", figures)


def written(ended: Ended, audit: str) -> str:
    """What was killed and what people met, as the page tells it."""
    drill = ended.drill
    done = [act for act in drill.acts if act.is_done]
    recorded = dict(
        drill.look(
            "SELECT key, extract(epoch FROM recorded_at)::float8 FROM alliances_event"
            " WHERE key = ANY(%s)",
            [[act.key for act in done]],
        )
    )
    counts = {
        "kills": sum(drill.killed.values()),
        **{f"– of {NAMES[victim]}": drill.killed[victim] for victim in NAMES},
        "seconds": round(ended.seconds),
        "acts done": len(done),
        "– sent more than once before they were answered": sum(act.was_sent_again for act in done),
        "– done already, but the answer was lost": sum(recorded[a.key] < a.asked_at for a in done),
        "acts refused because another window came first": len(drill.acts) - len(done),
        "tries without an answer": sum(act.unanswered for act in drill.acts),
        "answers «try again in a moment» (503)": sum(act.told_to_wait for act in drill.acts),
        "files of acts that were killed before they were done": count_strays(drill),
        "requests asked for and paid": sum(act.verb == "pay_disbursement" for act in done),
    }
    rows = [f"| {name} | {count:,} |" for name, count in counts.items()]
    return "\n".join(["| | |", "|---|---|", *rows, "", f"`verify_audit`: {audit}"])


def count_strays(drill: Drill) -> int:
    """Files on disk that no row names: their act did not happen, and nobody reads them."""
    media = drill.installation.home / "media"
    named = {media / name for (name,) in drill.look("SELECT file FROM alliances_documentversion")}
    return len({path for path in media.rglob("*") if path.is_file()} - named)
