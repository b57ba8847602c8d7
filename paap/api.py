"""What every address of the API shares: how a body is read and how an error is told."""

import json
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import exception_handler as default_handler

from kit.error_pages import try_later
from kit.errors import DomainError, InvalidFile


class StorableJSONParser(JSONParser):
    """JSON that can also be stored and sent back: nested within reason, no halves of characters."""

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        """The parsed body. Raises ParseError."""
        try:
            data = super().parse(stream, media_type, parser_context)
            json.dumps(data, ensure_ascii=False).encode()
        except (RecursionError, UnicodeEncodeError) as error:
            raise ParseError from error
        return data


def exception_handler(error: Exception, context: dict[str, Any]) -> HttpResponse | None:
    """403 for what may not be done, 409 for what somebody did first, 400 for the rest.

    503 for what may be tried again in a moment.
    """
    if answer := try_later(context["request"], error):
        return answer
    if not isinstance(error, DomainError):
        return default_handler(error, context)
    body: dict[str, Any] = {"detail": error.message}
    if isinstance(error, InvalidFile):
        body["errors"] = [vars(row) for row in error.errors]
    return Response(body, status=error.status)


class MayReadSchema(BasePermission):
    """Who has signed in; everybody when the operator opened the schema (``API_DOCS_PUBLIC``)."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return settings.API_DOCS_PUBLIC or request.user.is_authenticated
