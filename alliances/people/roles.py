"""The roles in which a person acts for an organisation, and which a body of each kind has. Pure."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Role(TextChoices):
    EIP = "eip", _("EIP")
    OGR = "ogr", _("OGR staff")
    CONSULTANT = "consultant", _("External consultant")
    SCORER = "scorer", _("Independent scorer")
    CIR = "cir", _("Committee member")
    OGA = "oga", _("OGA field team")
    TRUSTEE = "trustee", _("Fiduciary officer")
    ALLY = "ally", _("Commercial ally")
    MANAGER = "manager", _("Apprentice manager")
    ORGANISATION = "organisation", _("Producer organisation")
    EVALUATOR = "evaluator", _("Evaluator")
    POLICY = "policy", _("Policy (MADR)")
    # They keep the register of bodies and people, and hold no duty on any alliance.
    ADMIN = "admin", _("Administrator")
    COORDINATOR = "coordinator", _("Coordinator of a body")


#: The roles that keep the register: of every body, or of one's own.
KEEPERS = frozenset({Role.ADMIN, Role.COORDINATOR})
#: The roles of the people of each kind of body, by its code. A territorial government has nobody
#: of its own here: whoever it sends to a committee is a member of the committee.
ROLES_OF: dict[str, tuple[Role, ...]] = {
    "eip": (Role.EIP, Role.COORDINATOR, Role.ADMIN),
    "ogr": (Role.OGR, Role.CONSULTANT, Role.COORDINATOR),
    "oga": (Role.OGA, Role.COORDINATOR),
    "cir": (Role.CIR, Role.COORDINATOR),
    "cin": (Role.POLICY, Role.COORDINATOR),
    "scorer": (Role.SCORER, Role.COORDINATOR),
    "trustee": (Role.TRUSTEE, Role.COORDINATOR),
    "ally": (Role.ALLY, Role.COORDINATOR),
    "producer": (Role.ORGANISATION, Role.MANAGER, Role.COORDINATOR),
    "government": (),
    "madr": (Role.POLICY, Role.COORDINATOR, Role.ADMIN),
    "agency": (Role.POLICY, Role.COORDINATOR, Role.ADMIN),
    "evaluator": (Role.EVALUATOR, Role.COORDINATOR),
}
