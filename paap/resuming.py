"""What was typed when the session had ended is given back after signing in.

Context: sessions end while somebody writes a profile; the sign-in page would replace the form.
Decision: the sign-in page itself carries what was sent, so that nobody who has not signed in
stores anything here; once signed in it waits in the session and is offered as a form that sends
the very same fields, key included, to the very same address. Files must be chosen again.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from allauth.account import views as account
from allauth.account.forms import LoginForm
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import SafeString
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from kit.web import is_fragment

TYPED = "typed"
#: Characters of what is given back: a long profile has a tenth of it.
LONGEST = 400_000
_OF_THE_FORM = {"csrfmiddlewaretoken"}
#: What a form says to the server and nobody typed.
_UNSEEN = {"key", "seen"}


@dataclass(frozen=True)
class Typed:
    """A form as it was sent: where to, its fields in order, and the names of its files."""

    path: str
    fields: tuple[tuple[str, str], ...]
    uploads: tuple[str, ...] = ()

    @classmethod
    def of(cls, request: HttpRequest) -> "Typed":
        """What this request sent."""
        fields = (
            (name, str(value))
            for name, values in request.POST.lists()
            if name not in _OF_THE_FORM
            for value in values
        )
        uploads = (str(file.name) for _name, sent in request.FILES.lists() for file in sent)
        return cls(request.get_full_path(), tuple(fields), tuple(uploads))

    @classmethod
    def read(cls, text: str) -> "Typed | None":
        """The same from its text; None when it is no such thing, or of another site."""
        try:
            path, fields, uploads = json.loads(text)
            typed = cls(
                str(path),
                tuple((str(name), str(value)) for name, value in fields),
                tuple(str(name) for name in uploads),
            )
        except (ValueError, TypeError):
            return None
        return typed if url_has_allowed_host_and_scheme(typed.path, None) else None

    @property
    def text(self) -> str:
        """What ``read`` reads."""
        return json.dumps([self.path, self.fields, self.uploads], ensure_ascii=False)

    @property
    def words(self) -> list[str]:
        """What a person recognises of it."""
        return [value for name, value in self.fields if value.strip() and name not in _UNSEEN]

    @property
    def may_be_kept(self) -> bool:
        """Something was typed, no password among it, and not too long."""
        has_password = any("password" in name for name, _value in self.fields)
        return bool(self.words) and not has_password and len(self.text) <= LONGEST


class SignInMiddleware(LoginRequiredMiddleware):
    """Django's own, which for a form that was sent also keeps what it said."""

    def process_view(
        self,
        request: HttpRequest,
        view_func: Callable[..., HttpResponseBase],
        view_args: tuple[Any, ...],
        view_kwargs: dict[str, Any],
    ) -> HttpResponseBase | None:
        """None for who signed in; else the way in, with what was typed if something was (401)."""
        answer = super().process_view(request, view_func, view_args, view_kwargs)
        if answer is None or request.method != "POST":
            return answer
        if is_fragment(request):
            # The page stays with what was typed, and its script says so: a way in swapped into a
            # corner of it would be neither page nor form.
            return HttpResponse(status=401)
        typed = Typed.of(request)
        return _sign_in_with(request, typed) if typed.may_be_kept else answer


@never_cache
def _sign_in_with(request: HttpRequest, typed: Typed) -> HttpResponse:
    fields = _hidden("next", reverse("account_resume")) + _hidden(TYPED, typed.text)
    context = {"form": LoginForm(), "redirect_field": fields, "is_resuming": True}
    return render(request, "account/login.html", context, status=401)


def _hidden(name: str, value: str) -> SafeString:
    return format_html('<input type="hidden" name="{}" value="{}">', name, value)


@login_not_required
def sign_in(request: HttpRequest) -> HttpResponse:
    """allauth's, which hands what was typed on: to the session, or to its page again."""
    answer: HttpResponse = account.login(request)
    typed = Typed.read(request.POST.get(TYPED, ""))
    if typed is None:
        return answer
    if request.user.is_authenticated:
        request.session[TYPED] = typed.text
    elif isinstance(answer, TemplateResponse):
        context: dict[str, Any] = answer.context_data or {}
        fields = context.get("redirect_field") or ""
        context |= {"redirect_field": fields + _hidden(TYPED, typed.text), "is_resuming": True}
        answer.context_data = context
    return answer


@never_cache
@require_GET
def resume(request: HttpRequest) -> HttpResponse:
    """What was typed before signing in, ready to be sent."""
    typed = Typed.read(request.session.get(TYPED, ""))
    if typed is None:
        return redirect("home")
    return render(request, "account/resume.html", {"typed": typed})
