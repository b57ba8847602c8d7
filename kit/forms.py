"""What every form shares: days, amounts, the key that makes two clicks one act, and doing it.

What the fields must mean together is for the services.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Field
from django.forms.boundfield import BoundField
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kit.amounts import pesos
from kit.cells import Parser, Unreadable
from kit.days import PROGRAMME_BEGAN, day_problem, doubtful_day
from kit.errors import Conflict, DomainError, InvalidFile, NotAllowed, Overtaken, Unconfirmed
from kit.files.limits import Limits
from kit.files.reading import check_size
from kit.numbers import grouped, ungrouped
from kit.plausible import AMOUNT_COP
from kit.text import tidy, tidy_lines

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

#: What an act made: a row, or what says more than a row; never false.
Done = TypeVar("Done", bound="models.Model | DataclassInstance")


class DayInput(forms.DateInput):
    """The browser's own date picker."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class DayField(forms.DateField):
    """A date picked in the browser's own calendar, of the programme's life or from ``earliest``.

    ``is_past``: of what was done, which never lies ahead.
    """

    widget = DayInput

    def __init__(
        self, *, earliest: date = PROGRAMME_BEGAN, is_past: bool = False, **options: Any
    ) -> None:
        super().__init__(**options)
        self.earliest, self.is_past = earliest, is_past

    def clean(self, value: Any) -> date | None:
        """The day. Raises ValidationError for one of 1990 or of 2999, or that has not come yet."""
        day, today = super().clean(value), localdate()
        if day and (problem := doubtful_day(day, today=today, earliest=self.earliest)):
            raise ValidationError(problem)
        if day and self.is_past and (problem := day_problem(day, today=today)):
            raise ValidationError(problem)
        return day

    def get_bound_field(self, form: forms.BaseForm, field_name: str) -> BoundField:
        """Mark what is offered because it is today: a page left open brings it up to date."""
        today = localdate()
        if not form.is_bound and form.get_initial_for_field(self, field_name) == today:
            self.widget.attrs["data-today"] = today.isoformat()
        return super().get_bound_field(form, field_name)


class TextField(forms.CharField):
    """Text as it is kept; where several lines can be written, they stay lines."""

    def to_python(self, value: Any) -> Any:
        """The text tidied before anything measures it."""
        if value not in self.empty_values:
            value = (tidy_lines if isinstance(self.widget, forms.Textarea) else tidy)(str(value))
        return super().to_python(value)


def door_field(column: "Field[Any, Any]", **options: Any) -> forms.Field | None:
    """The field of a model's form (``Meta.formfield_callback``): text tidied, days plausible."""
    is_text = isinstance(column, models.CharField | models.TextField) and not column.choices
    if is_text and not isinstance(column, models.SlugField):
        options.setdefault("form_class", TextField)
    elif isinstance(column, models.DateField):
        options.setdefault("form_class", DayField)
    return column.formfield(**options)


class PasswordField(forms.CharField):
    """A new password: the exact signs, with which their owner comes back."""

    def __init__(self, **options: Any) -> None:
        widget = forms.PasswordInput({"autocomplete": "new-password"})
        super().__init__(strip=False, widget=widget, **options)


class ReadField(TextField):
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
        written = super().clean(value)
        if not written:
            return None
        try:
            return self.parse(written)
        except Unreadable as problem:
            raise ValidationError(str(problem)) from problem

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether what was typed reads as another value."""
        try:
            return bool(self.clean(data) != (None if initial == "" else initial))
        except ValidationError:
            return True

    def prepare_value(self, value: Any) -> Any:
        """Show a stored number as it is written, and what was typed as it was typed."""
        if not isinstance(value, Decimal | int):
            return value
        return grouped(value) if self.is_grouped else ungrouped(value)


class AnswerField(forms.TypedChoiceField):
    """Yes, no, or nobody answered (None): a box that was not ticked would not tell the last two."""

    _words = {True: "yes", False: "no", None: ""}

    def __init__(self, **options: Any) -> None:
        super().__init__(
            required=False,
            choices=[
                ("yes", gettext_lazy("Yes")),
                ("no", gettext_lazy("No")),
                ("", gettext_lazy("Not answered")),
            ],
            coerce=lambda word: word == "yes",
            empty_value=None,
            widget=forms.RadioSelect,
            **options,
        )

    def prepare_value(self, value: Any) -> Any:
        """The word of a stored answer, and what was chosen as it was chosen."""
        return value if isinstance(value, str) else self._words[value]

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether another answer was chosen."""
        return bool(self.prepare_value(initial) != (data or ""))


class PesosField(ReadField):
    """An amount above zero, or from ``lowest`` to ``highest``, thousands separated or not."""

    def __init__(
        self, *, lowest: str = "0.01", highest: Decimal = AMOUNT_COP, **options: Any
    ) -> None:
        super().__init__(parse=pesos(highest, Decimal(lowest)), is_grouped=True, **options)


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


class SeenField(TextField):
    """The hidden version of what a form shows; None from whoever read no page, as a program."""

    def __init__(self, **options: Any) -> None:
        hidden = forms.HiddenInput
        super().__init__(required=False, max_length=64, empty_value=None, widget=hidden, **options)


