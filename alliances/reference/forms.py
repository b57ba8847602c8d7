"""Shape of a table that comes in."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from alliances.reference.reading import LIMITS
from kit.forms import TableField


class ReferenceForm(forms.Form):
    """The whole table as its file."""

    file = TableField(
        label=_("File (CSV)"),
        limits=LIMITS,
        help_text=_("The file that can be downloaded here, with its rows changed."),
    )

    @property
    def upload(self) -> dict[str, Any]:
        """The arguments of the service, once the form is valid."""
        file = self.cleaned_data["file"]
        return {"file_name": file.name, "content": file.read()}
