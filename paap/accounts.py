"""Sign-in: what is counted against whom."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.internal import ratelimit
from django.http import HttpRequest

#: Wrong passwords only: a training room of thirty may sign in at once behind one address.
WRONG_BY_ACCOUNT = {"login_failed": "5/5m/key"}
WRONG_BY_ADDRESS = {"login_failed": "30/5m/ip"}


class AccountAdapter(DefaultAccountAdapter):
    """Counts wrong passwords, by account and by address; a right one costs nothing."""

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Refuse before the password is looked at: 429 for the address, an error for the account.

        Raises ImmediateHttpResponse, ValidationError.
        """
        if not self._count(request, WRONG_BY_ADDRESS, credentials, dry_run=True):
            raise ImmediateHttpResponse(ratelimit.respond_429(request))
        if not self._count(request, WRONG_BY_ACCOUNT, credentials, dry_run=True):
            raise self.validation_error("too_many_login_attempts")

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """One more wrong password, of this account and from this address."""
        for rates in (WRONG_BY_ADDRESS, WRONG_BY_ACCOUNT):
            self._count(request, rates, credentials)

    def _count(
        self,
        request: HttpRequest,
        rates: dict[str, str],
        credentials: dict[str, Any],
        *,
        dry_run: bool = False,
    ) -> bool:
        """Whether one more is within the rate; it is counted unless ``dry_run``."""
        used = ratelimit.consume(
            request,
            app="allauth.account",
            action="login_failed",
            config=rates,
            key=self._get_login_attempts_cache_key(request, **credentials),
            dry_run=dry_run,
        )
        return used is not None
