"""Who the person is acting as, and one place where an error becomes a page."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import SimpleLazyObject
from django.utils.timezone import localdate

from alliances.people.models import Membership, User
from alliances.people.selectors import memberships_of
from kit.errors import DomainError

SESSION_KEY = "acting_membership"
GetResponse = Callable[[HttpRequest], HttpResponse]


def _own_memberships(request: HttpRequest) -> list[Membership]:
    """Those this person could act with today; none before signing in."""
    if not isinstance(request.user, User):
        return []
    return list(memberships_of(request.user, localdate()))


def acting_membership(request: HttpRequest) -> Membership | None:
    """The valid membership chosen in this session, or the person's first one."""
    mine = request.memberships  # type: ignore[attr-defined]
    chosen = request.session.get(SESSION_KEY) if mine else None
    return next((row for row in mine if row.pk == chosen), mine[0] if mine else None)


class ActingMiddleware:
    """Puts ``acting`` and ``memberships`` on every request, read once and when first used."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.memberships = SimpleLazyObject(lambda: _own_memberships(request))  # type: ignore[attr-defined]
        request.acting = SimpleLazyObject(lambda: acting_membership(request))  # type: ignore[attr-defined]
        return self.get_response(request)


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
