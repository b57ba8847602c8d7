"""Where money comes too late for the crop, by department: what the ministry's home page tells."""

from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Min, Sum
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from alliances.lifecycle.home import LIMIT, HomeItem
from alliances.people.models import Membership
from fiduciary.disbursements.selectors import requests_visible_to
from fiduciary.timing.clock import SlackState
from kit.figures import cop

_DEPARTMENT = "alliance__municipality__department"


def late_departments(membership: Membership) -> list[HomeItem]:
    """Departments with open requests that are late for their season, the latest first."""
    late = (
        requests_visible_to(membership)
        .still_open()
        .filter(slack_state__in=[SlackState.LATE, SlackState.MISSED])
        .values(_DEPARTMENT, f"{_DEPARTMENT}__name")
        .annotate(
            count=Count("pk"),
            amount=Sum("amount_cop"),
            worst=Min("slack_days"),
            since=Min("requested_at"),
        )
        .order_by("worst", _DEPARTMENT)
    )
    return [_item(row) for row in late[:LIMIT]]


def _item(row: dict[str, Any]) -> HomeItem:
    address = urlencode({"department": row[_DEPARTMENT]})
    return HomeItem(
        title=ngettext(
            "%(count)d request late for its season",
            "%(count)d requests late for their season",
            row["count"],
        )
        % {"count": row["count"]},
        alliance=row[f"{_DEPARTMENT}__name"],
        why=ngettext(
            "%(amount)s; the latest by %(days)d working day",
            "%(amount)s; the latest by %(days)d working days",
            -row["worst"],
        )
        % {"amount": cop(row["amount"]), "days": -row["worst"]},
        tone=SlackState.LATE.tone,
        url=f"{reverse('fiduciary:request-list')}?{address}",
        action=_("See the requests"),
        since=row["since"],
        alliance_id=0,
        slack=row["worst"],
    )
