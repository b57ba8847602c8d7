"""Writing: what is to leave by mail, and sending it."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from smtplib import SMTPDataError, SMTPRecipientsRefused

from allauth.account.forms import ResetPasswordForm
from django.db import transaction
from django.utils import translation
from django.utils.timezone import localtime

from alliances.lifecycle.acting import act_on
from alliances.mail.models import ResetRequest
from alliances.mail.table import RESET_PASSWORD
from alliances.people.models import User
from alliances.people.selectors import memberships_of

logger = logging.getLogger(__name__)

#: Who asked for a password so long ago does not wait for it any more.
RESET_WAITS = timedelta(days=1)
#: What a server says of one message, and not of itself.
REFUSED = (SMTPRecipientsRefused, SMTPDataError)


# -- A new password --------------------------------------------------------------------------------
def request_reset(*, email: str, language: str, at: datetime) -> ResetRequest:
    """Let a link for a new password go to this e-mail, if it is of an account."""
    return ResetRequest.objects.create(email=email, language=language, requested_at=at)


def deliver_resets(*, clock: Callable[[], datetime]) -> None:
    """Answer every request, each once; those that a silent server keeps waiting stay.

    Raises OSError when the mail server does not answer.
    """
    for pk in ResetRequest.objects.order_by("pk").values_list("pk", flat=True):
        with transaction.atomic():
            row = ResetRequest.objects.select_for_update(skip_locked=True).filter(pk=pk).first()
            if row is None:
                continue
            if clock() - row.requested_at <= RESET_WAITS:
                _send_reset_link(row)
            row.delete()


def _send_reset_link(row: ResetRequest) -> None:
    form = ResetPasswordForm({"email": row.email})  # allauth's: it finds the accounts of an e-mail
    try:
        with translation.override(row.language):
            if form.is_valid():
                form.save(None)
    except REFUSED:
        logger.warning("the mail server refuses the link of a new password", exc_info=True)


def note_reset(*, person: User, at: datetime) -> None:
    """Write into the chain that somebody opened this account with a link of the mail.

    Without a membership in force there is nothing that the account could do, and no act to note.
    """
    acting = memberships_of(person, localtime(at).date()).first()
    if acting:
        with act_on(None, RESET_PASSWORD, acting=acting, at=at) as act:
            act.data["person"] = person.pk
