"""What every form shares: days, amounts, the key that makes two clicks one act, and doing it.

What the fields must mean together is for the services.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, TypeVar
from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model

from kit.amounts import MAX_COP, pesos
from kit.cells import Parser, Unreadable, tidy
from kit.errors import Conflict, DomainError, InvalidFile, NotAllowed
from kit.files.limits import Limits
from kit.files.reading import check_size
from kit.numbers import grouped, ungrouped

Done = TypeVar("Done", bound=Model)


class DayInput(forms.DateInput):
    """The browser's own date picker."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class DayField(forms.DateField):
    """A date picked in the browser's own calendar."""

    widget = DayInput


class ReadField(forms.CharField):
    """Text that a parser reads into a value; what it shows, it reads back the same."""

    def __init__(
        self, *, parse: Parser, mode: str = "decimal", is_grouped: bool = False, **options: Any
    ) -> None:
        widget = forms.TextInput(attrs={"inputmode": mode, "autocomplete": "off"})
        super().__init__(widget=widget, **options)
        self.parse = parse
        self.is_grouped = is_grouped

    def clean(self, value: Any) -> Any:
        """The value that was written, None for blank. Raises ValidationError."""
        written = tidy(super().clean(value))
        if written is None:
            return None
        try:
            return self.parse(written)
        except Unreadable as problem:
            raise ValidationError(str(problem)) from problem

    def prepare_value(self, value: Any) -> Any:
        """Show a stored number as it is written, and what was typed as it was typed."""
        if not isinstance(value, Decimal | int):
            return value
        return grouped(value) if self.is_grouped else ungrouped(value)


class PesosField(ReadField):
    """An amount above zero, or from ``lowest`` on, thousands separated or not."""

    def __init__(self, *, lowest: str = "0.01", **options: Any) -> None:
        super().__init__(parse=pesos(MAX_COP, Decimal(lowest)), is_grouped=True, **options)


class TableField(forms.FileField):
    """A file of rows, refused by its size before anything of it is read."""

    def __init__(self, *, limits: Limits, **options: Any) -> None:
        super().__init__(allow_empty_file=True, **options)  # the check of size says so
        self.limits = limits
        self.widget.attrs["accept"] = ",".join(limits.formats)

    def clean(self, data: Any, initial: Any = None) -> Any:
        """The uploaded file. Raises ValidationError."""
        file = super().clean(data, initial)
        try:
            check_size(file.size, self.limits)
        except InvalidFile as error:
            raise ValidationError(error.message) from error
        return file


class KeyField(forms.UUIDField):
    """The hidden key of a form: the same key twice is one act."""

    widget = forms.HiddenInput

    def __init__(self) -> None:
        super().__init__(initial=uuid4)


class KeyedForm(forms.Form):
    """A form that may arrive twice and counts once."""

    key = KeyField()


def attempt(
    form: forms.BaseForm, act: Callable[[], Done], *, field: str | None = None
) -> Done | None:
    """Do the act of a valid form and return what it did; None when something must be mended.

    What the person can mend becomes an error of the form, or of its ``field``. What they may not
    do, and what somebody else did first, passes through to a page of its own.
    """
    if not form.is_valid():
        return None
    try:
        return act()
    except (NotAllowed, Conflict):
        raise
    except DomainError as error:
        form.add_error(field, error.message)
    except ValidationError as error:
        for name, messages in _by_field(error).items():
            form.add_error(name if name in form.fields else None, messages)
    return None


def _by_field(error: ValidationError) -> dict[str, Any]:
    return error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
