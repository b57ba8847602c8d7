"""The one place where the refusal of an act becomes a page."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from kit.errors import DomainError

GetResponse = Callable[[HttpRequest], HttpResponse]


class DomainErrorMiddleware:
    """Shows the reason of a refused act instead of a blank 403, wherever it was raised."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """403 for what may not be done, 409 for what somebody did first, 400 for the rest."""
        if not isinstance(exception, DomainError):
            return None
        return render(request, "403.html", {"reason": exception.message}, status=exception.status)
