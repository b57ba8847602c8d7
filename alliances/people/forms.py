"""Shapes of what a person sends about whom they act for."""

from django import forms

from kit.forms import TextField


class SwitchForm(forms.Form):
    """The membership to act with from now on, and the page to go back to."""

    membership = forms.IntegerField(min_value=1)
    next = TextField(required=False)
