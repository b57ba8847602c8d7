"""The link of an invitation, and the message that carries it where mail is set up."""

from datetime import datetime

from django.conf import settings
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from alliances.invitations.models import Invitation
from alliances.mail.models import NoticeKind
from alliances.mail.selectors import refusals_about
from alliances.mail.services import write_notice
from kit.web import absolute


def link_of(token: str) -> str:
    """The whole address of a link, to copy or to send."""
    return absolute(reverse("alliances:invitation-accept", args=[token]))


def subject_of(invitation: Invitation) -> str:
    """What messages about it are ``about``."""
    return f"invitation:{invitation.pk}"


def write_link(invitation: Invitation, token: str, at: datetime) -> bool:
    """Let the link go to who is invited; False where somebody else has to hand it over.

    That is so without mail, without an address, and once the mail server refused the address.
    """
    about = subject_of(invitation)
    if not (settings.SENDS_MAIL and invitation.email) or refusals_about([about]):
        return False
    text = _(
        "You are invited to act as «%(role)s» for %(organisation)s.\n\n%(link)s\n\n"
        "The link serves once, until %(until)s."
    ) % {
        "role": invitation.get_role_display(),
        "organisation": invitation.organisation,
        "link": link_of(token),
        "until": date_format(localtime(invitation.expires_at), "SHORT_DATETIME_FORMAT"),
    }
    write_notice(
        kind=NoticeKind.INVITATION,
        to=invitation.email,
        subject=_("Your access to Alianzas"),
        text=text,
        language=get_language() or settings.LANGUAGE_CODE,
        about=about,
        at=at,
    )
    return True
