"""Shape of what a consultant has shown."""

from django import forms

from alliances.people.models import Credential
from paap.forms import DayInput


class CredentialForm(forms.ModelForm):
    """A degree, licence or certificate."""

    class Meta:
        model = Credential
        fields = ["title", "issuer", "issued_on", "expires_on"]
        widgets = {"issued_on": DayInput, "expires_on": DayInput}
