"""Keeping the rows of a run as Parquet, and reading them again.

Decision: the file is written before its row, as documents are, and named by its content: runs on
the same rows share one. A worker that goes on reads what its run began with, not the tables.
Consequence: rows that changed meanwhile neither spoil a run nor stop it, and what is given away
is what was estimated. A file that is missing or another one is found by its SHA-256: the worker
then reads the tables, and goes on only if the fingerprint is the same. The next run that would read
the same rows (``source_of``) takes the file of the earlier one; if anything changed, it reads anew.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from io import BytesIO
from typing import TYPE_CHECKING, Any, TypeVar

from django.core.files.base import ContentFile
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from evaluation.runs.kinds import kind_of
from evaluation.runs.models import Run
from evaluation.runs.rows.models import RunRows
from evaluation.studies.sources import stamp_of_rows
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
    source: str


def source_of(run: Run) -> str:
    """What the rows of a run come from: stored rows, specification, and the programs that read."""
    question = [run.kind, run.study.wave_id, run.specification, kind_of(run).versions()]
    content = json.dumps([*question, stamp_of_rows(run.study)], sort_keys=True)
    return sha256(content.encode()).hexdigest()


class RunFrames:
    """The frames of a run as its worker takes them, one by one; ``Prepared`` hands them on.

    ``source`` is asked before anything is read, so that rows which change meanwhile are kept under
    a source that never comes back.
    """

    def __init__(self, run: Run) -> None:
        self.run, self.source = run, source_of(run)
        self.by_name: dict[str, Any] = {}
        self._stored: list[RunRows | None] = []

    def take(self, name: str, read: Callable[[], Frame]) -> "Frame | pd.DataFrame":
        """What an earlier attempt stored, or an earlier run of the same source, or ``read``."""
        for stored in (self._own(name), self._earlier(name)):
            if stored:
                try:
                    frame = frame_of(stored)
                except DamagedRows:
                    continue
                self._stored.append(stored)
                self.by_name[name] = StoredFrame(
                    name, str(stored.file), stored.rows, stored.size, stored.sha256, self.source
                )
                return frame
        rows = read()
        if rows is not None:
            self._stored.append(None)
            self.by_name[name] = rows
        return rows

    def fingerprint(self, compute: Callable[[], str]) -> str:
        """That of the run which kept all these very frames; else as it is computed."""
        runs = {stored.run for stored in self._stored if stored}
        known = [run.fingerprint for run in runs if run.fingerprint]
        return known[0] if len(runs) == len(known) == 1 and all(self._stored) else compute()

    def _own(self, name: str) -> RunRows | None:
        return _kept_rows().filter(run=self.run, name=name).first()

    def _earlier(self, name: str) -> RunRows | None:
        return _kept_rows().filter(source=self.source, name=name).order_by("-pk").first()


def store_frames(run_id: int, frames: Mapping[str, Any], source: str = "") -> list[StoredFrame]:
    """Write the files of the frames that the run does not keep yet and no earlier run wrote."""
    there = set(RunRows.objects.filter(run=run_id).values_list("name", flat=True))
    return [
        frame if isinstance(frame, StoredFrame) else _stored(name, frame, source)
        for name, frame in frames.items()
        if name not in there
    ]


def keep_frames(run_id: int, stored: Iterable[StoredFrame], *, at: datetime) -> None:
    """Their rows, for good. The caller holds the run."""
    RunRows.objects.bulk_create(
        RunRows(run_id=run_id, stored_at=at, **asdict(frame)) for frame in stored
    )


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


def _kept_rows() -> QuerySet[RunRows]:
    return RunRows.objects.select_related("run")


def _stored(name: str, frame: "pd.DataFrame", source: str) -> StoredFrame:
    content = frame.to_parquet(index=False, compression="zstd")
    digest, size = sha256(content).hexdigest(), len(content)
    same = RunRows.objects.filter(sha256=digest).first()
    storage = RunRows._meta.get_field("file").storage
    file = str(same.file) if same else ""
    if not file or not storage.exists(file) or storage.size(file) != size:
        file = storage.save(f"runs/{digest}.parquet", ContentFile(content))
    return StoredFrame(name, file, len(frame), size, digest, source)
