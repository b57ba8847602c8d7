"""Keeping files as evidence, and giving them out with a note of who read people's data.

Decision: the file is written before its row. If the row fails, or the act it is evidence of, the
file is removed with them; only if the machine stops in between does a file without a row remain,
which nobody can reach. The other order could lose evidence that the audit chain speaks of.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from hashlib import sha256
from uuid import UUID, uuid4

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from alliances.documents.models import Document, DocumentVersion, stored_name
from alliances.documents.pictures import UnreadablePicture, copy_without_metadata
from alliances.documents.rules import CheckedFile, RefusedFile, check_file, check_size
from alliances.documents.selectors import documents_visible_to
from alliances.documents.table import READ_DOCUMENT, READ_ORIGINAL, UPLOAD_DOCUMENT
from alliances.lifecycle.acting import LockedAlliance, act_on, lock_alliance
from alliances.lifecycle.models import Alliance
from alliances.lifecycle.selectors import alliances_visible_to
from alliances.lifecycle.table import Act
from alliances.people.models import Membership
from alliances.people.roles import Role
from kit.access import ALLOWED, Verdict, refused, require
from kit.errors import Conflict, DomainError
from kit.locks import take_turns

_written: ContextVar[list[str]] = ContextVar("written")  # files of the transaction that is open
#: Who compares a photograph with the farm, and so needs where and when it was taken.
ORIGINAL_READERS = frozenset({Role.OGR, Role.OGA})
READ_ONLY_ROLES = frozenset({Role.POLICY, Role.EVALUATOR})


class DamagedDocument(DomainError):
    """The stored file is missing or is no longer the one that was uploaded."""


@contextmanager
def atomic_with_files() -> Iterator[None]:
    """``transaction.atomic`` for acts that keep files: what is rolled back leaves none behind."""
    outer, names = _written.get(None), list[str]()
    token = _written.set(names)
    try:
        with transaction.atomic():
            try:
                yield
            except BaseException:
                for name in names:
                    DocumentVersion.file.field.storage.delete(name)
                raise
    finally:
        _written.reset(token)
    if outer is not None:
        outer += names


@atomic_with_files()
def upload_document(
    *,
    alliance: Alliance | None,
    kind: str,
    title: str,
    upload: UploadedFile,
    acting: Membership,
    at: datetime,
    key: UUID,
) -> DocumentVersion:
    """Keep a file as the first version of a new document; the same key twice is one upload.

    Raises RefusedFile when its content is not acceptable, NotAllowed when the person may not
    write here, Conflict when the key was used for something else.
    """
    checked, content = _checked(upload)
    _lock_alliance_of(alliance.pk if alliance else None)
    if earlier := _sent_before(key, checked, acting):
        if earlier.document.alliance_id != (alliance.pk if alliance else None):
            raise _key_conflict()
        return earlier
    require(can_upload(alliance, acting))
    document = Document(alliance=alliance, kind=kind, title=title.strip())
    document.full_clean()
    document.save()
    return _keep(document, 1, checked, content, acting=acting, at=at, key=key)


@atomic_with_files()
def add_version(
    *,
    document: Document,
    upload: UploadedFile,
    acting: Membership,
    at: datetime,
    key: UUID,
) -> DocumentVersion:
    """Keep a file as the next version of a document; the same key twice is one upload.

    Raises RefusedFile (also for the same file as the last version), NotAllowed, and Conflict for a
    key used for something else.
    """
    checked, content = _checked(upload)
    _lock_alliance_of(document.alliance_id)
    take_turns(f"document {document.pk}")  # versions are numbered one by one
    if earlier := _sent_before(key, checked, acting):
        if earlier.document_id != document.pk:
            raise _key_conflict()
        return earlier
    require(can_add_version(document, acting))
    latest = document.versions.order_by("-number")[0]
    if latest.sha256 == checked.sha256:
        raise RefusedFile(
            _("This file is the same as version %(number)d.") % {"number": latest.number}
        )
    number = latest.number + 1
    return _keep(document, number, checked, content, acting=acting, at=at, key=key)


def open_document(*, version: DocumentVersion, acting: Membership, at: datetime) -> bytes:
    """What people read: a picture without its metadata, anything else as it was uploaded.

    Reading people's own data is noted in the audit chain. The caller has fetched the version
    through ``versions_visible_to``. Raises DamagedDocument.
    """
    content = _original(version)
    if version.is_picture:
        content = _copy(version, content)
    if version.document.is_personal:
        _note(READ_DOCUMENT, version, acting=acting, at=at)
    return content


def open_original(*, version: DocumentVersion, acting: Membership, at: datetime) -> bytes:
    """The very bytes that were uploaded and hashed; that they were read is always noted.

    The caller has fetched the version through ``versions_visible_to``. Raises NotAllowed and
    DamagedDocument.
    """
    require(can_open_original(acting))
    content = _original(version)
    _note(READ_ORIGINAL, version, acting=acting, at=at)
    return content


def can_open_original(acting: Membership) -> Verdict:
    """Whether this role needs where and when a picture was taken."""
    if acting.role in ORIGINAL_READERS:
        return ALLOWED
    return refused(
        _("Only the OGR and the OGA of the alliance read where and when a picture was taken.")
    )


def _original(version: DocumentVersion) -> bytes:
    try:
        with version.file.open("rb") as file:
            content: bytes = file.read()
    except FileNotFoundError:
        content = b""
    if sha256(content).hexdigest() != version.sha256:
        raise _damaged(version)
    return content


def _copy(version: DocumentVersion, original: bytes) -> bytes:
    """The picture without metadata: made when it is first read, then kept beside the original.

    It is no evidence and has no row: whoever doubts it removes the file and reads again.
    """
    storage, name = version.file.storage, f"{version.file.name}.copy"
    if storage.exists(name):
        with storage.open(name, "rb") as file:
            copy: bytes = file.read()
        return copy
    try:
        content = copy_without_metadata(original, version.content_type)
    except UnreadablePicture as error:
        raise _damaged(version) from error
    draft = storage.save(f"{name}.{uuid4().hex}", ContentFile(content))
    os.replace(storage.path(draft), storage.path(name))  # whole, whoever else makes it meanwhile
    return content


def _damaged(version: DocumentVersion) -> DamagedDocument:
    return DamagedDocument(
        _("«%(name)s» is damaged in the store: tell the EIP, who can restore it.")
        % {"name": version.original_name}
    )


def can_upload(alliance: Alliance | None, acting: Membership) -> Verdict:
    """Whether this membership may bring evidence to this alliance (or to none)."""
    if acting.role in READ_ONLY_ROLES:
        return refused(_("Policy and evaluation read documents and bring none."))
    if alliance and not alliances_visible_to(acting).filter(pk=alliance.pk).exists():
        return refused(_("Your organisation does not work with this alliance."))
    return ALLOWED


def can_add_version(document: Document, acting: Membership) -> Verdict:
    """A document is replaced by the organisation that brought it, so that nobody's word changes."""
    verdict = can_upload(document.alliance, acting)
    if not verdict:
        return verdict
    first = document.versions.select_related("uploaded_by__organisation").get(number=1)
    brought_by = first.uploaded_by.organisation
    if brought_by.pk != acting.organisation_id or not (
        documents_visible_to(acting).filter(pk=document.pk).exists()
    ):
        return refused(
            _("Only %(organisation)s, who brought this document, may replace it.")
            % {"organisation": brought_by}
        )
    return ALLOWED


