"""What the money side says a person should do, for the home page: requests by their slack."""

from datetime import date

from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from alliances.lifecycle.desk import Desk
from alliances.lifecycle.duties import Duty, PastAct
from alliances.lifecycle.home import LIMIT, HomeItem
from fiduciary.disbursements.models import DisbursementRequest
from fiduciary.disbursements.selectors import (
    actions_by_request,
    duties_of,
    held_by,
    held_days,
    holder_of,
    queue_for,
    requests_visible_to,
    with_holders,
)
from fiduciary.disbursements.table import RequestStatus
from fiduciary.timing.clock import SlackState
from kit.figures import cop, date_short, slack


def waiting_for(desk: Desk) -> list[HomeItem]:
    """Requests that stand at a step this member may take, the least slack first."""
    membership = desk.membership
    requests = held_by(queue_for(membership), membership).select_related(
        "alliance__call", "alliance__municipality", "crop", "step"
    )[: LIMIT * 2]
    dossier_of = desk.dossiers_of([row.alliance for row in requests])
    no_other_hand: dict[int, tuple[PastAct, ...]] = {row.pk: () for row in requests}  # held_by
    actions_of = actions_by_request(requests, membership, dossier_of, no_other_hand)
    allowed = {
        key: next((act for act in actions if act.verdict), None)
        for key, actions in actions_of.items()
    }
    actionable = [(row, act) for row in requests if (act := allowed[row.pk])]
    return [_item(row, why=_why(row), action=act.label) for row, act in actionable[:LIMIT]]


def expected_by(desk: Desk) -> list[HomeItem]:
    """For who asks for money or needs it: requests that stand with somebody else."""
    membership, today = desk.membership, localtime(desk.at).date()
    duties = duties_of(membership.role)
    if not duties & {Duty.REQUEST, Duty.REPRESENT}:
        return []
    in_progress = requests_visible_to(membership).filter(
        status__in=[RequestStatus.REQUESTED, RequestStatus.APPROVED]
    )
    bare = in_progress.exclude(step__duty__in=duties).by_slack()
    nearest = list(bare.values_list("pk", flat=True)[:LIMIT])  # read, or all would get their names
    most_urgent = DisbursementRequest.objects.filter(pk__in=nearest).by_slack()
    return [
        _item(row, why=_held_in_words(row, today), action=_("Open"))
        for row in with_holders(most_urgent)
    ]


def _item(request: DisbursementRequest, why: str, action: str) -> HomeItem:
    crop = f" · {request.crop}" if request.crop else ""
    return HomeItem(
        title=f"{request.description} · {cop(request.amount_cop)}",
        alliance=f"{request.alliance}{crop}",
        why=why,
        tone=request.slack_tone,
        url=reverse("fiduciary:request-detail", args=[request.pk]),
        action=action,
        since=request.step_since or request.requested_at,
        alliance_id=request.alliance_id,
        slack=request.urgency_days,
    )


def _why(request: DisbursementRequest) -> str:
    """The consequence in crop time, as one sentence."""
    state = SlackState(request.slack_state)
    if state is SlackState.NO_DATA:
        return _("No crop calendar for this place")
    if state is SlackState.NO_LIMIT or request.need_by_on is None or request.slack_days is None:
        return _("Waits for no season")
    day = date_short(request.need_by_on)
    if state is SlackState.MISSED:
        return _("The season was missed on %(day)s") % {"day": day}
    return _("Needed by %(day)s: %(slack)s") % {"day": day, "slack": slack(request.slack_days)}


def _held_in_words(request: DisbursementRequest, today: date) -> str:
    days = held_days(request, today)
    return ngettext(
        "With %(holder)s for %(count)d working day",
        "With %(holder)s for %(count)d working days",
        days,
    ) % {"holder": holder_of(request), "count": days}
