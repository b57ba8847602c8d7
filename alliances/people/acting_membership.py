"""Who the person is acting as: put on every request, read when first used."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject
from django.utils.timezone import localdate

from alliances.people.models import Membership, User
from alliances.people.selectors import memberships_of

SESSION_KEY = "acting_membership"
#: What changes nothing, so that what was read of an alliance holds to the end of the page.
SAFE = ("GET", "HEAD")
GetResponse = Callable[[HttpRequest], HttpResponse]


def _own_memberships(request: HttpRequest) -> list[Membership]:
    """Those this person could act with today; none before signing in."""
    if not isinstance(request.user, User):
        return []
    own = memberships_of(request.user, localdate())
    token = getattr(request, "token", None)  # a program's, of one membership (alliances.tokens)
    return list(own.filter(pk=token.membership_id) if token else own)


def acting_membership(request: HttpRequest) -> Membership | None:
    """The valid membership chosen in this session, or the person's first one."""
    own = request.memberships  # type: ignore[attr-defined]
    chosen = request.session.get(SESSION_KEY) if own else None
    acting = next((row for row in own if row.pk == chosen), own[0] if own else None)
    if acting and request.method in SAFE:
        acting.dossiers = {}
    return acting


class ActingMiddleware:
    """Puts ``acting`` and ``memberships`` on every request, read once and when first used."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.memberships = SimpleLazyObject(lambda: _own_memberships(request))  # type: ignore[attr-defined]
        request.acting = SimpleLazyObject(lambda: acting_membership(request))  # type: ignore[attr-defined]
        return self.get_response(request)
