"""What every address of the API shares: how a body is read and how an error is told."""

import json
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from rest_framework import status
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import JSONParser
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import exception_handler as default_handler

from kit.error_pages import try_later
from kit.errors import DomainError
from paap.problems import CONTENT_TYPE, problem_in, problem_of


class TooLarge(APIException):
    """A body larger than is accepted."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = _("What was sent is larger than is accepted.")


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
    if later := try_later(context["request"], error):
        return later
    if isinstance(error, DomainError):
        return Response(problem_of(error), status=error.status, content_type=CONTENT_TYPE)
    answer = default_handler(TooLarge() if isinstance(error, RequestDataTooBig) else error, context)
    if answer is not None:
        answer.data = problem_in(answer.status_code, answer.data)
        answer.content_type = CONTENT_TYPE
    return answer


class MayReadSchema(BasePermission):
    """Who has signed in; everybody when the operator opened the schema (``API_DOCS_PUBLIC``)."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return settings.API_DOCS_PUBLIC or request.user.is_authenticated
