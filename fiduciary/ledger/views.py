"""The form that undoes a receipt."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from alliances.lifecycle.act_pages import act_page
from alliances.lifecycle.selectors import alliances_visible_to, may_do, with_names
from alliances.people.access import acting_of
from fiduciary.act_pages import MONEY
from fiduciary.ledger.forms import ReversalForm
from fiduciary.ledger.selectors import RECEIPTS, duty_of, may_be_second, movements_visible_to
from fiduciary.ledger.services import reverse_receipt
from fiduciary.ledger.table import REVERSE_RECEIPT
from kit.figures import cop


@require_http_methods(["GET", "POST"])
def receipt_reverse(request: HttpRequest, pk: int) -> HttpResponse:
    """Undo a receipt or a repayment that somebody else wrote down wrongly."""
    acting = acting_of(request)
    movement = get_object_or_404(movements_visible_to(acting), pk=pk, kind__in=RECEIPTS)
    alliance = with_names(alliances_visible_to(acting)).get(accounts=movement.held.account_id)
    form = ReversalForm(request.POST or None)
    return act_page(
        request,
        alliance,
        form,
        lambda: reverse_receipt(transaction_id=pk, acting=acting, at=now(), **form.cleaned_data),
        may=lambda: (
            may_be_second(movement, acting)
            and may_do(alliance, REVERSE_RECEIPT, acting, duty_of(movement))
        ),
        place=MONEY,
        title=_("Reverse «%(movement)s»") % {"movement": movement},
        intro=_(
            "%(amount)s leave the account again, in a movement of their own with your reason. Both "
            "stay to read."
        )
        % {"amount": cop(movement.held.amount_cop)},
        button=_("Reverse"),
        done=_("The movement is reversed; write it again as it was."),
    )
