"""The part of a form that asks for the reason of an act, wherever an act needs one."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from alliances.lifecycle.reasons import check_sentence
from alliances.lifecycle.table import END_APPOINTMENT, Act
from kit.errors import DomainError
from kit.forms import KeyedForm, TextField


class ReasonForm(KeyedForm):
    """Why: a code that fits the act, and a sentence. An act that needs none may carry words.

    ``codes``: the words of each reason by its code, where its room keeps them.
    """

    act: ClassVar[Act]
    longest: ClassVar[int] = 4000  # letters that the row of the reason holds

    reason_code = forms.ChoiceField(label=_("Kind of reason"))
    reason = TextField()

    def __init__(
        self,
        *args: Any,
        act: Act | None = None,
        codes: Mapping[str, Promise | str] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.reasoned = reasoned = act or self.act
        self.fields["reason"] = TextField(
            label=_("Reason, in a sentence"),
            max_length=self.longest,
            required=reasoned.needs_reason,
            widget=forms.Textarea(attrs={"rows": 3}),
        )
        listed = {code.value: code.label for code in reasoned.reasons} if codes is None else codes
        if listed:
            field: Any = self.fields["reason_code"]
            field.choices = [("", _("Choose one")), *listed.items()]
        else:
            del self.fields["reason_code"]

    def clean_reason(self) -> str:
        """The sentence, if it says something: with the first wave of errors."""
        reason: str = self.cleaned_data["reason"]
        if self.reasoned.reasons and reason:
            try:
                check_sentence(reason)
            except DomainError as poor:
                raise ValidationError(poor.message) from poor
        return reason


class AppointmentEndForm(ReasonForm):
    """Why a standing appointment ends."""

    act = END_APPOINTMENT
