"""Fields that every form about money shares."""

from decimal import Decimal
from typing import Any
from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from fiduciary.ledger.rules import pesos, read_pesos

MOST_COP = Decimal(10) ** 14


class PesosField(forms.Field):
    """An amount as Colombians write it, thousands separated or not; a positive Decimal."""

    default_error_messages = {
        "invalid": _("Write the amount in pesos, for example 5.000.000."),
        "too_little": _("Write an amount above zero."),
        "too_much": _("This amount is larger than any trust."),
    }
    widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})

    def to_python(self, value: Any) -> Decimal | None:
        """Read what was typed. Raises ValidationError."""
        if value in self.empty_values:
            return None
        try:
            amount = read_pesos(str(value))
        except ValueError as error:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from error
        if amount <= 0:
            raise ValidationError(self.error_messages["too_little"], code="too_little")
        if amount >= MOST_COP:
            raise ValidationError(self.error_messages["too_much"], code="too_much")
        return amount

    def prepare_value(self, value: Any) -> Any:
        """Show a stored amount with its separators, and what was typed as it was typed."""
        return pesos(value).removeprefix("$ ") if isinstance(value, Decimal) else value


class DayField(forms.DateField):
    """A date picked in the browser's own calendar."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        super().__init__(**({"widget": widget} | kwargs))


class KeyedForm(forms.Form):
    """A form that may be sent twice and acts once: its key travels with it."""

    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["key"].initial = uuid4

    @property
    def uploads(self) -> list[UploadedFile]:
        """The files that were sent, once the form is valid."""
        return [file for file in self.cleaned_data.values() if isinstance(file, UploadedFile)]
