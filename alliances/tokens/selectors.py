"""Reads of access tokens."""

from django.db.models import QuerySet

from alliances.people.models import User
from alliances.tokens.models import AccessToken


def tokens_of(user: User) -> QuerySet[AccessToken]:
    """Those a person made, the newest first, whichever membership they act for."""
    rows = AccessToken.objects.filter(membership__user=user)
    return rows.select_related("membership__organisation")
