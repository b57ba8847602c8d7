"""One place where an error of the domain becomes an answer of the API."""

from typing import Any

from rest_framework.response import Response
from rest_framework.views import exception_handler as default_handler

from paap.errors import Conflict, DomainError, InvalidFile, NotAllowed


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """403 for what may not be done, 409 for what somebody did first, 400 for the rest."""
    if not isinstance(error, DomainError):
        return default_handler(error, context)
    status = {NotAllowed: 403, Conflict: 409}.get(type(error), 400)
    body: dict[str, Any] = {"detail": error.message}
    if isinstance(error, InvalidFile):
        body["errors"] = [vars(row) for row in error.errors]
    return Response(body, status=status)
