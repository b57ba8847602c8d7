"""Who may do the acts that need no duty, as each room answers: the API promises no more."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from django.utils.translation import gettext as _

from alliances.documents.selectors import documents_visible_to
from alliances.documents.services import can_open_original, can_upload
from alliances.documents.table import READ_DOCUMENT, READ_ORIGINAL, UPLOAD_DOCUMENT
from alliances.lifecycle.models import Alliance
from alliances.lifecycle.registry import acts_on_alliances
from alliances.lifecycle.selectors import Action, acts_for
from alliances.lifecycle.table import DECLARE_INTEREST, Act
from alliances.people.models import Membership
from alliances.preparation.selectors.access import can_see_documents
from alliances.preparation.table import REVEAL_DOCUMENT
from alliances.referrals.selectors import can_refer, can_tell_answer
from alliances.referrals.table import RECORD_REFERRAL_ANSWER, REFER
from kit.access import ALLOWED, Verdict, refused


def _can_read_some_document(alliance: Alliance, membership: Membership) -> Verdict:
    if documents_visible_to(membership).filter(alliance=alliance).exists():
        return ALLOWED
    return refused(_("This alliance has no document that you may read."))


#: By the act; whoever asks sees the alliance.
RIGHTS: Mapping[Act, Callable[[Alliance, Membership], Verdict]] = {
    DECLARE_INTEREST: lambda _alliance, _membership: ALLOWED,
    UPLOAD_DOCUMENT: can_upload,
    READ_DOCUMENT: _can_read_some_document,
    READ_ORIGINAL: lambda _alliance, membership: can_open_original(membership),
    REVEAL_DOCUMENT: lambda _alliance, membership: can_see_documents(membership),
    REFER: can_refer,
    RECORD_REFERRAL_ANSWER: can_tell_answer,
}


def every_action(alliance: Alliance, membership: Membership) -> list[Action[Act]]:
    """Every act of every room that the status lets happen, allowed or not, and why not."""
    return [
        replace(action, verdict=RIGHTS[action.act](alliance, membership))
        if action.act in RIGHTS
        else action
        for action in acts_for(alliance, membership, acts_on_alliances())
    ]
