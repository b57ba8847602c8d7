"""Who keeps the register, of a request."""

from django.http import HttpRequest

from alliances.people.access import acting_of
from alliances.people.models import Membership
from alliances.register.selectors import can_see_register
from kit.access import require


def keeper_of(request: HttpRequest) -> Membership:
    """The membership that keeps the register. Raises NotAllowed for everybody else."""
    acting = acting_of(request)
    require(can_see_register(acting))
    return acting
