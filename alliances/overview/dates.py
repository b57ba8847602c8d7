"""What the process has ahead on an alliance: the target of the step on which it stands."""

from collections.abc import Iterator
from datetime import date

from django.utils.translation import gettext as _

from alliances.lifecycle.ahead import DateAhead, tells_dates
from alliances.lifecycle.models import Alliance
from alliances.overview.track import target_of
from kit.tones import Tone


@tells_dates
def target(alliance: Alliance, today: date) -> Iterator[DateAhead]:
    """The day by which it should have left its status."""
    if day := target_of(alliance):
        label = _("Target of «%(status)s»") % {"status": alliance.get_status_display()}
        yield DateAhead(day, label, Tone.LATE if day < today else Tone.PLAIN)
