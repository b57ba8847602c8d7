"""Files of profiles kept between preview and import: under a random name, for a few hours."""

from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _

from alliances.preparation.models import ProfileUpload
from kit.errors import DomainError

KEPT_FOR = timedelta(hours=6)


class LostUpload(DomainError):
    """The file previewed is gone or is no longer the same; it must be uploaded again."""


def folder() -> Path:
    """Where the files lie: outside every public folder, readable by this user only."""
    path = Path(settings.MEDIA_ROOT) / "imports"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def keep(key: UUID, content: bytes) -> None:
    """Write the file before its row exists; a file without a row is swept."""
    path = folder() / key.hex
    path.touch(mode=0o600, exist_ok=False)
    path.write_bytes(content)


def content_of(upload: ProfileUpload) -> bytes:
    """The very bytes that were previewed. Raises LostUpload."""
    try:
        content = (folder() / upload.key.hex).read_bytes()
    except FileNotFoundError:
        content = b""
    if sha256(content).hexdigest() != upload.sha256:
        raise LostUpload(_("The file is no longer kept: upload it again."))
    return content


def forget(key: UUID) -> None:
    """Remove the file, if it is still there."""
    (folder() / key.hex).unlink(missing_ok=True)


def orphans(known: set[str], before: datetime) -> list[Path]:
    """Files that no row speaks of, written before a moment: left by an act that stopped midway."""
    return [
        path
        for path in folder().iterdir()
        if path.name not in known and path.stat().st_mtime < before.timestamp()
    ]
