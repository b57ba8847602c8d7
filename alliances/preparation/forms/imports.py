"""Shape of a file of profiles."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from alliances.calls.models import Call
from alliances.preparation.workbook.columns import LIMITS
from kit.errors import InvalidFile
from kit.files.reading import check_size


class ImportForm(forms.Form):
    """A file of profiles and the call they are presented to."""

    call = forms.ModelChoiceField(label=_("Call"), queryset=Call.objects.none())
    file = forms.FileField(
        label=_("File"),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.ods,.csv"}),
        help_text=_("The template filled in: XLSX, ODS or CSV, up to 5 MB."),
        allow_empty_file=True,
    )

    def __init__(self, *args: Any, calls: QuerySet[Call], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        call: Any = self.fields["call"]
        call.queryset = calls
        call.initial = calls.first()

    def clean_file(self) -> UploadedFile:
        """Refuse by size before anything is read."""
        file: UploadedFile = self.cleaned_data["file"]
        try:
            check_size(file.size or 0, LIMITS)
        except InvalidFile as error:
            raise ValidationError(error.message) from error
        return file

    @property
    def upload(self) -> dict[str, Any]:
        """The arguments of the service, once the form is valid."""
        file = self.cleaned_data["file"]
        return {
            "call": self.cleaned_data["call"],
            "file_name": file.name,
            "content": file.read(),
        }
