"""Shapes of what a person sends with an act: reason, document, appointment, interest."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from alliances.lifecycle.duties import Duty
from alliances.lifecycle.models import APPOINTABLE, Interest
from alliances.lifecycle.table import Transition
from alliances.people.models import Organisation
from kit.forms import KeyedForm, KeyField, SeenForm

#: Whom each duty is given to here; who advises is a person, chosen among the consultants.
BODIES = {duty: kinds for duty, kinds in APPOINTABLE.items() if duty != Duty.ADVISE}


class ActForm(SeenForm):
    """Reason and evidence for one verb; which are compulsory comes from the table."""

    reason = forms.CharField(
        label=_("Reason"), widget=forms.Textarea(attrs={"rows": 4}), required=False, max_length=4000
    )
    evidence = forms.FileField(label=_("Document"), required=False)

    def __init__(self, *args: Any, transition: Transition, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = transition.needs_reason
        self.fields["evidence"].required = transition.needs_evidence


class AppointForm(KeyedForm):
    """Which organisation takes which duty on the alliance."""

    duty = forms.ChoiceField(label=_("Duty"), choices=[(duty.value, duty.label) for duty in BODIES])
    organisation = forms.ModelChoiceField(
        label=_("Organisation"),
        queryset=Organisation.objects.filter(
            kind__in=[kind for kinds in BODIES.values() for kind in kinds]
        ).order_by("kind", "name"),
    )

    @property
    def appointment(self) -> dict[str, Any]:
        """The arguments of the service, once the form is valid."""
        return self.cleaned_data | {"duty": Duty(self.cleaned_data["duty"])}


class AppointmentEndForm(KeyedForm):
    """Why a standing appointment ends."""

    reason = forms.CharField(label=_("Reason"), max_length=400)


class InterestForm(forms.ModelForm):
    """A declared tie; the person and the time come from the session."""

    key = KeyField()

    class Meta:
        model = Interest
        fields = ["kind", "detail"]
