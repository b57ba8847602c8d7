"""Writes of access tokens: make, revoke, and the day of their last use."""

from datetime import date, datetime, timedelta
from hashlib import sha256
from secrets import token_urlsafe
from uuid import UUID

from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from alliances.lifecycle.acting import act_on
from alliances.lifecycle.duties import GUARDED_ROLES
from alliances.people.models import Membership
from alliances.tokens.models import AccessToken
from alliances.tokens.table import MAKE_TOKEN, PREFIX, REVOKE_TOKEN, TokenScope
from kit.access import ALLOWED, Verdict, refused, require
from kit.errors import Conflict, NotAllowed


def can_write_with(membership: Membership) -> Verdict:
    """A token acts only for roles that need no second factor, which a program cannot show."""
    if membership.role in GUARDED_ROLES:
        return refused(
            _("Your role directs, decides, approves or pays: a token of yours only reads.")
        )
    return ALLOWED


def make_token(
    *,
    name: str,
    scope: str,
    days: int,
    had_factor: bool,
    acting: Membership,
    at: datetime,
    key: UUID,
) -> AccessToken:
    """A new token with its ``text``, which nobody can read again.

    Raises NotAllowed; Conflict when the same form made it already; ValidationError.
    """
    content = {"name": name, "scope": scope, "days": days, "had_factor": had_factor}
    with act_on(None, MAKE_TOKEN, acting=acting, at=at, key=key, content=content) as act:
        if act.earlier:
            raise Conflict(
                _("This form already made its token, which is shown only once: make another.")
            )
        if scope == TokenScope.WRITE:
            require(can_write_with(acting))
        token = AccessToken(
            membership=acting,
            name=name,
            scope=scope,
            made_at=at,
            expires_on=localdate(at) + timedelta(days=days),
            had_factor=had_factor,
        )
        token.text = PREFIX + token_urlsafe(32)
        token.digest = digest_of(token.text)
        token.full_clean()
        token.save(force_insert=True)
        act.data |= {"token": token.pk, "name": name, "scope": scope, "days": days}
        return token


def revoke_token(*, token_id: int, acting: Membership, at: datetime, key: UUID) -> AccessToken:
    """End a token at once. Raises NotAllowed for somebody else's, Conflict when it is revoked."""
    content = {"token": token_id}
    with act_on(None, REVOKE_TOKEN, acting=acting, at=at, key=key, content=content) as act:
        token = AccessToken.objects.select_for_update(of=("self",)).get(pk=token_id)
        if act.earlier:
            return token
        if token.membership.user_id != acting.user_id:
            raise NotAllowed(_("Only who made a token revokes it."))
        if token.revoked_at:
            raise Conflict(_("This token is already revoked."))
        token.revoked_at = at
        token.save(update_fields=["revoked_at"])
        act.data |= {"token": token.pk, "name": token.name}
        return token


def note_use(token: AccessToken, day: date) -> None:
    """Keep the day of the last use: one write a day, however many requests there are."""
    if token.used_on != day:
        AccessToken.objects.filter(pk=token.pk).update(used_on=day)


def digest_of(text: str) -> str:
    """What is stored of a token: 256 random bits need no slow hash."""
    return sha256(text.encode()).hexdigest()
