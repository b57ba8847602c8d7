"""An uploaded file kept in its row until a person confirms it.

Decision: the bytes lie in the database and not on disk. They come and go in the transaction of
the act, so nothing is left behind by one that stopped midway, and every server sees them.
"""

from hashlib import sha256

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kit.errors import DomainError, InvalidFile

MAX_NAME = 200


class LostUpload(DomainError):
    """The file previewed is gone or is no longer the same; it must be uploaded again."""


class StagedFile(models.Model):
    """What is kept of an upload: its bytes only while it waits, since they hold personal data."""

    file_name = models.CharField(gettext_lazy("file"), max_length=MAX_NAME)
    sha256 = models.CharField(max_length=64, editable=False)
    content = models.BinaryField(null=True, editable=False)

    class Meta:
        abstract = True

    @property
    def stored_bytes(self) -> bytes:
        """The very bytes that were previewed. Raises LostUpload."""
        content = bytes(self.content or b"")
        if digest_of(content) != self.sha256:
            raise LostUpload(_("The file is no longer kept: upload it again."))
        return content


def digest_of(content: bytes) -> str:
    """What tells one file from another."""
    return sha256(content).hexdigest()


def check_name(file_name: str) -> None:
    """Raise InvalidFile for a name that cannot be kept whole."""
    if len(file_name) > MAX_NAME:
        raise InvalidFile(
            _(
                "The name of the file has %(length)d characters and the most is %(limit)d: "
                "shorten it."
            )
            % {"length": len(file_name), "limit": MAX_NAME}
        )
