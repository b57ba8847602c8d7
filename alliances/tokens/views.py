"""The page of one's own access tokens."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from alliances.people.access import acting_of
from alliances.tokens.forms import TokenForm
from alliances.tokens.selectors import tokens_of
from alliances.tokens.services import make_token, revoke_token
from kit.forms import KeyedForm, attempt
from kit.web import form_page


@never_cache
@require_http_methods(["GET", "POST"])
def token_list(request: HttpRequest) -> HttpResponse:
    """One's own tokens and a form for one more, whose text this answer shows and no other."""
    acting = acting_of(request)
    form, made = TokenForm(request.POST or None, acting=acting), None
    if request.method == "POST":
        had_factor = bool(getattr(request, "has_shown_factor", False))
        made = attempt(
            form,
            lambda: make_token(**form.cleaned_data, had_factor=had_factor, acting=acting, at=now()),
        )
        form = TokenForm(acting=acting) if made else form
    today = localdate()
    rows = [(row, row.serves_on(today)) for row in tokens_of(acting.user)]
    return form_page(
        request, "alliances/tokens/token_list.html", form, tokens=rows, made=made, acting=acting
    )


@require_POST
def token_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """End one of them."""
    acting = acting_of(request)
    token = get_object_or_404(tokens_of(acting.user), pk=pk)
    form = KeyedForm(request.POST)
    if attempt(
        form,
        lambda: revoke_token(token_id=token.pk, acting=acting, at=now(), **form.cleaned_data),
    ):
        messages.success(request, _("The token no longer opens anything."))
    return redirect("alliances:token-list")
