"""Forms about promises of money and the trust, and the money bar of the alliance's page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from alliances.documents.models import DocumentKind
from alliances.lifecycle.act_pages import act_page, alliance_or_404
from alliances.lifecycle.selectors import may_do
from alliances.lifecycle.table import BY_VERB
from alliances.people.access import acting_of
from fiduciary.act_pages import MONEY, evidence_page
from fiduciary.trust.forms import (
    CertificateForm,
    ContributionForm,
    ReceiptForm,
    TrustForm,
    WithdrawalForm,
)
from fiduciary.trust.models import Contribution
from fiduciary.trust.selectors import contribution_rows, contributions_visible_to, money_bar
from fiduciary.trust.services import (
    certify_contribution,
    commit_contribution,
    constitute_trust,
    receive_contribution,
    withdraw_contribution,
)
from fiduciary.trust.table import (
    CERTIFY_CONTRIBUTION,
    COMMIT_CONTRIBUTION,
    RECEIVE_CONTRIBUTION,
    WITHDRAW_CONTRIBUTION,
    duty_to_receive,
)


def _contribution_or_404(request: HttpRequest, pk: int) -> Contribution:
    return get_object_or_404(contributions_visible_to(acting_of(request)), pk=pk)


@require_GET
def alliance_money_bar(request: HttpRequest, code: str) -> HttpResponse:
    """Committed, due, received and paid: the fragment that the alliance's page loads."""
    alliance, today = alliance_or_404(request, code), localdate()
    rows = contribution_rows(alliance, today)
    context = {
        "alliance": alliance,
        "bar": money_bar(alliance, today, [row.contribution for row in rows]),
        "rows": [row.as_bar_row() for row in rows],
    }
    return render(request, "fiduciary/trust/_money_bar.html", context)


@require_http_methods(["GET", "POST"])
def contribution_new(request: HttpRequest, code: str) -> HttpResponse:
    """Write down what a co-financier promises."""
    acting, alliance = acting_of(request), alliance_or_404(request, code)
    parties = {pk for pk in (alliance.organisation_id, alliance.ally_id) if pk}
    form = ContributionForm(request.POST or None, parties=parties)
    return act_page(
        request,
        alliance,
        form,
        lambda: commit_contribution(
            alliance_id=alliance.pk, acting=acting, at=now(), **form.cleaned_data
        ),
        may=lambda: may_do(alliance, COMMIT_CONTRIBUTION, acting),
        place=MONEY,
        title=_("Commit a contribution"),
        button=_("Commit contribution"),
        done=_("The contribution is committed."),
    )


@require_http_methods(["GET", "POST"])
def contribution_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back a promise that has no certificate, with its reason."""
    acting, contribution = acting_of(request), _contribution_or_404(request, pk)
    alliance = contribution.alliance
    form = WithdrawalForm(request.POST or None)
    return act_page(
        request,
        alliance,
        form,
        lambda: withdraw_contribution(
            contribution_id=pk, acting=acting, at=now(), **form.cleaned_data
        ),
        may=lambda: may_do(alliance, WITHDRAW_CONTRIBUTION, acting),
        place=MONEY,
        title=_("Withdraw the contribution of %(name)s") % {"name": contribution.organisation},
        intro=_(
            "It no longer counts towards the plan and stays in the list, with your reason in the "
            "history. Once it is certified it cannot be withdrawn."
        ),
        button=_("Withdraw contribution"),
        done=_("The contribution is withdrawn."),
    )


@require_http_methods(["GET", "POST"])
def contribution_certify(request: HttpRequest, pk: int) -> HttpResponse:
    """Accept the document that backs a promise."""
    acting, contribution = acting_of(request), _contribution_or_404(request, pk)
    alliance, at = contribution.alliance, now()
    form = CertificateForm(request.POST or None, request.FILES or None)
    return evidence_page(
        request,
        alliance,
        form,
        lambda documents: certify_contribution(
            contribution_id=pk,
            certificate=documents[0],
            acting=acting,
            at=at,
            key=form.cleaned_data["key"],
        ),
        kind=DocumentKind.OTHER,
        at=at,
        may=lambda: may_do(alliance, CERTIFY_CONTRIBUTION, acting),
        place=MONEY,
        title=_("Certify the contribution of %(name)s") % {"name": contribution.organisation},
        button=_("Certify"),
        done=_("The contribution is certified."),
    )


@require_http_methods(["GET", "POST"])
def contribution_receive(request: HttpRequest, pk: int) -> HttpResponse:
    """Post what arrived of a promise."""
    acting, contribution = acting_of(request), _contribution_or_404(request, pk)
    alliance = contribution.alliance
    initial = {"amount_cop": contribution.missing_cop, "received_on": localdate()}
    form = ReceiptForm(request.POST or None, initial=initial)
    return act_page(
        request,
        alliance,
        form,
        lambda: receive_contribution(
            contribution_id=pk, acting=acting, at=now(), **form.cleaned_data
        ),
        may=lambda: may_do(
            alliance, RECEIVE_CONTRIBUTION, acting, duty_to_receive(contribution.kind)
        ),
        place=MONEY,
        title=_("Receive the contribution of %(name)s") % {"name": contribution.organisation},
        button=_("Receive"),
        done=_("The contribution is received."),
    )


@require_http_methods(["GET", "POST"])
def trust(request: HttpRequest, code: str) -> HttpResponse:
    """Constitute the trust."""
    acting, alliance, at = acting_of(request), alliance_or_404(request, code), now()
    shown = {"constituted_on": localdate(), "seen": alliance.version}
    form = TrustForm(request.POST or None, request.FILES or None, initial=shown)
    return evidence_page(
        request,
        alliance,
        form,
        lambda documents: constitute_trust(
            alliance_id=alliance.pk, acting=acting, at=at, documents=documents, **form.terms
        ),
        kind=DocumentKind.CONTRACT,
        filed_as=_("Trust contract"),
        at=at,
        may=lambda: may_do(alliance, BY_VERB["constitute_trust"], acting),
        place=MONEY,
        title=_("Constitute the trust"),
        button=_("Constitute trust"),
        done=_("The trust is constituted."),
    )
