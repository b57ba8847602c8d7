"""Files that somebody sent and looks at before they are taken in, of whatever room."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from kit.staging import StagedFile


class HeldFile(StagedFile):
    """A file that is kept a few hours for whoever sent it, then removed."""

    key = models.UUIDField(primary_key=True)
    owner = models.ForeignKey("alliances.Membership", on_delete=models.PROTECT, related_name="+")
    staged_at = models.DateTimeField(_("uploaded at"))
    expires_at = models.DateTimeField(_("kept until"))

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=Q(sha256__regex=r"^[0-9a-f]{64}$"),
                name="%(app_label)s_%(class)s_sha256",
                violation_error_message=_("A SHA-256 has 64 hexadecimal digits."),
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("staged_at")),
                name="%(app_label)s_%(class)s_expires",
                violation_error_message=_("An upload expires after it is made."),
            ),
        ]

    def __str__(self) -> str:
        return self.file_name


class TableUpload(HeldFile):
    """A file with one table.

    ``kind`` is the room's own word for what it holds. Once ``done_at`` says that it was taken in,
    its bytes are gone; the row still answers a second click.
    """

    kind = models.CharField(max_length=30)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta(HeldFile.Meta):
        verbose_name = _("uploaded table")
        verbose_name_plural = _("uploaded tables")
        constraints = [
            *HeldFile.Meta.constraints,
            models.CheckConstraint(
                condition=Q(done_at__isnull=True) | Q(content__isnull=True),
                name="alliances_tableupload_bytes_while_it_waits",
                violation_error_message=_("What was taken in keeps no bytes."),
            ),
        ]
