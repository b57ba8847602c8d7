"""Writing: views with a name, and acts on many rows from proposal to the outcome of each.

Context: a click on 500 rows is longer than a request may be, and workers are killed.
Decision: the rows are the queue. A row is done under a key made of the whole act's key, by the
service that acts on one; its outcome is written after it. Whoever takes the act over goes on with
the rows that have none: one that was done and not noted answers as it did before.
"""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import translation
from django.utils.translation import gettext as _

from alliances.lifecycle.reasons import check_code, check_sentence
from alliances.lifecycle.refusals import noting
from alliances.lifecycle.services import record_refusal
from alliances.lists.models import BulkAct, BulkRow, SavedView
from alliances.lists.registry import BulkVerb, verb_named
from alliances.people.models import Membership, User
from kit.errors import Conflict, DomainError
from kit.locks import take_turns
from kit.text import shortened
from kit.waits import later

logger = logging.getLogger(__name__)

#: Rows of one act on many, and views that one person keeps of one list.
MOST_ROWS, MOST_VIEWS = 2000, 30
#: So many rows are done while the person waits, about a second; more are left to a worker.
AT_ONCE = 25
#: Rows between two looks at the queue; a worker that was silent for so long is taken for dead.
PORTION, STALE_AFTER = 100, timedelta(seconds=30)
#: A proposal that nobody confirmed is forgotten by whoever proposes the next one.
PROPOSALS_KEPT = timedelta(days=1)


# -- Views ---------------------------------------------------------------------------------------
def save_view(*, person: User, list_name: str, name: str, query: str) -> SavedView:
    """Keep how a list is narrowed; the same name once more is what it says now.

    Raises DomainError for one view too many.
    """
    own = SavedView.objects.filter(person=person, list_name=list_name)
    if own.exclude(name=name).count() >= MOST_VIEWS:
        raise DomainError(
            _("You have %(most)d views of this list: forget one first.") % {"most": MOST_VIEWS}
        )
    view, _is_new = SavedView.objects.update_or_create(
        person=person, list_name=list_name, name=name, defaults={"query": query}
    )
    return view


def forget_view(*, person: User, pk: int) -> None:
    """Forget a view of one's own; one that is gone is gone."""
    SavedView.objects.filter(person=person, pk=pk).delete()


# -- Acts on many ----------------------------------------------------------------------------------
@transaction.atomic
def propose(
    *,
    verb: BulkVerb,
    targets: QuerySet,  # of whatever the list holds
    seen: Mapping[int, str | None],
    list_name: str,
    query: str,
    acting: Membership,
    at: datetime,
    key: UUID,
) -> BulkAct:
    """Work out what would become of each row, and keep it to be confirmed.

    The same ``key`` twice is one proposal. ``seen``: the versions that were on the page. Raises
    DomainError for none or too many rows, Conflict for a key of another proposal.
    """
    take_turns(str(key))
    earlier = BulkAct.objects.filter(key=key).first()
    if earlier:
        if (earlier.verb, earlier.membership_id) != (verb.name, acting.pk):
            raise Conflict(
                _(
                    "This key already belongs to another act. "
                    "Open the page again to see what stands."
                )
            )
        return earlier
    lines = verb.foresee(targets[: MOST_ROWS + 1], acting, at)
    if not lines:
        raise DomainError(_("Choose at least one row."))
    if len(lines) > MOST_ROWS:
        raise DomainError(
            _("The most rows of one act are %(most)d: narrow the list.") % {"most": MOST_ROWS}
        )
    BulkAct.objects.filter(
        membership=acting, confirmed_at__isnull=True, proposed_at__lt=at - PROPOSALS_KEPT
    ).delete()
    bulk = BulkAct.objects.create(
        key=key,
        verb=verb.name,
        membership=acting,
        list_name=list_name,
        query=query,
        language=translation.get_language() or "",
        proposed_at=at,
    )
    BulkRow.objects.bulk_create(
        BulkRow(
            bulk=bulk,
            target=line.target,
            label=shortened(line.label, 300),
            url=line.url,
            seen=seen.get(line.target) or line.seen,
            plan=shortened(line.plan, 300),
            options=line.options,
            state=BulkRow.State.LEFT if line.problem else BulkRow.State.WAITING,
            problem=line.problem,
        )
        for line in lines
    )
    return bulk


def confirm(*, bulk: BulkAct, at: datetime, reason: str = "", reason_code: str = "") -> BulkAct:
    """Let it be done; a second click changes nothing. Raises DomainError for a poor reason."""
    if reasons := verb_named(bulk.verb).reasons:
        check_code(reasons, reason_code)
        check_sentence(reason)
    BulkAct.objects.filter(pk=bulk.pk, confirmed_at__isnull=True).update(
        confirmed_at=at, reason=reason.strip(), reason_code=reason_code
    )
    bulk.refresh_from_db()
    return bulk


def claim(*, at: datetime, pk: int | None = None) -> BulkAct | None:
    """Take the oldest confirmed act that nobody works on, or that one; None when there is none."""
    free = Q(heartbeat_at__isnull=True) | Q(heartbeat_at__lt=at - STALE_AFTER)
    waiting = BulkAct.objects.filter(free, confirmed_at__isnull=False, finished_at__isnull=True)
    if pk:
        waiting = waiting.filter(pk=pk)
    for bulk in waiting.order_by("confirmed_at", "pk"):
        if waiting.filter(pk=bulk.pk).update(heartbeat_at=at):
            return bulk
    return None


def work(*, bulk: BulkAct, clock: Callable[[], datetime]) -> bool:
    """Do the next portion of a claimed act; whether rows are left for another one."""
    verb, acting = verb_named(bulk.verb), Membership.objects.with_names().get(pk=bulk.membership_id)
    waiting = bulk.rows.filter(state=BulkRow.State.WAITING).order_by("pk")
    own = BulkAct.objects.filter(pk=bulk.pk)
    with translation.override(bulk.language or None):
        for number, row in enumerate(waiting[:PORTION]):
            if number % 10 == 0:
                own.update(heartbeat_at=clock())
            _do(verb, bulk, row, acting, clock())
    if waiting.exists():
        own.update(heartbeat_at=clock())
        return True
    own.filter(finished_at__isnull=True).update(finished_at=clock(), heartbeat_at=None)
    return False


def _do(verb: BulkVerb, bulk: BulkAct, row: BulkRow, acting: Membership, at: datetime) -> None:
    """The act on one row, then its outcome. A row that is locked keeps waiting."""
    problem = ""
    with noting() as attempts:
        try:
            verb.perform(bulk, row, acting, at, uuid5(bulk.key, f"{verb.name}-{row.target}"))
        except DomainError as error:
            problem = error.message
        except ValidationError as error:
            problem = " ".join(error.messages)
        except Exception as error:  # whatever one row does, the others of the act go on
            if later(error):
                return
            logger.exception("act on many %s, row %s", bulk.pk, row.pk)
            problem = _("Something unexpected went wrong; whoever runs the system sees what.")
    for attempt in attempts:
        record_refusal(attempt)
    state = BulkRow.State.LEFT if problem else BulkRow.State.DONE
    BulkRow.objects.filter(pk=row.pk, state=BulkRow.State.WAITING).update(
        state=state, problem=problem
    )
