"""The roles in which a person acts for an organisation. Pure."""

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
