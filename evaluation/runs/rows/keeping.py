"""Keeping the rows of a run as Parquet, and reading them again.

Decision: the file is written before its row, as documents are, and named by its content: runs on
the same rows share one. A worker that goes on reads what its run began with, not the tables.
Consequence: rows that changed meanwhile neither spoil a run nor stop it, and what is given away
is what was estimated. A file that is missing or another one is found by its SHA-256: the worker
then reads the tables, and goes on only if the fingerprint is the same.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from io import BytesIO
from typing import TYPE_CHECKING, Any, TypeVar

from django.core.files.base import ContentFile
from django.utils.translation import gettext as _

from evaluation.runs.models import Run
from evaluation.runs.rows.models import RunRows
from kit.errors import DomainError

if TYPE_CHECKING:
    import pandas as pd

#: What a worker reads, None where its study has no such rows.
Frame = TypeVar("Frame")


class DamagedRows(DomainError):
    """The stored file is missing or is no longer the one that was stored."""


@dataclass(frozen=True)
class StoredFrame:
    """A frame whose file is written and whose row is not yet."""

    name: str
    file: str
    rows: int
    size: int
    sha256: str


def store_frames(run_id: int, frames: Mapping[str, Any]) -> list[StoredFrame]:
    """Write the files of the frames that the run does not keep yet."""
    there = set(RunRows.objects.filter(run=run_id).values_list("name", flat=True))
    return [_stored(name, frame) for name, frame in frames.items() if name not in there]


def keep_frames(run_id: int, stored: Iterable[StoredFrame], *, at: datetime) -> None:
    """Their rows, for good. The caller holds the run."""
    RunRows.objects.bulk_create(
        RunRows(run_id=run_id, stored_at=at, **vars(frame)) for frame in stored
    )


def kept_frame(run: Run, name: str, read: Callable[[], Frame]) -> "Frame | pd.DataFrame":
    """The frame that an earlier attempt of the run stored, or what ``read`` reads."""
    stored = RunRows.objects.filter(run=run, name=name).first()
    if stored:
        try:
            return frame_of(stored)
        except DamagedRows:
            pass
    return read()


def frame_of(stored: RunRows) -> "pd.DataFrame":
    """The frame as it was stored. Raises DamagedRows."""
    import pandas as pd

    try:
        with stored.file.storage.open(str(stored.file)) as file:
            content = file.read()
    except FileNotFoundError:
        content = b""
    if sha256(content).hexdigest() != stored.sha256:
        raise DamagedRows(
            _("The stored rows of run %(run)s are not those that were kept: tell who runs this.")
            % {"run": stored.run_id}
        )
    return pd.read_parquet(BytesIO(content))


def _stored(name: str, frame: "pd.DataFrame") -> StoredFrame:
    content = frame.to_parquet(index=False, compression="zstd")
    digest, size = sha256(content).hexdigest(), len(content)
    same = RunRows.objects.filter(sha256=digest).first()
    storage = RunRows._meta.get_field("file").storage
    file = str(same.file) if same else ""
    if not file or not storage.exists(file) or storage.size(file) != size:
        file = storage.save(f"runs/{digest}.parquet", ContentFile(content))
    return StoredFrame(name, file, len(frame), size, digest)
