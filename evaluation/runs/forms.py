"""What a launch carries."""

from django import forms


class LaunchForm(forms.Form):
    """The key that makes the second click the same run."""

    client_key = forms.UUIDField(widget=forms.HiddenInput)
