"""An act with its files: stored together, or not at all."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar
from uuid import UUID, uuid5

from django.core.files.uploadedfile import UploadedFile

from alliances.documents.models import DocumentKind, DocumentVersion
from alliances.documents.services import atomic_with_files, upload_document
from alliances.lifecycle.models import Alliance
from alliances.people.models import Membership
from kit.text import shortened

Done = TypeVar("Done")


@atomic_with_files()
def act_with_evidence(
    act: Callable[[list[DocumentVersion]], Done],
    *,
    alliance: Alliance,
    kind: DocumentKind,
    title: str,
    uploads: Sequence[UploadedFile],
    acting: Membership,
    at: datetime,
    key: UUID,
) -> Done:
    """Keep the files and do the act with them; raises what either of them raises.

    The same key keeps the same files once.
    """
    documents = [
        upload_document(
            alliance=alliance,
            kind=kind,
            title=shortened(title, 160),
            upload=upload,
            acting=acting,
            at=at,
            key=uuid5(key, f"file-{number}"),
        )
        for number, upload in enumerate(uploads)
    ]
    return act(documents)
