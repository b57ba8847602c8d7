"""Requirements that the alliance's own history and appointments can answer."""

from django.utils.translation import gettext as _

from alliances.lifecycle.duties import Duty
from alliances.lifecycle.models import Alliance
from alliances.lifecycle.registry import requirement
from kit.access import ALLOWED, Verdict, refused


@requirement("oga_appointed")
def oga_appointed(alliance: Alliance) -> Verdict:
    """An accompanying organisation holds the alliance."""
    appointments = alliance.appointments.filter(duty=Duty.ACCOMPANY, until__isnull=True)
    return (
        ALLOWED
        if appointments.exists()
        else refused(_("No accompanying organisation is appointed."))
    )
