"""What an officer looks at before approving: papers, payee, plan and money, in words.

Crop time stands above them on the page: the slack, its consequence and the drawing of the window.
"""

from dataclasses import dataclass
from decimal import Decimal

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from alliances.lifecycle.table import Status
from alliances.people.models import Membership
from fiduciary.disbursements.models import DisbursementRequest
from fiduciary.disbursements.protocol import Why, reasons_to_clear
from fiduciary.disbursements.selectors import cash_for, lines_of, payee_document_for
from fiduciary.disbursements.table import Verb
from kit.cells import Unreadable
from kit.figures import cop, number
from kit.identifiers import nit
from kit.tones import Tone


@dataclass(frozen=True)
class Point:
    """One thing to judge: what it is, how it stands, and the fact behind it."""

    name: str
    tone: Tone
    fact: str


def points_of(request: DisbursementRequest, membership: Membership, documents: int) -> list[Point]:
    """Everything to judge of an open request with so many documents, as this member may read it.

    It needs ``in_full``.
    """
    points = [_papers(documents), _payee(request, membership), _plan(request), _money(request)]
    if request.needs_clearance:
        points.append(_clearance(request))
    if request.alliance.status != Status.EXECUTING:
        points.append(Point(_("Alliance"), Tone.ATTENTION, request.alliance.get_status_display()))
    return points


def _papers(count: int) -> Point:
    if not count:
        return Point(_("Papers"), Tone.ATTENTION, _("No supporting document"))
    fact = ngettext("%(count)s document", "%(count)s documents", count) % {"count": number(count)}
    return Point(_("Papers"), Tone.GOOD, fact)


def _payee(request: DisbursementRequest, membership: Membership) -> Point:
    shown = payee_document_for(request, membership)
    try:
        nit(request.payee_document)
        number, tone = shown, Tone.GOOD
    except Unreadable:
        number, tone = _("%(number)s: not a NIT") % {"number": shown}, Tone.NONE
    return Point(_("Payee"), tone, f"{request.payee_name} · {number}")


def _plan(request: DisbursementRequest) -> Point:
    if request.is_off_plan:
        why = request.departure or _("it was returned for not being in the plan")
        return Point(_("Plan"), Tone.ATTENTION, _("Departs from the plan: %(why)s") % {"why": why})
    line = lines_of(request.alliance).get(pk=request.budget_line_id)
    words = {
        "left": cop(line.planned_cop - line.asked_cop),  # type: ignore[attr-defined]
        "day": date_format(line.planned_on, "DATE_FORMAT"),
    }
    fact = _("Within its line, which has %(left)s left; planned for %(day)s") % words
    return Point(_("Plan"), Tone.GOOD, fact)


def _money(request: DisbursementRequest) -> Point:
    cash = cash_for(request)
    tone = Tone.GOOD if cash.free_cop >= request.amount_cop else Tone.ATTENTION
    words = {"free": cop(cash.free_cop), "held": cop(cash.held_cop)}
    fact = _("%(held)s in the trust")
    if cash.approved_cop:
        fact = _("%(free)s free, of the %(held)s in the trust: the rest is approved for others")
    return Point(_("Money"), tone, fact % words)


def _clearance(request: DisbursementRequest) -> Point:
    name, why = _("No objection"), ", ".join(clearance_reasons(request))
    if request.cleared_by and request.cleared_at:
        day = date_format(localtime(request.cleared_at), "DATE_FORMAT")
        words = {"person": request.cleared_by.display_name, "day": day, "why": why}
        return Point(name, Tone.GOOD, _("Given by %(person)s on %(day)s (%(why)s)") % words)
    return Point(name, Tone.ATTENTION, _("Still needed: %(why)s") % {"why": why})


def clearance_reasons(request: DisbursementRequest) -> list[str]:
    """Why the request needs the EIP's no objection, each reason in a few words."""
    sentences: list[str] = []
    for step in request.protocol.steps.filter(verb=Verb.CLEAR):
        words = {
            Why.ALWAYS: _("its protocol always asks for it"),
            Why.AMOUNT: _("from %(amount)s on")
            % {"amount": cop(step.min_amount_cop or Decimal(0))},
            Why.OFF_PLAN: _("it departs from the plan"),
            Why.DRAWN: _("drawn for review: %(share)d %% of all") % {"share": step.drawn_pct or 0},
        }
        sentences += [words[why] for why in reasons_to_clear(step, request.case)]
    return sentences
