"""Shapes of what a person sends with an act: reason, document, appointment, interest."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from alliances.lifecycle.duties import Duty
from alliances.lifecycle.forms import ReasonForm
from alliances.lifecycle.models import APPOINTABLE, Interest
from alliances.lifecycle.table import Act
from alliances.people.models import Organisation
from kit.forms import KeyedForm, KeyField, SeenField, door_field
from kit.names import by_name

#: Whom each duty is given to here; who advises is a person, chosen among the consultants.
BODIES = {duty: kinds for duty, kinds in APPOINTABLE.items() if duty != Duty.ADVISE}


class ActForm(ReasonForm):
    """Reason and evidence for one verb; which are compulsory comes from the table.

    ``is_answer``: something was asked before, and the words say what was done about it.
    """

    seen = SeenField()
    evidence = forms.FileField(label=_("Document"), required=False)

    def __init__(self, *args: Any, act: Act, is_answer: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, act=act, **kwargs)
        if is_answer:
            self.fields["reason"].label = _("What you corrected, in a sentence")
        self.fields["evidence"].required = act.needs_evidence


class AppointForm(KeyedForm):
    """Which organisation takes which duty on the alliance."""

    duty = forms.ChoiceField(label=_("Duty"), choices=[(duty.value, duty.label) for duty in BODIES])
    organisation = forms.ModelChoiceField(
        label=_("Organisation"),
        queryset=Organisation.objects.filter(
            kind__in=[kind for kinds in BODIES.values() for kind in kinds]
        ).order_by("kind", *by_name("name")),
    )

    @property
    def appointment(self) -> dict[str, Any]:
        """The arguments of the service, once the form is valid."""
        return self.cleaned_data | {"duty": Duty(self.cleaned_data["duty"])}


class InterestForm(forms.ModelForm):
    """A declared tie; the person and the time come from the session."""

    key = KeyField()

    class Meta:
        model = Interest
        formfield_callback = door_field
        fields = ["kind", "detail"]
