"""What the money side says a person should do, for the home page: requests by their slack."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from alliances.lifecycle.desk import Desk
from alliances.lifecycle.duties import PastAct
from alliances.lifecycle.home import Awaited, HomeItem, awaited
from fiduciary.disbursements.models import DisbursementRequest
from fiduciary.disbursements.selectors import (
    actions_by_request,
    held_by,
    queue_for,
    request_debts_to,
)
from fiduciary.disbursements.table import Verb
from fiduciary.timing.clock import SlackState
from kit.figures import cop, date_short, slack

#: What home calls all that it asks of a member.
TASK = "requests"


@dataclass(frozen=True)
class Held:
    """Requests at a step that one member may take: the most urgent as rows, and how many."""

    items: list[HomeItem]
    count: int


def held_requests(desk: Desk) -> Held:
    """What waits for this member; it is counted apart only where not all of it was read."""
    membership = desk.membership
    held = held_by(queue_for(membership), membership)
    requests = list(
        held.select_related("alliance__call", "alliance__municipality", "crop", "step")[
            : desk.rows * 2
        ]
    )
    count = len(requests) if len(requests) < desk.rows * 2 else held.count()
    return Held(_items(desk, requests), count)


def waiting_for(desk: Desk) -> list[HomeItem]:
    """Requests that stand at a step this member may take, the least slack first."""
    return held_requests(desk).items


def _items(desk: Desk, requests: list[DisbursementRequest]) -> list[HomeItem]:
    membership = desk.membership
    dossier_of = desk.dossiers_of([row.alliance for row in requests])
    no_other_hand: dict[int, tuple[PastAct, ...]] = {row.pk: () for row in requests}  # held_by
    actions_of = actions_by_request(requests, membership, dossier_of, no_other_hand)
    allowed = {
        key: next((act for act in actions if act.verdict), None)
        for key, actions in actions_of.items()
    }
    actionable = [(row, act) for row in requests if (act := allowed[row.pk])]
    return [_item(row, why=_why(row), action=act.label) for row, act in actionable[: desk.rows]]


def expected_by(desk: Desk) -> list[Awaited]:
    """For who asks for money or needs it: with whom requests stand, and for which act."""
    today = localtime(desk.at).date()
    return [
        awaited(debt, str(Verb(debt.verb).label), "fiduciary:request-list", today, all="1")
        for debt in request_debts_to(desk.membership)
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
        task=TASK,
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
