"""Shapes of a body, of the end of a membership, and of a review of many."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from alliances.lifecycle.reasons import ReasonCode
from alliances.people.models import Organisation
from alliances.people.services import InvalidNit, stored_nit
from alliances.register.table import END_MEMBERSHIP
from alliances.territory.models import Department, Municipality
from kit.days import OLDEST_BODY
from kit.forms import DayField, KeyedForm, KeyField, SeenField, TextField, door_field
from kit.names import by_name

REASONS = [(code.value, code.label) for code in END_MEMBERSHIP.reasons]


class BodyForm(forms.ModelForm):
    """A body as it is registered."""

    key = KeyField()
    nit = TextField(
        label=_("NIT"),
        required=False,
        max_length=20,
        help_text=_("Tax number with its check digit: 900123456-8."),
    )
    founded_on = DayField(label=_("Founded on"), required=False, earliest=OLDEST_BODY)

    class Meta:
        model = Organisation
        formfield_callback = door_field
        fields = [
            "kind",
            "name",
            "nit",
            "legal_representative",
            "founded_on",
            "municipality",
            "departments",
        ]
        widgets = {"departments": forms.CheckboxSelectMultiple}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        places: Any = self.fields["municipality"]
        places.queryset = Municipality.objects.select_related("department").order_by(
            *by_name("department__name", "name")
        )
        served: Any = self.fields["departments"]
        served.queryset = Department.objects.order_by(*by_name("name"))

    def clean_nit(self) -> str:
        """As it is stored. Raises ValidationError."""
        try:
            return stored_nit(self.cleaned_data["nit"] or "")
        except InvalidNit as problem:
            raise ValidationError(problem.message) from problem


class BodyChangeForm(BodyForm):
    """A body that stands; its kind stays."""

    seen = SeenField()

    class Meta(BodyForm.Meta):
        fields = [name for name in BodyForm.Meta.fields if name != "kind"]


class MembershipEndForm(KeyedForm):
    """Why a membership ends, and after which day."""

    valid_until = DayField(
        label=_("Last day"), required=False, help_text=_("Empty: it ends now, at the next click.")
    )
    reason_code = forms.ChoiceField(label=_("Reason"), choices=REASONS)
    reason = TextField(label=_("In a sentence"), max_length=400)


class ReviewForm(KeyedForm):
    """Several memberships that end now, for one reason."""

    memberships = forms.TypedMultipleChoiceField(coerce=int)
    reason_code = forms.ChoiceField(
        label=_("Reason"), choices=REASONS, initial=ReasonCode.ORGANISATION
    )
    reason = TextField(
        label=_("In a sentence"),
        max_length=400,
        initial=_("The quarterly review shows that this role is no longer needed."),
    )

    def __init__(self, *args: Any, rows: list[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen: Any = self.fields["memberships"]
        chosen.choices = [(row, row) for row in rows]
