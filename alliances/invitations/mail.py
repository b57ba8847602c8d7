"""The link of an invitation, and the message that carries it where mail is set up."""

from django.conf import settings
from django.core.mail import send_mail
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from alliances.invitations.services import Issued
from kit.web import absolute


def link_of(token: str) -> str:
    """The whole address of a link, to copy or to send."""
    return absolute(reverse("alliances:invitation-accept", args=[token]))


def send_link(issued: Issued) -> bool:
    """Send the link to who is invited; False where no mail is set up or nobody to write to.

    A mail server that does not answer loses no invitation: the link is shown to who invites.
    """
    invitation = issued.invitation
    if not (settings.SENDS_MAIL and issued.token and invitation.email):
        return False
    words = _(
        "You are invited to act as «%(role)s» for %(organisation)s.\n\n%(link)s\n\n"
        "The link serves once, until %(until)s."
    ) % {
        "role": invitation.get_role_display(),
        "organisation": invitation.organisation,
        "link": link_of(issued.token),
        "until": date_format(localtime(invitation.expires_at), "SHORT_DATETIME_FORMAT"),
    }
    try:
        send_mail(_("Your access to Alianzas"), words, None, [invitation.email])
    except OSError:
        return False
    return True
