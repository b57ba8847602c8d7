"""The key that a form, a phone or a bank sends with an act, so that sending it twice acts once."""

from uuid import UUID

from django.utils.translation import gettext as _

from alliances.lifecycle.models import Alliance, Event
from kit.errors import Conflict


def is_repeated(alliance: Alliance | None, verb: str, key: UUID | None, **about: object) -> bool:
    """True when this very act was already written; ``about`` is what its event must say.

    Needs the alliance locked, or for acts of no alliance (None) the row they concern. Raises
    Conflict for a key that belongs to another act.
    """
    event = Event.objects.filter(client_key=key).first() if key else None
    if event is None:
        return False
    said = {name: event.data.get(name) for name in about}
    where = alliance.pk if alliance else None
    if (event.alliance_id, event.verb, said) != (where, verb, about):
        raise Conflict(_("This key already belongs to another act."))
    return True
