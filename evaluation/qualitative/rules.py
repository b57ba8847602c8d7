"""What an exercise and an excerpt must hold. Pure."""

import re
from datetime import date

from django.utils.translation import gettext as _

#: Six digits or more in a row, with dots, spaces or dashes between: a document or a telephone.
_NUMBER = re.compile(r"(?:\d[\s.\-]?){6,}")
#: Pesos and years are written with their sign, which tells them from a document.
_PESOS = re.compile(r"\$\s?[\d.,\s]*\d|\d[\d.,]*\s?(?:pesos|COP|millones)", re.IGNORECASE)
_MAIL = re.compile(r"\S+@\S+\.\S+")


def personal_data(text: str) -> str:
    """What looks like a document, a telephone or an e-mail address; empty when nothing does."""
    bare = _PESOS.sub(" ", text)
    matches = _MAIL.search(bare) or _NUMBER.search(bare)
    return matches.group().strip() if matches else ""


def exercise_problems(*, held_on: date, today: date, women: int, men: int) -> dict[str, str]:
    """What contradicts what, by field."""
    problems: dict[str, str] = {}
    if held_on > today:
        problems["held_on"] = _("An exercise is recorded once it has been held.")
    if women + men < 1:
        problems["women"] = _("Somebody must have taken part.")
    return problems
