"""Departments left out, each with its reason, as lines that a person can write on any telephone."""

import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from evaluation.studies.impact_spec import Exclusion
from evaluation.surveys.rules import plain
from kit.forms import TextField
from kit.text import shortened


class ExclusionsField(TextField):
    """One line per department, ``name: reason``; ``names`` by DIVIPOLA code are set by the form.

    Accents, case and the rest of a long name are forgiven, and the code does as well.
    """

    names: Mapping[str, str]

    def __init__(self, **options: Any) -> None:
        super().__init__(widget=forms.Textarea(attrs={"rows": 4}), required=False, **options)
        self.names = {}

    def clean(self, value: Any) -> tuple[Exclusion, ...]:
        """The exclusions written. Raises ValidationError, a line each."""
        exclusions: list[Exclusion] = []
        problems: list[str] = []
        for place, line in _lines(super().clean(value)):
            try:
                exclusions.append(self._exclusion(line, [item.department for item in exclusions]))
            except ValidationError as error:
                words = {"line": place, "problem": error.message}
                problems.append(_("Line %(line)s: %(problem)s") % words)
        if problems:
            raise ValidationError(problems)
        return tuple(exclusions)

    def prepare_value(self, value: Any) -> Any:
        """Show what is stored as it is written."""
        if isinstance(value, tuple):
            return "\n".join(
                f"{self.names.get(item.department, item.department)}: {item.reason}"
                for item in value
            )
        return value

    def _exclusion(self, line: str, before: Sequence[str]) -> Exclusion:
        name, _colon, reason = (part.strip() for part in line.partition(":"))
        code = self._code(name)
        if not reason:
            raise ValidationError(
                _("say why %(department)s is left out, after a colon.")
                % {"department": self.names[code]}
            )
        if code in before:
            raise ValidationError(
                _("%(department)s is already left out.") % {"department": self.names[code]}
            )
        return Exclusion(code, reason)

    def _code(self, written: str) -> str:
        """The department meant: by its code, its name, or words that only its name has."""
        codes = {_bare(name): code for code, name in self.names.items()}
        wanted = _bare(written)
        exact = codes.get(wanted) or (written if written in self.names else None)
        part = [code for name, code in codes.items() if wanted and f" {wanted} " in f" {name} "]
        if exact or len(part) == 1:
            return exact or part[0]
        near = get_close_matches(wanted, codes, n=2, cutoff=0.6) or [
            name for name, code in codes.items() if code in part
        ]
        if not near:
            raise ValidationError(
                _("there is no department «%(name)s». Write «department: reason».")
                % {"name": shortened(written, 40)}
            )
        suggested = _(" or ").join(f"«{self.names[codes[name]]}»" for name in near)
        raise ValidationError(
            _("there is no department «%(name)s»; did you mean %(suggested)s?")
            % {"name": shortened(written, 40), "suggested": suggested}
        )


def _lines(text: str) -> Iterator[tuple[int, str]]:
    return ((place, line) for place, line in enumerate(text.splitlines(), 1) if line.strip())


def _bare(name: str) -> str:
    """Words of a name without accents, case or punctuation."""
    return " ".join(re.findall(r"[a-z0-9]+", plain(name).replace(".", "")))
