"""A day by which something is expected: working days left, tone and sentence. Pure.

One rule for every page: late once the day is over, to be looked at in the last three working days.
"""

from dataclasses import dataclass
from datetime import date

from django.utils.translation import ngettext

from alliances.territory.workdays import add_working_days, working_days_between
from kit.figures import number
from kit.tones import Tone

#: With so many working days left, or fewer, it wants attention.
ATTENTION_DAYS = 3


@dataclass(frozen=True)
class Deadline:
    """``on`` is the last day in time, seen from ``today``."""

    on: date
    today: date

    @property
    def days_left(self) -> int:
        """Working days from today (not counted) to the day; negative when it is past."""
        return working_days_between(self.today, self.on)

    @property
    def is_past(self) -> bool:
        """Also on the Sunday after a Saturday, when no working day has gone by."""
        return self.on < self.today

    @property
    def tone(self) -> Tone:
        if self.is_past:
            return Tone.LATE
        return Tone.ATTENTION if self.days_left <= ATTENTION_DAYS else Tone.GOOD

    @property
    def tone_of_lack(self) -> Tone:
        """The tone of what is missing until that day: never good, however far it is."""
        return Tone.LATE if self.is_past else Tone.ATTENTION

    @property
    def sentence(self) -> str:
        """ "3 working days left", "1 working day late"."""
        days = abs(self.days_left)
        text = (
            ngettext("%(days)s working day late", "%(days)s working days late", days)
            if self.is_past
            else ngettext("%(days)s working day left", "%(days)s working days left", days)
        )
        return text % {"days": number(days)}


def due(since: date, working_days: int, today: date) -> Deadline:
    """The deadline of what takes so many working days from the day it began."""
    return Deadline(on=add_working_days(since, working_days), today=today)
