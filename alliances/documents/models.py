"""A document is evidence of one kind; each upload is a version that never changes.

Files lie under random names outside every public folder; only ``views`` gives them out, pictures
as a copy without metadata.
"""

from uuid import uuid4

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from alliances.lifecycle import triggers
from kit.names import by_name, folded_column


class DocumentKind(models.TextChoices):
    IDENTITY = "identity", _("Identity document")
    LAND_TENURE = "land_tenure", _("Land tenure")
    ORGANISATION_CERTIFICATE = "organisation_certificate", _("Certificate of the organisation")
    RUT = "rut", _("Tax registration (RUT)")
    QUOTE = "quote", _("Quote")
    INVOICE = "invoice", _("Invoice")
    CONTRACT = "contract", _("Contract")
    CDA_ACT = "cda_act", _("Minutes of the alliance committee (CDA)")
    STUDY = "study", _("Pre-investment study")
    AGREEMENT = "agreement", _("Commercial agreement")
    VISIT_PHOTO = "visit_photo", _("Photograph of a visit")
    ATTENDANCE_LIST = "attendance_list", _("Attendance list")
    DELIVERY_ACT = "delivery_act", _("Delivery record")
    ASSEMBLY_ACT = "assembly_act", _("Minutes of the assembly")
    BANK_STATEMENT = "bank_statement", _("Bank statement")
    OTHER = "other", _("Other")


#: Kinds that show people's own data (Ley 1581 of 2012): fewer may read them, each reading is noted.
PERSONAL_KINDS = frozenset(
    {
        DocumentKind.IDENTITY,
        DocumentKind.LAND_TENURE,
        DocumentKind.ATTENDANCE_LIST,
        DocumentKind.BANK_STATEMENT,
    }
)


def stored_name(_version: "DocumentVersion", _original_name: str) -> str:
    """Where a file goes: nothing of its own name survives on the disk."""
    name = uuid4().hex
    return f"documents/{name[:2]}/{name}"


class Document(models.Model):
    """Evidence of one kind, of an alliance or (a credential, a call) of none."""

    alliance = models.ForeignKey(
        "alliances.Alliance",
        on_delete=models.PROTECT,
        related_name="documents",
        null=True,
        blank=True,
        verbose_name=_("alliance"),
    )
    kind = models.CharField(_("kind"), max_length=24, choices=DocumentKind.choices)
    title = models.CharField(_("title"), max_length=160)
    searched = folded_column("title")

    class Meta:
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=DocumentKind.values),
                name="alliances_document_kind",
                violation_error_message=_("Unknown kind of document."),
            ),
            models.CheckConstraint(
                condition=~Q(title=""),
                name="alliances_document_titled",
                violation_error_message=_("A document needs a title."),
            ),
        ]
        indexes = [models.Index(*by_name("title"), "id", name="alliances_document_in_order")]
        triggers = triggers.append_only("Documents")

    def __str__(self) -> str:
        return self.title

    @property
    def is_personal(self) -> bool:
        """Whether it shows people's own data."""
        return self.kind in PERSONAL_KINDS


class DocumentVersion(models.Model):
    """One uploaded file with its hash, who brought it, for whom, and when."""

    document = models.ForeignKey(
        Document, on_delete=models.PROTECT, related_name="versions", verbose_name=_("document")
    )
    number = models.PositiveSmallIntegerField(_("version"))
    file = models.FileField(_("file"), upload_to=stored_name, max_length=100)
    original_name = models.CharField(_("name of the file"), max_length=150)
    content_type = models.CharField(_("type of content"), max_length=100)
    size = models.PositiveBigIntegerField(_("size in bytes"))
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    uploaded_by = models.ForeignKey(
        "alliances.Membership",
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("uploaded by"),
    )
    uploaded_at = models.DateTimeField(_("uploaded at"))
    key = models.UUIDField(_("key"), unique=True, default=uuid4)
    searched = folded_column("original_name")

    class Meta:
        verbose_name = _("document version")
        verbose_name_plural = _("document versions")
        constraints = [
            models.UniqueConstraint(
                fields=["document", "number"],
                name="alliances_documentversion_number",
                violation_error_message=_("This document already has that version."),
            ),
            models.UniqueConstraint(
                fields=["file"],
                name="alliances_documentversion_file",
                violation_error_message=_("Two versions cannot share a stored file."),
            ),
            models.CheckConstraint(
                condition=Q(number__gte=1),
                name="alliances_documentversion_number_from_one",
                violation_error_message=_("Versions are counted from one."),
            ),
            models.CheckConstraint(
                condition=Q(size__gte=1),
                name="alliances_documentversion_not_empty",
                violation_error_message=_("An empty file is no evidence."),
            ),
            models.CheckConstraint(
                condition=Q(sha256__regex=r"^[0-9a-f]{64}$"),
                name="alliances_documentversion_sha256",
                violation_error_message=_("A SHA-256 has 64 hexadecimal digits."),
            ),
        ]
        triggers = triggers.append_only("Document versions")

    def __str__(self) -> str:
        return f"{self.document_id}/{self.number} {self.original_name}"

    @property
    def is_picture(self) -> bool:
        """Whether it may say where and when it was taken: people read a copy that does not."""
        return self.content_type.startswith("image/")
