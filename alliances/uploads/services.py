"""Keeping tables until they are taken in, and forgetting them in time."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.utils.translation import gettext as _

from alliances.people.models import Membership
from alliances.uploads.models import TableUpload
from kit.staging import LostUpload, check_name, digest_of

KEPT_FOR = timedelta(hours=6)


def stage(
    *, kind: str, file_name: str, content: bytes, acting: Membership, at: datetime
) -> TableUpload:
    """Keep a table; the same one sent twice by the same person is one. Raises InvalidFile."""
    check_name(file_name)
    digest = digest_of(content)
    waiting = TableUpload.objects.filter(
        kind=kind, owner=acting, sha256=digest, expires_at__gt=at, done_at__isnull=True
    )
    if earlier := waiting.order_by("-expires_at").first():
        return earlier
    upload = TableUpload(
        key=uuid4(),
        kind=kind,
        owner=acting,
        file_name=file_name,
        sha256=digest,
        content=content,
        staged_at=at,
        expires_at=at + KEPT_FOR,
    )
    upload.full_clean()
    upload.save(force_insert=True)
    return upload


def own_upload(*, key: UUID, kind: str, acting: Membership, at: datetime) -> TableUpload:
    """The table that this member sent, locked. Raises LostUpload."""
    uploads = TableUpload.objects.select_for_update().filter(key=key, kind=kind, owner=acting)
    upload = uploads.filter(expires_at__gt=at).first()
    if upload is None:
        raise LostUpload(_("The file is no longer kept: upload it again."))
    return upload


def mark_done(upload: TableUpload, at: datetime) -> None:
    """It was taken in: its bytes go, and a second click finds that it was."""
    upload.content, upload.done_at = None, at
    upload.save(update_fields=["content", "done_at"])


def sweep(*, at: datetime) -> int:
    """Remove what nobody took in in time, and what was; the number of tables."""
    removed, _by_model = TableUpload.objects.filter(expires_at__lte=at).delete()
    return removed