def digests(uploads: Iterable[UploadedFile | None]) -> list[str]:
    """What tells the files sent with an act from others sent under the same key."""
    return [_digest(upload) for upload in filter(None, uploads)]


def _digest(upload: UploadedFile) -> str:
    """SHA-256 of a file as it was sent, worked out once however many acts ask for it."""
    known: dict[str, str] = upload.__dict__
    if "_sha256" not in known:
        digest = sha256()
        for chunk in upload.chunks():
            digest.update(chunk)
        upload.seek(0)
        known["_sha256"] = digest.hexdigest()
    return known["_sha256"]


def _checked(upload: UploadedFile) -> tuple[CheckedFile, bytes]:
    """What the file is, and its content. Its size is checked before it is read."""
    limit = settings.DOCUMENT_MAX_BYTES
    check_size(upload.size or 0, limit)
    upload.seek(0)
    content = upload.read()
    checked = check_file(
        name=upload.name or "", content=content, limit=limit, digest=_digest(upload)
    )
    return checked, content


def _lock_alliance_of(alliance_id: int | None) -> None:
    """The order every service keeps: its event would lock the alliance last, after the document."""
    if alliance_id is not None:
        lock_alliance(pk=alliance_id)


def _sent_before(key: UUID, checked: CheckedFile, acting: Membership) -> DocumentVersion | None:
    """The version already kept under this key, after waiting for a twin request to end."""
    take_turns(str(key))
    version = (
        DocumentVersion.objects.select_related("document", "uploaded_by").filter(key=key).first()
    )
    if version is None:
        return None
    if (version.sha256, version.uploaded_by.user_id) != (checked.sha256, acting.user_id):
        raise _key_conflict()
    return version


def _key_conflict() -> Conflict:
    return Conflict(_("This upload was already used for another file: open the form again."))


def _keep(
    document: Document,
    number: int,
    checked: CheckedFile,
    content: bytes,
    *,
    acting: Membership,
    at: datetime,
    key: UUID,
) -> DocumentVersion:
    """Write file, row and event."""
    version = DocumentVersion(
        document=document,
        number=number,
        original_name=checked.name,
        content_type=checked.content_type,
        size=checked.size,
        sha256=checked.sha256,
        uploaded_by=acting,
        uploaded_at=at,
        key=key,
    )
    name = version.file.storage.save(stored_name(version, checked.name), ContentFile(content))
    _written.get().append(name)
    version.file = name
    version.full_clean()
    version.save()
    _note(UPLOAD_DOCUMENT, version, acting=acting, at=at)
    return version


def _note(act: Act, version: DocumentVersion, *, acting: Membership, at: datetime) -> None:
    """Write the event: in the alliance's chain, or in the common one for other documents."""
    document = version.document
    # Nothing is decided by the alliance's status: a reading locks its row with the event alone.
    where = LockedAlliance(document.alliance) if document.alliance else None
    data = {"document": document.pk, "kind": document.kind, "number": version.number}
    with act_on(where, act, acting=acting, at=at, data=data, documents=[version]):
        pass
