"""Sign-in: what is counted against whom, what a visit is, and how second factors are kept.

A visit is a sign-in: a session ends with the browser, or after twelve hours. Home tells what
changed since the one before, so signing in writes into its session when that was: no page has to
write, while it is read, that somebody read it.
"""

import hashlib
from contextlib import suppress
from datetime import datetime
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import record_authentication
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.internal import ratelimit
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.internal.flows.trust import is_trusted_browser
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse

from kit.sealing import seal, unseal

#: Wrong passwords after which an account, or an address, waits until these seconds are over.
#: Right ones count nothing: a training room of fifty may sign in at once behind one address.
WRONG_OF_ACCOUNT, WRONG_OF_ADDRESS, WRONG_SECONDS = 5, 30, 300
#: Of the session: when this person had signed in before.
EARLIER_SIGN_IN = "earlier_sign_in"
#: What the secrets of second factors are sealed for.
FACTORS = "paap.accounts.factors"


def earlier_sign_in(request: HttpRequest) -> datetime | None:
    """When the person had signed in before this session; None when they never had."""
    written = request.session.get(EARLIER_SIGN_IN)
    return datetime.fromisoformat(written) if written else None


class AccountAdapter(DefaultAccountAdapter):
    """Counts wrong passwords, by account and by address, and makes nobody wait for anybody.

    The limits of the library look at a history under a lock that all of an address share: of
    fifty right passwords at once it refused half.
    """

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Refuse before the password is looked at: 429 for the address, an error for the account.

        Raises ImmediateHttpResponse, ValidationError.
        """
        address, account = self._counters(request, credentials)
        wrong = cache.get_many((address, account))
        if wrong.get(address, 0) >= WRONG_OF_ADDRESS:
            raise ImmediateHttpResponse(ratelimit.respond_429(request))
        if wrong.get(account, 0) >= WRONG_OF_ACCOUNT:
            raise self.validation_error("too_many_login_attempts")

    def login(self, request: HttpRequest, user: Any) -> None:
        """Sign in, and write into the session when this person had done so before."""
        earlier: datetime | None = user.last_login
        super().login(request, user)
        if earlier:
            request.session[EARLIER_SIGN_IN] = earlier.isoformat()

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """One more wrong password, of this account and from this address."""
        for counter in self._counters(request, credentials):
            if not cache.add(counter, 1, WRONG_SECONDS):
                with suppress(ValueError):  # its seconds ended just now
                    cache.incr(counter)

    def forget_wrong_passwords(self, request: HttpRequest, user: Any) -> None:
        """Count an account's from none again: its person showed otherwise who they are."""
        _address, account = self._counters(request, {"username": user.get_username()})
        cache.delete(account)

    def post_login(self, request: HttpRequest, user: Any, **about: Any) -> HttpResponse:
        """Write into the session that a remembered device stood for the second factor."""
        if is_trusted_browser(request, user):
            record_authentication(request, user, "mfa", type="trusted")
        answer: HttpResponse = super().post_login(request, user, **about)
        return answer

    def _counters(self, request: HttpRequest, credentials: dict[str, Any]) -> tuple[str, str]:
        """Where wrong passwords are counted: those of the address, those of the account."""
        account = self._get_login_attempts_cache_key(request, **credentials)
        digest = hashlib.sha256(account.encode()).hexdigest()
        return f"wrong-passwords:{ratelimit.get_ip(request)}", f"wrong-passwords:{digest}"


class FactorAdapter(DefaultMFAAdapter):
    """Keeps the secrets of second factors sealed: a copy of the database opens no account."""

    def encrypt(self, text: str) -> str:
        """The text under the present ``SECRET_KEY``."""
        return seal(text, purpose=FACTORS)

    def decrypt(self, encrypted_text: str) -> str:
        """The text again, also when a key of ``SECRET_KEY_FALLBACKS`` sealed it."""
        return unseal(encrypted_text, purpose=FACTORS)
