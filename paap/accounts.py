"""Sign-in: what is counted against whom, what a visit is, and how second factors are kept.

A visit is a sign-in: a session ends with the browser, or after twelve hours. Home tells what
changed since the one before, so signing in writes into its session when that was: no page has to
write, while it is read, that somebody read it.
"""

from datetime import datetime
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import record_authentication
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.internal import ratelimit
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.internal.flows.trust import is_trusted_browser
from django.http import HttpRequest, HttpResponse

from kit.sealing import seal, unseal

#: Wrong passwords only: a training room of thirty may sign in at once behind one address.
WRONG_BY_ACCOUNT = {"login_failed": "5/5m/key"}
WRONG_BY_ADDRESS = {"login_failed": "30/5m/ip"}
#: Of the session: when this person had signed in before.
EARLIER_SIGN_IN = "earlier_sign_in"
#: What the secrets of second factors are sealed for.
FACTORS = "paap.accounts.factors"


def earlier_sign_in(request: HttpRequest) -> datetime | None:
    """When the person had signed in before this session; None when they never had."""
    written = request.session.get(EARLIER_SIGN_IN)
    return datetime.fromisoformat(written) if written else None


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

    def login(self, request: HttpRequest, user: Any) -> None:
        """Sign in, and write into the session when this person had done so before."""
        earlier: datetime | None = user.last_login
        super().login(request, user)
        if earlier:
            request.session[EARLIER_SIGN_IN] = earlier.isoformat()

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """One more wrong password, of this account and from this address."""
        for rates in (WRONG_BY_ADDRESS, WRONG_BY_ACCOUNT):
            self._count(request, rates, credentials)

    def post_login(self, request: HttpRequest, user: Any, **about: Any) -> HttpResponse:
        """Write into the session that a remembered device stood for the second factor."""
        if is_trusted_browser(request, user):
            record_authentication(request, user, "mfa", type="trusted")
        answer: HttpResponse = super().post_login(request, user, **about)
        return answer

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


class FactorAdapter(DefaultMFAAdapter):
    """Keeps the secrets of second factors sealed: a copy of the database opens no account."""

    def encrypt(self, text: str) -> str:
        """The text under the present ``SECRET_KEY``."""
        return seal(text, purpose=FACTORS)

    def decrypt(self, encrypted_text: str) -> str:
        """The text again, also when a key of ``SECRET_KEY_FALLBACKS`` sealed it."""
        return unseal(encrypted_text, purpose=FACTORS)
