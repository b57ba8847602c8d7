"""Shapes of what is decided of two persons who may be one."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from alliances.lifecycle.forms import ReasonForm
from alliances.people.models import Person
from alliances.persons.services import IdentityEvidence
from alliances.persons.table import CORRECT_DOCUMENT
from kit.forms import KeyedForm, SeenField, TextField


class OneDocumentForm(ReasonForm):
    """Which of two documents is the right one, and how that is known."""

    act = CORRECT_DOCUMENT
    seen = SeenField()
    right = forms.ModelChoiceField(
        label=_("The right document"),
        queryset=Person.objects.none(),
        widget=forms.RadioSelect,
        empty_label=None,
    )
    evidence = forms.ChoiceField(
        label=_("How it is known"), choices=[("", _("Choose one")), *IdentityEvidence.choices]
    )
    field_order = ["right", "evidence", "reason"]

    def __init__(self, *args: Any, persons: tuple[Person, Person], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.persons = persons
        right: Any = self.fields["right"]
        right.queryset = Person.objects.filter(pk__in=[person.pk for person in persons])

    @property
    def correction(self) -> dict[str, Any]:
        """The arguments of the service, once the form is valid."""
        right = self.cleaned_data["right"]
        first, second = self.persons
        return {**self.cleaned_data, "wrong": second if right == first else first}


class TwoPeopleForm(KeyedForm):
    """Why they are two."""

    reason = TextField(
        label=_("Why they are two people, in a sentence"),
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
