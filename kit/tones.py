"""How something stands, at a glance. What a page colours, shapes and names alike.

Which state has which tone is told once, in the table of the thing itself (``table``, ``rules``
or ``phrases`` of its room): home, lists and pages read it there. By meaning:

- ``LATE``: past its day or failed.
- ``ATTENTION``: somebody must look at it soon.
- ``GOOD``: done, or in time.
- ``NONE``: nothing is known of it, or nothing is expected any more. Never shown as good.
- ``INFO``: news that asks for nothing.
- ``PLAIN``: on its way, neither good nor bad.
"""

from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy


class Tone(StrEnum):
    """A value is the name of an icon and, after ``tone-``, of a CSS class."""

    GOOD = "good"
    ATTENTION = "attention"
    LATE = "late"
    NONE = "none"
    INFO = "info"
    PLAIN = "plain"


class Emphasis(StrEnum):
    """How much the button of an act stands out."""

    NORMAL = ""
    PRIMARY = "primary"  # it leads on
    DANGER = "danger"  # it cannot be mended


#: For those who do not see colour and shape.
WORDS: dict[Tone, Promise | str] = {
    Tone.GOOD: pgettext_lazy("tone", "Good"),
    Tone.ATTENTION: pgettext_lazy("tone", "Attention"),
    Tone.LATE: pgettext_lazy("tone", "Late"),
    Tone.NONE: pgettext_lazy("tone", "No data"),
    Tone.INFO: pgettext_lazy("tone", "Information"),
    Tone.PLAIN: "",
}
