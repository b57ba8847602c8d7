"""Reads of tables that wait."""

from datetime import datetime
from uuid import UUID

from alliances.people.models import Membership
from alliances.uploads.models import TableUpload
from alliances.uploads.plan import TablePlan, plan_table
from alliances.uploads.registry import TableKind


def upload_waiting(*, key: UUID, kind: str, acting: Membership, at: datetime) -> TableUpload | None:
    """The table that this member sent and may still take in."""
    uploads = TableUpload.objects.filter(key=key, kind=kind, owner=acting, done_at__isnull=True)
    return uploads.filter(expires_at__gt=at).first()


def plan_of_upload(
    kind: TableKind, upload: TableUpload, acting: Membership, at: datetime
) -> TablePlan:
    """What would become of each row now. Raises InvalidFile, LostUpload."""
    return plan_table(
        kind,
        file_name=upload.file_name,
        content=upload.stored_bytes,
        acting=acting,
        at=at,
    )
