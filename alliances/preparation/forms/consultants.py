"""Shapes of what a consultant has shown, and of whom they advise."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from alliances.people.models import Credential, Membership
from kit.days import OLDEST_LIFE
from kit.forms import DayField, DayInput, KeyedForm, KeyField, door_field


class CredentialForm(forms.ModelForm):
    """A degree, licence or certificate."""

    key = KeyField()
    issued_on = DayField(is_past=True, label=_("Issued on"), earliest=OLDEST_LIFE)

    class Meta:
        model = Credential
        formfield_callback = door_field
        fields = ["title", "issuer", "issued_on", "expires_on"]
        widgets = {"expires_on": DayInput}


class AdviserForm(KeyedForm):
    """Which consultant advises the alliance."""

    consultant = forms.ModelChoiceField(
        label=_("External consultant"), queryset=Membership.objects.none()
    )

    def __init__(self, *args: Any, people: QuerySet[Membership], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        consultant: Any = self.fields["consultant"]
        consultant.queryset = people
        consultant.label_from_instance = lambda row: row.user.display_name
