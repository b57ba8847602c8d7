"""What the codes of variables count as, as lines that a person can write on any telephone."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.formats import number_format, sanitize_separators
from django.utils.translation import gettext as _

from evaluation.studies.impact_spec import Codes
from kit.forms import TextField
from kit.text import shortened

Pair = tuple[float, float | None]


class CodesField(TextField):
    """One line per variable, ``name: code = value; …``; a code without a value is no answer."""

    def __init__(self, **options: Any) -> None:
        super().__init__(widget=forms.Textarea(attrs={"rows": 3}), required=False, **options)

    def clean(self, value: Any) -> Codes:
        """The codes written. Raises ValidationError, a line each."""
        codes, problems = [], []
        for place, line in enumerate(super().clean(value).splitlines(), 1):
            if not line.strip():
                continue
            try:
                codes.append(_codes(line))
            except ValidationError as error:
                words = {"line": place, "problem": error.message}
                problems.append(_("Line %(line)s: %(problem)s") % words)
        if problems:
            raise ValidationError(problems)
        return tuple(codes)

    def prepare_value(self, value: Any) -> Any:
        """Show what is stored as it is written."""
        if not isinstance(value, tuple):
            return value
        return "\n".join(
            f"{name}: "
            + "; ".join(
                f"{_shown(code)} = {'' if counts is None else _shown(counts)}".rstrip()
                for code, counts in pairs
            )
            for name, pairs in value
        )


def _codes(line: str) -> tuple[str, tuple[Pair, ...]]:
    name, colon, rest = line.partition(":")
    pairs = tuple(_pair(pair) for pair in rest.split(";") if pair.strip())
    if not colon or not name.strip() or not pairs:
        raise ValidationError(_("write «variable: code = value; code = value»."))
    if len({code for code, _counts in pairs}) != len(pairs):
        raise ValidationError(_("a code counts as one thing only."))
    return name.strip(), pairs


def _pair(text: str) -> Pair:
    code, equals, value = (part.strip() for part in text.partition("="))
    if not equals:
        raise ValidationError(_("write «variable: code = value; code = value»."))
    return _number(code), _number(value) if value else None


def _number(text: str) -> float:
    try:
        return float(str(sanitize_separators(text)))
    except ValueError:
        raise ValidationError(
            _("«%(text)s» is no number.") % {"text": shortened(text, 40)}
        ) from None


def _shown(value: float) -> str:
    short = int(value) if float(value).is_integer() else value
    return str(number_format(repr(short), use_l10n=True, force_grouping=False))
