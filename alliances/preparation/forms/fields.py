"""Pieces that the forms of this room share.

Numbers are read as the import reads them (``workbook.cells``): dots for thousands, a comma for
decimals.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, cast
from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import Promise

from alliances.preparation.workbook import cells
from alliances.preparation.workbook.columns import MAX_AREA_HA, MAX_COP
from paap.errors import DomainError

StrOrPromise = str | Promise


class DayInput(forms.DateInput):
    """The browser's own date picker."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class ReadField(forms.CharField):
    """Text read by one of the import's parsers; what it shows, it reads back the same."""

    def __init__(
        self,
        *,
        parse: cells.Parser,
        mode: str = "decimal",
        is_grouped: bool = False,
        **options: Any,
    ) -> None:
        super().__init__(widget=forms.TextInput(attrs={"inputmode": mode}), **options)
        self.parse = parse
        self.is_grouped = is_grouped

    def clean(self, value: Any) -> Any:
        written = cells.tidy(super().clean(value))
        if written is None:
            return None
        try:
            return self.parse(written)
        except cells.CellProblem as problem:
            raise ValidationError(str(problem)) from problem

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, Decimal | int):
            return value
        return cells.grouped(value) if self.is_grouped else cells.ungrouped(value)


def pesos(**options: Any) -> ReadField:
    return ReadField(parse=cells.pesos(MAX_COP), is_grouped=True, **options)


def hectares(**options: Any) -> ReadField:
    parse = cells.number(Decimal(0), MAX_AREA_HA, places=2)
    return ReadField(parse=parse, **options)


class Grouped:
    """A long form told in parts: ``parts`` names the fields under each heading."""

    parts: tuple[tuple[StrOrPromise, tuple[str, ...]], ...] = ()

    @property
    def groups(self) -> list[tuple[StrOrPromise, list[forms.BoundField]]]:
        """Each heading with its fields as the page draws them; absent ones are left out."""
        form = cast(forms.BaseForm, self)
        return [
            (title, [form[name] for name in names if name in form.fields])
            for title, names in self.parts
        ]


class KeyedForm(forms.Form):
    """A form that may arrive twice and counts once."""

    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["key"].initial = uuid4


def attempt(form: forms.BaseForm, act: Callable[[], Any]) -> bool:
    """Do the act of a valid form; a refusal becomes errors of the form. True when it was done."""
    if not form.is_valid():
        return False
    try:
        act()
    except ValidationError as error:
        for field, messages in _by_field(error).items():
            form.add_error(field if field in form.fields else None, messages)
    except DomainError as error:
        form.add_error(None, error.message)
    return not form.errors


def _by_field(error: ValidationError) -> dict[str, Any]:
    return error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
