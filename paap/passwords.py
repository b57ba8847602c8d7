"""A new password for who forgot theirs, by a link that goes to their e-mail.

Context: a page that answers an e-mail with an account otherwise, or later, than one without tells
who works here. Decision: the page writes down the e-mail whatever it is, and a worker looks up
whose it is when the message leaves (``alliances.mail``). The rest is allauth's: its forms, rates
and one-time token. A link opens no session: its person signs in with the new password, and with
their second factor.
"""

from typing import Any

from allauth.account import views as account
from allauth.account.adapter import get_adapter
from allauth.account.forms import ResetPasswordForm
from allauth.account.signals import password_reset
from allauth.usersessions.internal.flows.sessions import end_other_sessions
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.timezone import now
from django.utils.translation import get_language
from django.views.decorators.http import require_GET

from alliances.mail.access import where_mail_is_sent
from alliances.mail.services import note_reset, request_reset
from alliances.mail.tasks import nudge
from alliances.people.models import User


class ForgottenForm(ResetPasswordForm):
    """allauth's, which looks nobody up while somebody waits for the page."""

    def clean_email(self) -> str:
        """The e-mail alone."""
        return str(self.cleaned_data["email"]).lower()

    def save(self, request: HttpRequest, **_options: Any) -> str:
        """Leave the rest to a worker."""
        email: str = self.cleaned_data["email"]
        language = get_language() or settings.LANGUAGE_CODE
        request_reset(email=email, language=language, at=now())
        nudge()
        return email


ask = where_mail_is_sent(account.password_reset)
ask_done = where_mail_is_sent(account.password_reset_done)
choose = where_mail_is_sent(transaction.atomic(account.password_reset_from_key))


@login_not_required
@require_GET
def chosen(request: HttpRequest) -> HttpResponse:
    """On to the sign-in, which says that the password is changed."""
    return redirect("account_login")


@receiver(password_reset)
def close_what_was_open(request: HttpRequest, user: User, **_: Any) -> None:
    """In the transaction of the new password: no other browser stays signed in, and one event.

    Who guessed the old one too often signs in with the new one at once.
    """
    get_adapter(request).forget_wrong_passwords(request, user)
    end_other_sessions(request, user)
    note_reset(person=user, at=now())
