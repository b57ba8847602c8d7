"""Which part of the programme is asked for, in the page's address and in the API alike."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from fiduciary.programme.selectors import Place
from kit.small_cells import ALL


class PartForm(forms.Form):
    """A call, a department, both or neither."""

    call = forms.ChoiceField(label=_("Call"), required=False)
    department = forms.ChoiceField(label=_("Department"), required=False)

    def __init__(
        self, data: Any, *, calls: Mapping[str, str], departments: Mapping[str, str]
    ) -> None:
        super().__init__(data)
        for name, choices in (("call", calls), ("department", departments)):
            field: Any = self.fields[name]
            field.choices = [("", _("All")), *choices.items()]

    @property
    def place(self) -> Place:
        """What was asked for; of what there is not, all."""
        self.is_valid()
        given = getattr(self, "cleaned_data", {})
        return given.get("call") or ALL, given.get("department") or ALL
