"""Whom a token speaks for: the first way in that the API tries."""

from typing import Any

from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from alliances.lifecycle.duties import GUARDED_ROLES
from alliances.people.acting_membership import SAFE
from alliances.people.models import User
from alliances.people.selectors import memberships_of
from alliances.tokens.models import AccessToken
from alliances.tokens.services import digest_of, note_use
from alliances.tokens.table import TokenScope

KEYWORD = "bearer"


class TokenAuthentication(BaseAuthentication):
    """``Authorization: Bearer alianzas_…``; the request then acts for the token's membership."""

    def authenticate(self, request: Request) -> tuple[User, AccessToken] | None:
        """None without a token. Raises AuthenticationFailed (403) with the reason."""
        keyword, _space, text = request.headers.get("authorization", "").partition(" ")
        if keyword.lower() != KEYWORD:
            return None
        today = localdate()
        tokens = AccessToken.objects.select_related("membership__user")
        token = tokens.filter(digest=digest_of(text.strip())).first()
        if token is None or not token.serves_on(today) or not token.membership.user.is_active:
            raise AuthenticationFailed(_("This token is not known, has expired or was revoked."))
        if refusal := _refusal(token, request.method or "", today):
            raise AuthenticationFailed(refusal)
        note_use(token, today)
        request._request.token = token  # type: ignore[attr-defined]
        return token.membership.user, token


def _refusal(token: AccessToken, method: str, today: Any) -> str:
    """Why it does not serve for this request, empty when it does."""
    roles = {row.role for row in memberships_of(token.membership.user, today)}
    is_guarded = bool(roles & GUARDED_ROLES)
    if is_guarded and not token.had_factor:
        return _("This token was made without a second factor, which its person now needs.")
    if method not in (*SAFE, "OPTIONS") and (is_guarded or token.scope != TokenScope.WRITE):
        return _("This token only reads.")
    return ""


class TokenScheme(OpenApiAuthenticationExtension):
    """How the schema names it."""

    target_class = "alliances.tokens.authentication.TokenAuthentication"
    name = "accessToken"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """Bearer, as every client knows it."""
        return {"type": "http", "scheme": "bearer"}
