"""Keeping tables until they are taken in, taking them in row by row, forgetting them in time."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID, uuid4, uuid5

from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction
from django.utils.translation import gettext as _

from alliances.people.models import Membership
from alliances.uploads.models import HeldFile, TableUpload
from alliances.uploads.plan import plan_table
from alliances.uploads.registry import PlannedRow, RowOutcome, RowState, TableKind
from kit.access import require
from kit.errors import DomainError
from kit.staging import LostUpload, check_name, digest_of

logger = logging.getLogger(__name__)

KEPT_FOR = timedelta(hours=6)
Held = TypeVar("Held", bound=HeldFile)


def hold(
    model: type[Held],
    *,
    owner: Membership,
    file_name: str,
    content: bytes,
    at: datetime,
    digest: str = "",
    **about: Any,
) -> Held:
    """Keep a file for whoever sent it, with what its room says ``about`` it. Raises InvalidFile.

    ``digest``: for who worked it out already.
    """
    check_name(file_name)
    held = model(
        key=uuid4(),
        owner=owner,
        file_name=file_name,
        sha256=digest or digest_of(content),
        content=content,
        staged_at=at,
        expires_at=at + KEPT_FOR,
        **about,
    )
    held.full_clean()
    held.save(force_insert=True)
    return held


def held_already(
    model: type[Held], *, owner: Membership, digest: str, at: datetime, **about: Any
) -> Held | None:
    """The same file, sent before by the same person for the same thing, and still kept."""
    held = model._default_manager.filter(owner=owner, sha256=digest, expires_at__gt=at, **about)
    return held.order_by("-expires_at").first()


def stage(
    *, kind: str, file_name: str, content: bytes, acting: Membership, at: datetime
) -> TableUpload:
    """Keep a table; the same one sent twice by the same person is one. Raises InvalidFile."""
    sent: dict[str, Any] = {"owner": acting, "at": at, "digest": digest_of(content), "kind": kind}
    if earlier := held_already(TableUpload, **sent, done_at=None):
        return earlier
    return hold(TableUpload, file_name=file_name, content=content, **sent)


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
    """Remove, of every room, what nobody took in in time, and what was; the number of files."""
    overdue = [
        model._default_manager.filter(expires_at__lte=at) for model in HeldFile.__subclasses__()
    ]
    return sum(queryset.delete()[0] for queryset in overdue)


# -- Row by row ------------------------------------------------------------------------------------
def stage_table(
    kind: TableKind, *, file_name: str, content: bytes, acting: Membership, at: datetime
) -> TableUpload:
    """Keep a table to be looked at, with its mistakes if it has some.

    Raises NotAllowed, InvalidFile for what is no table of this kind.
    """
    require(kind.can(acting))
    plan_table(kind, file_name=file_name, content=content, acting=acting, at=at)
    return stage(kind=kind.word, file_name=file_name, content=content, acting=acting, at=at)


def take_in(
    kind: TableKind, *, key: UUID, acting: Membership, clock: Callable[[], datetime]
) -> list[RowOutcome]:
    """Do every row of a kept table that can be done, each an act of its own, and tell of each.

    A row is done under a key made of the table's: the same click twice does nothing twice. Raises
    NotAllowed, LostUpload.
    """
    require(kind.can(acting))
    with transaction.atomic():
        upload = own_upload(key=key, kind=kind.word, acting=acting, at=clock())
    plan = plan_table(
        kind,
        file_name=upload.file_name,
        content=upload.stored_bytes,
        acting=acting,
        at=clock(),
    )
    return [_outcome(kind, row, key, acting, clock()) for row in plan.rows]


def _outcome(
    kind: TableKind, row: PlannedRow, key: UUID, acting: Membership, at: datetime
) -> RowOutcome:
    problem = row.says
    if row.state == RowState.REFUSED:
        problem = " ".join(f"{mistake.column}: {mistake.message}" for mistake in row.mistakes)
    elif row.state == RowState.NEW:
        try:
            return kind.perform(row, acting, at, uuid5(key, str(row.number)))
        except DomainError as error:
            problem = error.message
        except ValidationError as error:
            problem = " ".join(error.messages)
        except DatabaseError:
            logger.exception("table %s, row %d", key, row.number)
            problem = _("Something unexpected went wrong; whoever runs the system sees what.")
        return RowOutcome(row.number, row.label, RowState.REFUSED, problem)
    return RowOutcome(row.number, row.label, row.state, problem)
