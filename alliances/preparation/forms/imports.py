"""Shape of a file of profiles."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from alliances.calls.models import Call
from alliances.preparation.workbook.columns import LIMITS
from kit.forms import TableField


class CorrectionsForm(forms.Form):
    """A workbook that was exported here and comes back corrected."""

    file = TableField(
        label=_("File"),
        limits=LIMITS,
        widget=forms.FileInput,
        help_text=_("The workbook that you exported, corrected: XLSX, ODS or CSV, up to 5 MB."),
    )

    @property
    def upload(self) -> dict[str, Any]:
        """The arguments of the service, once the form is valid."""
        file = self.cleaned_data["file"]
        return {"file_name": file.name, "content": file.read()}


class ImportForm(forms.Form):
    """A file of profiles and the call they are presented to."""

    call = forms.ModelChoiceField(label=_("Call"), queryset=Call.objects.none())
    file = TableField(
        label=_("File"),
        limits=LIMITS,
        widget=forms.FileInput,
        help_text=_("The template filled in: XLSX, ODS or CSV, up to 5 MB."),
    )

    def __init__(self, *args: Any, calls: QuerySet[Call], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        call: Any = self.fields["call"]
        call.queryset = calls
        call.initial = calls.first()

    @property
    def upload(self) -> dict[str, Any]:
        """The arguments of the service, once the form is valid."""
        file = self.cleaned_data["file"]
        return {
            "call": self.cleaned_data["call"],
            "file_name": file.name,
            "content": file.read(),
        }
