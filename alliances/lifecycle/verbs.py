"""Every act by its name: the table's verbs, and those that rooms and apps above register.

An act that nobody named cannot be recorded, so every event of the chain can be told in words.
"""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from alliances.lifecycle.table import TRANSITIONS

_labels: dict[str, Promise] = {row.verb: row.label for row in TRANSITIONS}


def name_verbs(labels: Mapping[str, Promise]) -> None:
    """Register acts that change no status; a name already taken by another label is refused."""
    for verb, label in labels.items():
        if _labels.setdefault(verb, label) is not label:
            raise ValueError(f"The act {verb!r} already has a name.")


def label_of(verb: str) -> Promise:
    """The act in the person's language. Raises KeyError for an act nobody named."""
    return _labels[verb]


name_verbs(
    {
        "appoint": _("Appoint"),
        "end_appointment": _("End appointment"),
        "declare_interest": _("Declare an interest"),
    }
)
