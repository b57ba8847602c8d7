"""The acts of this room: evidence is brought, and reading what is personal leaves a trace."""

from django.utils.translation import gettext_lazy as _

from alliances.lifecycle.table import Act

UPLOAD_DOCUMENT = Act(
    "upload_document",
    _("Upload document"),
    None,
    (),
    right="who works with the alliance, save policy and evaluation",
)
READ_DOCUMENT = Act(
    "read_document",
    _("Read a document with personal data"),
    None,
    (),
    right="who may see the document",
)
READ_ORIGINAL = Act(
    "read_original",
    _("Read an original picture, with where and when it was taken"),
    None,
    (),
    right="the OGR and the OGA that work with the alliance",
)
ACTS = (UPLOAD_DOCUMENT, READ_DOCUMENT, READ_ORIGINAL)
