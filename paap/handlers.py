"""What is answered where no view answers: a page to people, the same as JSON to machines."""

from collections.abc import Callable
from urllib.parse import unquote

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views import defaults
from rest_framework.exceptions import APIException, NotFound, ParseError


def refuse_nul(get_response: Callable[[HttpRequest], HttpResponse]) -> object:
    """Middleware: 400 for an address with a NUL, which PostgreSQL cannot even look for."""

    def answer(request: HttpRequest) -> HttpResponse:
        if "\0" in unquote(request.get_full_path()):
            raise BadRequest("NUL in the address")
        return get_response(request)

    return answer


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400: what was sent cannot be read."""
    return _for_machines(request, ParseError) or defaults.bad_request(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404: no such address."""
    return _for_machines(request, NotFound) or defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """500: the fault is ours."""
    return _for_machines(request, APIException) or defaults.server_error(request)


def _for_machines(request: HttpRequest, error: type[APIException]) -> HttpResponse | None:
    if not request.path.startswith("/api/"):
        return None
    return JsonResponse({"detail": str(error.default_detail)}, status=error.status_code)
