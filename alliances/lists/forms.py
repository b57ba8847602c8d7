"""Shapes of what a list sends: a view to keep, rows to act upon, and the reason for it."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from alliances.lifecycle.forms import ReasonForm
from alliances.lists.registry import BulkVerb
from kit.forms import KeyedForm, PickedField, TextField


class SavedViewForm(KeyedForm):
    """A list as it is narrowed now, and the name to find it again by."""

    list_name = forms.SlugField(max_length=30, widget=forms.HiddenInput)
    query = TextField(max_length=1000, required=False, widget=forms.HiddenInput)
    name = TextField(label=_("Name of the view"), max_length=60)


class BulkForm(KeyedForm):
    """Rows of a list and what to do to them: those that are ticked, or all that are filtered."""

    list_name = forms.SlugField(max_length=30)
    query = TextField(max_length=1000, required=False)
    verb = forms.SlugField(max_length=40)
    everything = forms.BooleanField(required=False)
    row = PickedField(required=False)

    @property
    def picked(self) -> dict[int, str | None]:
        """The version that was read of each ticked row, by its number."""
        return PickedField.versions(self.cleaned_data["row"])


class BulkConfirmForm(ReasonForm):
    """The reason for all of them, where the act needs one."""

    def __init__(self, *args: Any, verb: BulkVerb, **kwargs: Any) -> None:
        super().__init__(*args, act=verb.act, codes=verb.reasons, **kwargs)
        if not verb.reasons:
            del self.fields["reason"]
