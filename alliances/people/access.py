"""Who is asking: the membership behind a request, or a refusal a person can understand."""

from django.http import HttpRequest
from django.utils.translation import gettext as _

from alliances.people.models import Membership
from kit.errors import NotAllowed


def acting_of(request: HttpRequest) -> Membership:
    """The membership the person acts with.

    Raises NotAllowed when the account belongs to no organisation today.
    """
    acting: Membership | None = request.acting  # type: ignore[attr-defined]
    if not acting:
        raise NotAllowed(
            _("Your account does not belong to any organisation today. Ask the EIP to add you.")
        )
    return acting
