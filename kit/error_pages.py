"""The one place where the refusal of an act, or of this moment, becomes a page."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.template.loader import render_to_string

from kit.errors import DomainError
from kit.waits import RESTARTING, Later, forget_idle_connections, later

GetResponse = Callable[[HttpRequest], HttpResponse]
#: Never written into a page, not even the sender's own.
SECRET = "password"


class DomainErrorMiddleware:
    """Shows the reason of a refused act instead of a blank 403, wherever it was raised."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """403 for what may not be done, 409 for what somebody did first, 400 for the rest.

        503 for what may be tried again in a moment.
        """
        if not isinstance(exception, DomainError):
            return try_later(request, exception)
        return render(request, "403.html", {"reason": exception.message}, status=exception.status)


def try_later(request: HttpRequest, error: BaseException | None) -> HttpResponse | None:
    """503 for a wait that had an end, with when to try again and what was sent; else None.

    It asks nothing of the database, which may be what is away.
    """
    retry = later(error)
    if retry is None:
        return None
    if retry is RESTARTING:
        forget_idle_connections()
    if for_machines(request):
        answer: HttpResponse = problem(503, str(retry.title), str(retry.reason))
    else:
        answer = HttpResponse(_page(request, retry), status=503)
    answer["Retry-After"] = str(retry.seconds)
    answer["Cache-Control"] = "no-store"
    return answer


def for_machines(request: HttpRequest) -> bool:
    """Whether this address answers programs, which read JSON."""
    return request.path.startswith("/api/") or request.path == "/healthz"


def problem(status: int, title: str, detail: str) -> JsonResponse:
    """An error as RFC 9457 tells it to programs."""
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    return JsonResponse(body, status=status, content_type="application/problem+json")


def _page(request: HttpRequest, retry: Later) -> str:
    """What was typed goes along: pressing the button sends the same form, with the same key."""
    sent: list[tuple[str, str]] = []
    resend = request.method == "POST" and not any(SECRET in name for name in request.POST)
    if resend:
        sent = [
            (name, value)
            for name, values in request.POST.lists()
            if name != "csrfmiddlewaretoken"
            for value in values
        ]
    context: dict[str, Any] = {
        "retry": retry,
        "address": request.get_full_path(),
        "resend": resend,
        "sent": sent,
        "uploads": [
            (name, ", ".join(str(file.name) for file in sent_files), len(sent_files) > 1)
            for name, sent_files in request.FILES.lists()
        ],
        "csrf_token": get_token(request),
    }
    return render_to_string("503.html", context)
