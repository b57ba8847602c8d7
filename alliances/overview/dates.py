"""What the process has ahead: the target of the step on which an alliance stands, and its call."""

from collections.abc import Iterator, Sequence
from datetime import date

from django.utils.translation import gettext as _

from alliances.lifecycle.ahead import DateAhead, tells_dates
from alliances.lifecycle.models import Alliance
from alliances.lifecycle.table import Status
from alliances.overview.track import target_of
from kit.tones import Tone


@tells_dates
def target(alliances: Sequence[Alliance], today: date) -> Iterator[tuple[int, DateAhead]]:
    """The day by which it should have left its status."""
    for alliance in alliances:
        if day := target_of(alliance):
            label = _("Target of «%(status)s»") % {"status": alliance.get_status_display()}
            tone = Tone.LATE if day < today else Tone.PLAIN
            yield alliance.pk, DateAhead(day, label, tone, is_target=True)


@tells_dates
def call_closes(alliances: Sequence[Alliance], today: date) -> Iterator[tuple[int, DateAhead]]:
    """The last day of the call of a profile that was not presented yet."""
    for alliance in alliances:
        if alliance.status == Status.DRAFT and alliance.call.closes_on >= today:
            label = _("«%(call)s» closes") % {"call": alliance.call}
            yield alliance.pk, DateAhead(alliance.call.closes_on, label)
