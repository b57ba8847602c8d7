"""Giving no objection to, approving and returning many requests at once: each its own act."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from uuid import UUID

from django.urls import reverse
from django.utils.timezone import localdate, localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alliances.lists.models import BulkAct, BulkRow
from alliances.lists.registry import BulkVerb, Foreseen, offer
from alliances.people.models import Membership
from fiduciary.disbursements.models import DisbursementRequest, ReturnReason
from fiduciary.disbursements.models.request import RequestQuerySet
from fiduciary.disbursements.selectors import QueueRow, queue_rows, return_reasons
from fiduciary.disbursements.services.requests import (
    approve_disbursement,
    clear_disbursement,
    return_disbursement,
)
from fiduciary.disbursements.table import ACT_OF, Verb
from kit.figures import cop


def foresee(
    requests: RequestQuerySet, acting: Membership, at: datetime, *, verb: Verb
) -> list[Foreseen]:
    """Which requests this member may act on, and why not the others."""
    rows = queue_rows(requests, acting, localtime(at).date())
    return [
        Foreseen(
            target=row.request.pk,
            label=f"{row.request.reference} · {row.request.description} · "
            f"{cop(row.request.amount_cop)}",
            url=reverse("fiduciary:request-detail", args=[row.request.pk]),
            seen=row.request.version,
            problem=_problem(row, verb),
        )
        for row in rows
    ]


def _problem(row: QueueRow, verb: Verb) -> str:
    """Why it is not this member's to do now; empty when it is."""
    action = next((action for action in row.actions if action.verb == verb), None)
    if action:
        return action.verdict.reason
    step = row.request.step.name if row.request.step else row.request.get_status_display()
    return _("It stands at «%(step)s».") % {"step": step}


def _perform(
    act: Callable[..., DisbursementRequest],
    bulk: BulkAct,
    row: BulkRow,
    acting: Membership,
    at: datetime,
    key: UUID,
) -> object:
    return act(request_id=row.target, acting=acting, at=at, key=key, seen=row.seen)


def _return(
    bulk: BulkAct, row: BulkRow, acting: Membership, at: datetime, key: UUID
) -> DisbursementRequest:
    """Send one back, with the reason and the sentence that were written for all."""
    return return_disbursement(
        request_id=row.target,
        reason=ReturnReason.objects.get(code=bulk.reason_code),
        note=bulk.reason,
        acting=acting,
        at=at,
        key=key,
        seen=row.seen,
    )


offer(
    BulkVerb(
        name="approve_requests",
        label=Verb.APPROVE.label,
        act=ACT_OF[Verb.APPROVE],
        lists=("requests",),
        foresee=partial(foresee, verb=Verb.APPROVE),
        perform=partial(_perform, approve_disbursement),
        key="p",
        caution=gettext_lazy("Each one is its own act: what one refuses does not stop the others."),
    )
)
offer(
    BulkVerb(
        name="clear_requests",
        label=Verb.CLEAR.label,
        act=ACT_OF[Verb.CLEAR],
        lists=("requests",),
        foresee=partial(foresee, verb=Verb.CLEAR),
        perform=partial(_perform, clear_disbursement),
        key="n",
    )
)
offer(
    BulkVerb(
        name="return_requests",
        label=Verb.RETURN.label,
        act=ACT_OF[Verb.RETURN],
        lists=("requests",),
        foresee=partial(foresee, verb=Verb.RETURN),
        perform=_return,
        key="r",
        caution=gettext_lazy(
            "What was granted to them falls. Whoever asked for each one reads the reason and the "
            "sentence, corrects it and sends it again."
        ),
        own_reasons=lambda: {reason.code: reason.name for reason in return_reasons(localdate())},
    )
)
