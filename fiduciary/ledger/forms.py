"""The shape of a reversal."""

from django import forms
from django.utils.translation import gettext_lazy as _

from kit.forms import KeyedForm


class ReversalForm(KeyedForm):
    """What was wrong."""

    reason = forms.CharField(label=_("What was wrong"), max_length=200)
