"""The queue of requests: what each has to spare, and its rows, drawn here as a page holds 200."""

from collections.abc import Sequence

from django import template
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from alliances.territory.models import Operation
from fiduciary.disbursements.models import DisbursementRequest
from fiduciary.disbursements.selectors import QueueRow
from fiduciary.timing.clock import SlackState
from kit.figures import cop, date_short, number
from kit.lists import Listing
from paap.templatetags.alianzas import chip, slack_light

register = template.Library()

_ROW = (
    '<li data-row><div class="queue-pick">{}</div><div class="queue-slack">{}</div>'
    '<div class="queue-what"><a data-open id="{}" href="{}" hx-get="{}" hx-target="#drawer-body">{}'
    "</a><small>{} · {}</small>{}</div>"
    '<p class="queue-crop">{} <small>{}</small></p><p class="queue-amount">{}</p>'
    '<p class="queue-step">{} <small>{}</small></p></li>'
)


@register.simple_tag
def slack_of(request: DisbursementRequest, *, big: bool = False) -> SafeString:
    """The working days that a request has to spare, with their tone and its day of need."""
    tone, needed = request.slack_tone, request.need_by_on
    if request.slack_state == SlackState.NO_LIMIT:
        return slack_light(tone, word=_("no deadline"), big=big)
    if request.slack_state != SlackState.MISSED:
        return slack_light(tone, request.slack_days, need_by_on=needed, big=big)
    following = request.next_need_by_on
    detail = _("next: %(day)s") % {"day": date_short(following)} if following else ""
    return slack_light(tone, word=_("window missed"), need_by_on=needed, detail=detail, big=big)


@register.simple_tag
def queue_rows(listing: Listing, rows: Sequence[QueueRow], *, can_pick: bool) -> SafeString:
    """A row for each request; on a telephone each is a card."""
    return format_html_join("", "{}", ((_row(listing, row, can_pick=can_pick),) for row in rows))


def _row(listing: Listing, row: QueueRow, *, can_pick: bool) -> SafeString:
    request = row.request
    address = f"{reverse('fiduciary:request-detail', args=[request.pk])}?{listing.came_from}"
    lacks = ((capfirst(lack),) for lack in row.missing)
    return format_html(
        _ROW,
        _pick(request) if can_pick else "",
        slack_of(request)
        if request.is_open
        else chip(request.status_tone, request.get_status_display()),
        listing.anchor(row),
        address,
        address,
        request.description,
        request.reference,
        request.alliance.name,
        format_html_join("", '<small class="lacks">{}</small>', lacks),
        request.crop if request.operation else _("For no season"),
        _where(request),
        cop(request.amount_cop),
        *_step(row),
    )


def _pick(request: DisbursementRequest) -> SafeString:
    return format_html(
        '<input type="checkbox" name="row" data-key="x" value="{}:{}" aria-label="{}">',
        request.pk,
        request.version,
        _("Choose %(reference)s") % {"reference": request.reference},
    )


def _where(request: DisbursementRequest) -> str:
    department = str(request.alliance.municipality.department)
    # Django's own ``get_operation_display`` makes a table of all operations anew for each row.
    operation = str(Operation(request.operation).label).lower() if request.operation else ""
    return " · ".join(filter(None, (operation, department)))


def _step(row: QueueRow) -> tuple[str, str]:
    """At which step it stands, and with whom for how long; nothing once it left all of them."""
    if row.request.step is None:
        return "", ""
    days = ngettext("%(days)s working day", "%(days)s working days", row.held_days) % {
        "days": number(row.held_days)
    }
    return row.request.step.name, f"{row.holder} · {days}"
