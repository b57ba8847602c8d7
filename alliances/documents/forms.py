"""Shapes of an upload; what a file must be is decided by ``rules``, on its content."""

from typing import Any

from django import forms
from django.conf import settings
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alliances.documents.models import Document, DocumentKind
from alliances.documents.rules import ACCEPTED_EXTENSIONS, FORMATS
from kit.forms import KeyedForm, TextField


class VersionForm(KeyedForm):
    """A file, and the key that makes sending it twice the same as once."""

    file = forms.FileField(
        label=gettext_lazy("File"),
        max_length=255,
        allow_empty_file=True,  # the service says so in the words of every other refusal
        widget=forms.ClearableFileInput(attrs={"accept": ",".join(ACCEPTED_EXTENSIONS)}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].help_text = _("%(types)s, up to %(limit)s.") % {
            "types": ", ".join(form.label for form in FORMATS),
            "limit": filesizeformat(settings.DOCUMENT_MAX_BYTES),
        }

    @property
    def upload(self) -> dict[str, Any]:
        """The arguments of the service, once the form is valid."""
        sent = dict(self.cleaned_data)
        return {"upload": sent.pop("file"), "key": sent.pop("key")} | sent


class DocumentForm(VersionForm):
    """A new document: what it is evidence of, and its first file."""

    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"),
        choices=[("", gettext_lazy("Choose one")), *DocumentKind.choices],
    )
    title = TextField(
        label=gettext_lazy("Title"), max_length=Document._meta.get_field("title").max_length
    )
    field_order = ("key", "kind", "title", "file")
