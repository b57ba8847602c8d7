"""Who signs in with a second factor, and that no address is open to them without it.

Context: a password that leaks would direct, approve or pay in somebody's name.
Decision: it is asked of the person and not of the act: whoever holds, in any membership in force,
a role that directs, gives the no objection, approves or pays shows a second factor in every
session; until then only the pages that lead to one are open. The session remembers that it was
shown, so that a page costs no query more.
"""

from collections.abc import Callable
from typing import Any

from allauth.account.internal.flows.login import get_authentication_records, record_authentication
from allauth.mfa.base import views as base
from allauth.mfa.internal.flows.trust import trust_browser
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from allauth.mfa.totp.internal.auth import yield_hotp_counters_from_time as counters
from allauth.mfa.utils import decrypt, is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.core.cache import cache as used_codes
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, resolve_url
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect

from alliances.lifecycle.duties import GUARDED_ROLES
from alliances.people.models import User
from kit.web import is_fragment
from paap.problems import CONTENT_TYPE, problem

#: What leads to a second factor, or out.
OPEN_PREFIXES = ("account_", "mfa_")
OPEN = frozenset(("set_language", "healthz"))


def needs_factor(request: HttpRequest) -> bool:
    """Whether this person holds a guarded role today."""
    held = {row.role for row in request.memberships}  # type: ignore[attr-defined]
    return bool(settings.SECOND_FACTOR and held & GUARDED_ROLES)


def has_shown(request: HttpRequest) -> bool:
    """Whether a second factor, or a device remembered after one, stands for this session."""
    records = get_authentication_records(request, request.user)
    return any(record["method"] == "mfa" for record in records)


class SecondFactorMiddleware:
    """Sends whoever still owes a second factor to the page that asks for it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponseBase], *_unused: Any
    ) -> HttpResponseBase | None:
        """None for whoever may go on; else the way to the factor, or a refusal for machines."""
        match = request.resolver_match
        name = match.view_name if match else ""
        if name in OPEN or name.startswith(OPEN_PREFIXES) or not isinstance(request.user, User):
            return None
        request.has_shown_factor = has_shown(request)  # type: ignore[attr-defined]
        if has_shown(request) or not needs_factor(request):
            return None
        if hasattr(view, "cls"):  # the API
            detail = _("This account needs a second factor: sign in with it first.")
            return JsonResponse(problem(403, detail), status=403, content_type=CONTENT_TYPE)
        if not is_mfa_enabled(request.user):
            messages.warning(request, _("Your role needs a second factor: add one to go on."))
            place = "mfa_index"
        else:
            place = "mfa_reauthenticate"
        target = f"{resolve_url(place)}?{urlencode({'next': request.get_full_path()})}"
        return HttpResponseClientRedirect(target) if is_fragment(request) else redirect(target)


@receiver(authenticator_added)
def remember_the_first(request: HttpRequest, user: User, authenticator: Any, **_: Any) -> None:
    """Who has just added a factor has just shown it."""
    if authenticator.type != Authenticator.Type.RECOVERY_CODES:
        record_authentication(request, user, "mfa", id=authenticator.pk, type=authenticator.type)


class AuthenticateView(base.AuthenticateView):
    """allauth's page of the code, which also asks whether to remember the device."""

    def form_valid(self, form: Any) -> HttpResponse:
        """Sign in, without the page of its own on which allauth asks about the device."""
        form.save()
        self.stage.state["authentication_required"] = False
        answer: HttpResponse = self.stage.exit()
        if self.request.POST.get("remember"):
            trust_browser(self.request, self.stage.login.user, answer)
        return answer

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        """With the code that a telephone would show, in the demonstration alone."""
        code = code_of(self.stage.login.user) if settings.DEMO else ""
        days = settings.MFA_TRUST_COOKIE_AGE.days
        return super().get_context_data(**context) | {"demo_code": code, "days": days}


def code_of(user: User) -> str:
    """A code of the present half minute, or a neighbouring one, that was not used yet."""
    factor = Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).first()
    if factor is None:
        return ""
    secret = decrypt(factor.data["secret"])
    codes = [format_hotp_value(hotp_value(secret, counter)) for counter in counters()]
    key_of = TOTP(factor)._get_used_cache_key
    return next((code for code in codes if not used_codes.get(key_of(code))), codes[-1])
