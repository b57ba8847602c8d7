"""The queue of requests as a list: what leaves of each, and how it is narrowed and sorted."""

from django.db.models import F
from django.http import QueryDict
from django.urls import reverse
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from fiduciary.disbursements.filters import QueueFilter
from fiduciary.disbursements.models.request import URGENCY
from fiduciary.disbursements.selectors import queue_rows, requests_visible_to
from fiduciary.disbursements.table import OPEN
from kit.lists import ListColumn, ListShape, Toned, declare, model_version
from kit.names import by_name


def _order_of(query: QueryDict) -> str:
    """The least time to spare first; the latest asked first of what no longer presses."""
    wanted = query.get("status")
    return "-asked" if wanted and wanted not in OPEN else "slack"


REQUESTS = declare(
    ListShape(
        name="requests",
        title=_("Disbursement requests"),
        page="fiduciary:request-list",
        source=requests_visible_to,
        columns=(
            ListColumn("number", _("Request"), lambda row: row.request.reference, is_key=True),
            ListColumn(
                "what",
                _("What it pays for"),
                lambda row: row.request.description,
                tuple(by_name("description")),
            ),
            ListColumn(
                "alliance",
                _("Alliance"),
                lambda row: str(row.request.alliance),
                (F("alliance__code"),),
            ),
            ListColumn(
                "slack",
                _("Working days to spare"),
                lambda row: row.request.slack_days,
                (URGENCY, F("requested_at")),
            ),
            ListColumn(
                "needed", _("Needed by"), lambda row: row.request.need_by_on, (F("need_by_on"),)
            ),
            ListColumn(
                "status",
                _("Status"),
                lambda row: Toned(row.request.get_status_display(), row.request.status_tone),
                (F("status"),),
            ),
            ListColumn(
                "amount",
                _("Amount"),
                lambda row: row.request.amount_cop,
                (F("amount_cop"),),
                is_money=True,
            ),
            ListColumn(
                "step", _("Step"), lambda row: row.request.step.name if row.request.step else None
            ),
            ListColumn("holder", _("Whose turn it is"), lambda row: row.holder),
            ListColumn("held", _("Working days at this step"), lambda row: row.held_days),
            ListColumn("missing", _("What it lacks"), lambda row: row.missing),
            ListColumn(
                "asked",
                _("Asked for on"),
                lambda row: row.request.requested_at,
                (F("requested_at"),),
            ),
        ),
        filters=QueueFilter,
        order="slack",
        order_of=_order_of,
        opens=lambda row: reverse("fiduciary:request-detail", args=[row.request.pk]),
        key=lambda row: row.request.pk,
        pick=lambda row: model_version(row.request),
        rows=lambda rows, acting: queue_rows(rows, acting, localdate()),
    )
)
