"""Writes the attempts that a request refused, after all of it was rolled back."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from alliances.lifecycle.refusals import noting
from alliances.lifecycle.services import record_refusal


class RefusalLogMiddleware:
    """Around everything that answers people, so that no transaction is open any more."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with noting() as attempts:
            response = self.get_response(request)
        for attempt in {row.key: row for row in attempts}.values():
            record_refusal(attempt)
        return response
