"""What is answered where no view answers: a page to people, the same as JSON to machines."""

import sys
from collections.abc import Callable
from http import HTTPStatus
from urllib.parse import unquote

from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views import defaults
from rest_framework.exceptions import APIException, NotFound, ParseError

from kit.error_pages import for_machines, problem, try_later


def refuse_nul(get_response: Callable[[HttpRequest], HttpResponse]) -> object:
    """Middleware: 400 for an address with a NUL, which PostgreSQL cannot even look for."""

    def answer(request: HttpRequest) -> HttpResponse:
        if "\0" in unquote(request.get_full_path()):
            raise BadRequest("NUL in the address")
        return get_response(request)

    return answer


def refuse_large(get_response: Callable[[HttpRequest], HttpResponse]) -> object:
    """Middleware: 413 for a body larger than allowed, before a byte of it is read or stored.

    Files, which go to disk, come from people who signed in; everything else is read in memory and
    is small. A body whose length is not said (411) is not read at all; of one that is longer than
    it says, the server reads what it says.
    """

    def answer(request: HttpRequest) -> HttpResponse:
        if "HTTP_TRANSFER_ENCODING" in request.META:
            return refused(request, 411, _("Send it again and say how long it is."))
        length = int(request.META.get("CONTENT_LENGTH") or 0)
        if length > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            has_files = request.content_type == "multipart/form-data"
            largest = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
            if has_files and request.user.is_authenticated:
                largest = settings.BODY_MAX_BYTES
            if length > largest:
                return refused(
                    request,
                    413,
                    _("The most that is taken is %(most)d MB.") % {"most": largest >> 20},
                )
        return get_response(request)

    return answer


def keep_no_copy(get_response: Callable[[HttpRequest], HttpResponse]) -> object:
    """Middleware: what is answered stays in no browser and no proxy, unless its view says so.

    Almost every page shows somebody's name, and a shared computer keeps what it may.
    """

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.setdefault("Cache-Control", "private, no-store")
        return response

    return answer


def refused(request: HttpRequest, status: int, reason: str) -> HttpResponse:
    """A body that was not read, told without the frame: drawing that asks for who this is."""
    title = _("What you sent was not taken")
    if for_machines(request):
        return problem(status, title, reason)
    page = render_to_string("413.html", {"title": title, "reason": reason})
    return HttpResponse(page, status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400: what was sent cannot be read."""
    return _for_machines(request, ParseError) or defaults.bad_request(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404: no such address."""
    return _for_machines(request, NotFound) or defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """500: the fault is ours. 503 when it was only not the moment, outside of every view."""
    if answer := try_later(request, sys.exception()):
        return answer
    return _for_machines(request, APIException) or defaults.server_error(request)


def _for_machines(request: HttpRequest, error: type[APIException]) -> HttpResponse | None:
    if not for_machines(request):
        return None
    title = HTTPStatus(error.status_code).phrase
    return problem(error.status_code, title, str(error.default_detail))
