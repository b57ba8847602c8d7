"""Who may see or do here what no duty of the ledger covers; each answer with its reason."""

from datetime import date

from django.utils.translation import gettext as _

from alliances.people.models import Consultant, Credential, Membership, Organisation
from alliances.people.roles import Role
from kit.access import ALLOWED, Verdict, refused

#: Who works with producers by name; everybody else reads counts.
SEES_PRODUCERS = frozenset(
    {Role.EIP, Role.OGR, Role.OGA, Role.CONSULTANT, Role.ORGANISATION, Role.MANAGER}
)
SEES_DOCUMENTS = frozenset({Role.OGR, Role.OGA})
IMPORTERS = frozenset({Role.OGR, Role.EIP})
#: Who brings profiles to a call: an OGR those of its region, an organisation its own.
PRESENTERS = frozenset({Role.OGR, Role.ORGANISATION})
KEEPS_CONSULTANTS = frozenset({Role.OGR, Role.EIP})


def can_see_producers(membership: Membership) -> Verdict:
    """Whether this role reads producers one by one (Ley 1581 of 2012: the minimum)."""
    if membership.role in SEES_PRODUCERS:
        return ALLOWED
    return refused(
        _("Producers are shown by name only to those who work with them; you see their counts.")
    )


def can_see_documents(membership: Membership) -> Verdict:
    """Whether this role may ask for a whole document number, which is recorded."""
    if membership.role in SEES_DOCUMENTS:
        return ALLOWED
    return refused(_("Only the OGR and the OGA of the alliance may see a whole document number."))


def can_import(membership: Membership, on: date) -> Verdict:
    """Whether this membership may bring in files of profiles on a day."""
    if membership.role not in IMPORTERS:
        return refused(_("Only the OGR of a region and the EIP import profiles."))
    if not membership.is_valid_on(on):
        return refused(_("%(member)s: this role is not in force today.") % {"member": membership})
    return ALLOWED


def can_present(membership: Membership) -> Verdict:
    """Whether this role brings profiles to a call; where, the duty ledger says."""
    if membership.role in PRESENTERS:
        return ALLOWED
    return refused(_("Only the OGR of a region and the organisation itself present profiles."))


def can_correct_by_workbook(membership: Membership) -> Verdict:
    """Whether this role sends workbooks of profiles back: their checks name other profiles."""
    if membership.role == Role.OGR:
        return ALLOWED
    return refused(_("Only the OGR of a region corrects profiles with a workbook."))


def own_organisation(membership: Membership) -> Organisation | None:
    """The one organisation whose profiles this member writes; None for who writes of several."""
    return membership.organisation if membership.role == Role.ORGANISATION else None


def can_register_credential(consultant: Consultant, membership: Membership) -> Verdict:
    """The consultant themself, or those who keep the register."""
    if membership.role in KEEPS_CONSULTANTS or consultant.user_id == membership.user_id:
        return ALLOWED
    return refused(_("Only the consultant, the OGR and the EIP write credentials down."))


def can_verify_credential(credential: Credential, membership: Membership) -> Verdict:
    """Those who keep the register, never for themselves."""
    if credential.consultant.user_id == membership.user_id:
        return refused(_("Nobody verifies their own credentials."))
    if membership.role in KEEPS_CONSULTANTS:
        return ALLOWED
    return refused(_("Only the OGR and the EIP verify credentials."))
