"""Shapes of what a person sends about a call."""

from django import forms


class OpenForm(forms.Form):
    """The key that makes opening twice the same as once."""

    key = forms.UUIDField(widget=forms.HiddenInput)
