"""The rotating fund of an alliance and its three forms."""

from collections.abc import Sequence
from functools import partial

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from alliances.documents.models import DocumentKind, DocumentVersion
from alliances.lifecycle.act_pages import act_page, alliance_or_404
from alliances.lifecycle.selectors import may_do
from alliances.people.access import acting_of
from alliances.people.counts import count_for, counts_for
from alliances.preparation.selectors import can_see_producers
from fiduciary.act_pages import FUND, evidence_page
from fiduciary.fund.forms import (
    CommitmentForm,
    CommitmentSheet,
    RepaymentForm,
    RepaymentSheet,
    RulesForm,
)
from fiduciary.fund.selectors import (
    commitments_visible_to,
    fund_of,
    producers_without_commitment,
)
from fiduciary.fund.services import approve_fund_rules, record_repayment, sign_commitment
from fiduciary.fund.table import APPROVE_FUND_RULES, RECORD_REPAYMENT, SIGN_COMMITMENT
from fiduciary.ledger.models import AccountKind
from fiduciary.ledger.selectors import balance_cop
from fiduciary.meetings import MeetingForm, MeetingLine, MeetingSheet, meeting_page


@require_GET
def alliance_fund(request: HttpRequest, code: str) -> HttpResponse:
    """Rules, commitments, what came back and what is late.

    Who does not work with the producers reads totals, and those of so few that they are people's
    own debts not even as totals.
    """
    acting, alliance = acting_of(request), alliance_or_404(request, code)
    fund, unsigned = fund_of(alliance, localdate()), producers_without_commitment(alliance).count()
    shown = counts_for(acting, [len(fund.rows), unsigned])
    context = {
        "alliance": alliance,
        "tab": "fund",
        "today": localdate(),
        "fund": fund,
        "shows_totals": bool(fund.rows) and count_for(acting, len(fund.rows)) is not None,
        "cash_cop": balance_cop(alliance, AccountKind.FUND_CASH),
        "unsigned": shown[1],
        "may_represent": may_do(alliance, RECORD_REPAYMENT, acting),
        "may_sign": may_do(alliance, SIGN_COMMITMENT, acting),
        "sees": can_see_producers(acting),
    }
    return render(request, "fiduciary/fund/alliance_fund.html", context)


@require_http_methods(["GET", "POST"])
def fund_rules(request: HttpRequest, code: str) -> HttpResponse:
    """Write the rules that the assembly approved."""
    acting, alliance, at = acting_of(request), alliance_or_404(request, code), now()
    form = RulesForm(request.POST or None, request.FILES or None)
    return evidence_page(
        request,
        alliance,
        form,
        lambda documents: approve_fund_rules(
            alliance_id=alliance.pk,
            rules=form.rules,
            act=documents[0],
            acting=acting,
            at=at,
            key=form.cleaned_data["key"],
        ),
        kind=DocumentKind.ASSEMBLY_ACT,
        at=at,
        may=lambda: may_do(alliance, APPROVE_FUND_RULES, acting),
        place=FUND,
        title=_("Rules of the rotating fund"),
        button=_("Approve rules"),
        done=_("The fund has its rules."),
    )


@require_http_methods(["GET", "POST"])
def commitment_new(request: HttpRequest, code: str) -> HttpResponse:
    """Take a producer's signature: amounts, dates and conditions."""
    acting, alliance, at = acting_of(request), alliance_or_404(request, code), now()
    initial = {"signed_on": localdate(), "producer": request.GET.get("producer")}
    form = CommitmentForm(
        request.POST or None, request.FILES or None, alliance=alliance, initial=initial
    )
    return evidence_page(
        request,
        alliance,
        form,
        lambda documents: sign_commitment(
            acting=acting, at=at, document=documents[0] if documents else None, **form.signed
        ),
        kind=DocumentKind.CONTRACT,
        at=at,
        may=lambda: may_do(alliance, SIGN_COMMITMENT, acting),
        place=FUND,
        title=_("Sign a commitment to the rotating fund"),
        button=_("Sign commitment"),
        done=_("The commitment is signed: inputs may be delivered."),
    )


@require_http_methods(["GET", "POST"])
def repayment_new(request: HttpRequest, pk: int) -> HttpResponse:
    """Post what a producer gave back."""
    acting = acting_of(request)
    commitment = get_object_or_404(commitments_visible_to(acting), pk=pk)
    alliance = commitment.producer.alliance
    form = RepaymentForm(request.POST or None, initial={"paid_on": localdate()})
    return act_page(
        request,
        alliance,
        form,
        lambda: record_repayment(commitment_id=pk, acting=acting, at=now(), **form.cleaned_data),
        may=lambda: may_do(alliance, RECORD_REPAYMENT, acting),
        place=FUND,
        title=_("Repayment of %(name)s") % {"name": commitment.producer},
        button=_("Record repayment"),
        done=_("The repayment is in the fund."),
    )


SIGN_SHEET = MeetingSheet(
    SIGN_COMMITMENT,
    DocumentKind.CONTRACT,
    title=gettext_lazy("Sign commitments of many"),
    intro=gettext_lazy(
        "What the assembly agreed is written once; take the tick from who does not sign today."
    ),
    button=gettext_lazy("Sign the commitments"),
    place=FUND,
)
REPAYMENT_SHEET = MeetingSheet(
    RECORD_REPAYMENT,
    DocumentKind.ASSEMBLY_ACT,
    title=gettext_lazy("Repayments of a meeting"),
    intro=gettext_lazy("Tick who gave back and correct the amount; what is due is proposed."),
    button=gettext_lazy("Record the repayments"),
    place=FUND,
)


@require_http_methods(["GET", "POST"])
def commitment_sheet(request: HttpRequest, code: str) -> HttpResponse:
    """Take the signatures of many producers on one proposed schedule."""
    acting, alliance, at = acting_of(request), alliance_or_404(request, code), now()

    def sign(form: MeetingForm, line: MeetingLine, documents: Sequence[DocumentVersion]) -> None:
        assert isinstance(form, CommitmentSheet)
        sign_commitment(
            producer_id=line.pk,
            schedule=form.schedule_of(line.value),
            conditions=form.cleaned_data["conditions"],
            signed_on=form.cleaned_data["signed_on"],
            document=documents[0] if documents else None,
            acting=acting,
            at=at,
            key=line.key,
        )

    make_form = partial(CommitmentSheet, alliance=alliance, today=localdate(at))
    return meeting_page(request, SIGN_SHEET, alliance=alliance, make_form=make_form, do=sign, at=at)


@require_http_methods(["GET", "POST"])
def repayment_sheet(request: HttpRequest, code: str) -> HttpResponse:
    """Post what several producers gave back at one meeting."""
    acting, alliance, at = acting_of(request), alliance_or_404(request, code), now()

    def record(form: MeetingForm, line: MeetingLine, _documents: Sequence[DocumentVersion]) -> None:
        record_repayment(
            commitment_id=line.pk,
            amount_cop=line.value,
            paid_on=form.cleaned_data["paid_on"],
            acting=acting,
            at=at,
            key=line.key,
        )

    make_form = partial(RepaymentSheet, alliance=alliance, today=localdate(at))
    return meeting_page(
        request, REPAYMENT_SHEET, alliance=alliance, make_form=make_form, do=record, at=at
    )
