"""Reasons for an act: a code that fits it, and a sentence that says something."""

import re
from collections.abc import Mapping

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from kit.errors import DomainError

#: What a sentence has at the least: so many different words, and so many letters in all.
LEAST_WORDS, LEAST_LETTERS = 3, 10


class ReasonCode(TextChoices):
    """Why something was sent back, ended or departed from; figures are counted by it."""

    INCOMPLETE = "incomplete", gettext_lazy("Something is missing")
    INCONSISTENT = "inconsistent", gettext_lazy("Figures or facts do not match")
    OUT_OF_LIMITS = "out_of_limits", gettext_lazy("Outside the limits of the call")
    NOT_FEASIBLE = "not_feasible", gettext_lazy("Technically or financially not feasible")
    MARKET = "market", gettext_lazy("Buyer, price or market")
    WEATHER = "weather", gettext_lazy("Weather, pest or disaster")
    SECURITY = "security", gettext_lazy("Public order or safety")
    ORGANISATION = "organisation", gettext_lazy("The organisation or its producers")
    BREACH = "breach", gettext_lazy("An obligation was not kept")
    RESOLVED = "resolved", gettext_lazy("What stopped it is solved")
    MISTAKE = "mistake", gettext_lazy("It was written by mistake")
    LOCAL_PRACTICE = "local_practice", gettext_lazy("Here the crop follows another calendar")
    NEW_EVIDENCE = "new_evidence", gettext_lazy("Evidence that the score does not hold")
    TERRITORY = "territory", gettext_lazy("Balance among territories or crops")
    REPLACED = "replaced", gettext_lazy("Somebody else takes it over")
    OTHER = "other", pgettext_lazy("reason", "Other")


def is_sentence(text: str) -> bool:
    """Whether the words can tell a later reader something: «.» and «xx xx xx» cannot."""
    words = {word.casefold() for word in re.findall(r"[^\W\d_]{2,}", text)}
    return len(words) >= LEAST_WORDS and sum(map(len, words)) >= LEAST_LETTERS


def check_sentence(text: str, field: str = "reason") -> None:
    """Raise DomainError, of that ``field``, unless the words tell a later reader something."""
    if not is_sentence(text):
        raise DomainError(
            _("Say the reason in a sentence: «%(text)s» does not tell a later reader why.")
            % {"text": text.strip()},
            field=field,
        )


def check_reason(codes: tuple[ReasonCode, ...], code: str, text: str) -> None:
    """Raise DomainError unless ``code`` is one of ``codes`` and the words say something."""
    check_code({one.value: one.label for one in codes}, code)
    check_sentence(text)


def check_code(labels: Mapping[str, Promise | str], code: str) -> None:
    """Raise DomainError, with what could be chosen, unless ``labels`` has the code."""
    if code not in labels:
        raise DomainError(
            _("Choose the reason from the list: %(labels)s.")
            % {"labels": ", ".join(map(str, labels.values()))},
            field="reason_code",
        )
