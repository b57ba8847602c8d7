"""Shape of a table that is sent."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from alliances.uploads.plan import LIMITS
from kit.forms import TableField


class TableForm(forms.Form):
    """The template, filled in."""

    file = TableField(
        label=_("File"),
        limits=LIMITS,
        widget=forms.FileInput,
        help_text=_("The template filled in: XLSX, ODS or CSV, up to 2 MB."),
    )

    @property
    def upload(self) -> dict[str, Any]:
        """The arguments of the service, once the form is valid."""
        file = self.cleaned_data["file"]
        return {"file_name": file.name, "content": file.read()}