class DespiteField(TextField):
    """Why it is right although the system knows something against it; hidden until it asks."""

    def __init__(self) -> None:
        super().__init__(
            label=gettext_lazy("Why it is right all the same"),
            required=False,
            max_length=400,
            widget=forms.HiddenInput,
            help_text=gettext_lazy("Correct what is mistaken, or say here why you go on."),
        )

    def get_bound_field(self, form: forms.BaseForm, field_name: str) -> BoundField:
        """Shown again with what was answered."""
        if form.is_bound and form.data.get(form.add_prefix(field_name)):
            self.ask()
        return super().get_bound_field(form, field_name)

    def ask(self) -> None:
        """Show it."""
        self.widget = forms.Textarea(self.widget_attrs(forms.Textarea()) | {"rows": 2})


class PickedField(forms.MultipleChoiceField):
    """Ticked rows, each as its number and the version that was on the page: «7:a1b2»."""

    def valid_value(self, value: str) -> bool:
        """Of the right shape; which of them the person may see, the form or the service asks."""
        return re.fullmatch(r"[0-9]{1,18}(:[0-9a-f]{16})?", value) is not None

    @staticmethod
    def versions(chosen: list[str]) -> dict[int, str | None]:
        """The version that was read of each ticked row, by its number."""
        rows = (value.partition(":") for value in chosen)
        return {int(pk): version or None for pk, _colon, version in rows}


class KeyedForm(forms.Form):
    """A form that may arrive twice and counts once."""

    key = KeyField()


class SeenForm(KeyedForm):
    """An act on what was read: ``seen`` is its version when the page was shown."""

    seen = SeenField()
    was_overtaken = False


def tell_problems(form: forms.BaseForm, problems: Mapping[str, str]) -> None:
    """What a room's rules say of the values, beside their fields: with the first wave of errors."""
    for name, problem in problems.items():
        if name not in form.errors:
            form.add_error(name, problem)


def once(form: forms.BaseForm) -> dict[str, Any]:
    """``key`` and ``seen`` of a valid form, as services take them."""
    return {name: form.cleaned_data[name] for name in ("key", "seen")}


def click_of(request: HttpRequest) -> dict[str, Any]:
    """``key`` and ``seen`` of a button, as services take them. Raises DomainError without a key."""
    form = SeenForm(request.POST)
    if not form.is_valid():
        raise DomainError(_("The form is incomplete: open the page again."))
    return once(form)


def attempt(
    form: forms.BaseForm,
    act: Callable[[], Done],
    *,
    field: str | None = None,
    current_form: Callable[[], forms.BaseForm] | None = None,
) -> Done | None:
    """Do the act of a valid form and return what it did; None when something must be mended.

    What the person can mend becomes an error of the form, or of its ``field``. What they may not
    do, and what somebody else did first, passes through to a page of its own; with
    ``current_form``, the same form of what stands now, whoever was overtaken sees both and loses
    nothing.
    """
    if not form.is_valid():
        return None
    try:
        return act()
    except Overtaken as error:
        if current_form is None:
            raise
        _compare(form, current_form(), error.message)
    except (NotAllowed, Conflict):
        raise
    except Unconfirmed as doubt:
        despite = form.fields["despite"]
        assert isinstance(despite, DespiteField)
        despite.ask()
        form.add_error("despite", doubt.message)
    except DomainError as error:
        form.add_error(error.field if error.field in form.fields else field, error.message)
    except ValidationError as error:
        for name, messages in _by_field(error).items():
            form.add_error(name if name in form.fields else None, messages)
    return None


def _compare(form: forms.BaseForm, current_form: forms.BaseForm, message: str) -> None:
    """Say beside each field what it says by now; sent once more, the form knows them."""
    form.add_error(None, message)
    for now in current_form.visible_fields():
        field = form.fields.get(now.name)
        if field is None or isinstance(field, forms.FileField):
            continue
        if field.has_changed(now.initial, form[now.name].data):
            sentence = _("By now it says: %(value)s") % {"value": _in_words(now)}
            form.add_error(now.name, sentence)
    data = form.data.copy()  # type: ignore[attr-defined]
    for now in current_form.hidden_fields():
        if isinstance(now.field, SeenField):
            data[form.add_prefix(now.name)] = now.value()
    form.data = data
    form.was_overtaken = True  # type: ignore[attr-defined]


def _in_words(bound: BoundField) -> str:
    """The value of a field in words."""
    value = bound.value()
    choices: Any = getattr(bound.field, "choices", None)
    if choices is not None:
        chosen = {str(one) for one in (value if isinstance(value, list | tuple) else [value])}
        value = ", ".join(str(label) for code, label in choices if str(code) in chosen)
    if isinstance(value, date):
        value = date_format(value, "DATE_FORMAT")
    if isinstance(value, bool):
        value = _("Yes") if value else _("No")
    return _("(empty)") if value in (None, "") else str(value)


def _by_field(error: ValidationError) -> dict[str, Any]:
    return error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
