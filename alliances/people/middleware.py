"""Who the person is acting as, and one place where an error becomes a page."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import SimpleLazyObject
from django.utils.timezone import localdate

from alliances.people.models import Membership
from paap.errors import Conflict, DomainError, NotAllowed

SESSION_KEY = "acting_membership"
GetResponse = Callable[[HttpRequest], HttpResponse]


def acting_membership(request: HttpRequest) -> Membership | None:
    """The valid membership chosen in this session, or the person's first one."""
    if not request.user.is_authenticated:
        return None
    memberships = (
        Membership.objects.valid_on(localdate())
        .filter(user=request.user.pk)
        .with_names()
        .prefetch_related("organisation__departments")
        .order_by("pk")
    )
    chosen = request.session.get(SESSION_KEY)
    rows = list(memberships)
    return next((row for row in rows if row.pk == chosen), rows[0] if rows else None)


class ActingMiddleware:
    """Puts ``request.acting`` on every request, read from the database when first used."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
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
        status = {NotAllowed: 403, Conflict: 409}.get(type(exception), 400)
        return render(request, "403.html", {"reason": exception.message}, status=status)
