"""Reads of reference rows: which tables there are, their rows as in the file, who changed them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from alliances.lifecycle.models import Event
from alliances.people.models import Membership
from alliances.people.roles import Role
from alliances.reference.reading import ReferencePlan, plan_table
from alliances.reference.registry import TABLES
from alliances.reference.table import CHANGE_REFERENCE
from alliances.territory.reference import ReferenceTable, as_cells
from alliances.uploads.models import TableUpload
from kit.access import ALLOWED, Verdict, refused
from kit.exports import exchanged_text
from kit.versions import version_of


def can_read_reference(acting: Membership) -> Verdict:
    """Read the lists: who keeps them, who directs by them and who evaluates with them."""
    if acting.role in (Role.ADMIN, Role.EIP, Role.EVALUATOR):
        return ALLOWED
    return refused(_("Reference rows are read by administrators, the EIP and evaluators."))


def can_change_reference(acting: Membership) -> Verdict:
    """Put other rows in their place."""
    if acting.role == Role.ADMIN:
        return ALLOWED
    return refused(_("Only an administrator changes reference rows."))


def rows_of(table: ReferenceTable) -> list[list[str]]:
    """The rows as the file has them, in the order of what tells them apart."""
    return as_cells(table, table.model._default_manager.order_by(*table.key), table.names())


def version_of_table(table: ReferenceTable) -> str:
    """What changes whenever a row of it does."""
    return version_of(*rows_of(table))


def file_of(table: ReferenceTable) -> str:
    """The very file that comes in again: with commas, whatever the reader's language."""
    return exchanged_text(table.columns, rows_of(table))


@dataclass(frozen=True)
class KeptTable:
    """A table in the list: its name, how many rows, and its last change in the browser."""

    word: str
    name: str
    rows: int
    last: Event | None


def kept_tables() -> Iterator[KeptTable]:
    """Every table, with who changed it last; nobody did where ``setup`` loaded it."""
    for word, table in TABLES.items():
        name = str(table.model._meta.verbose_name_plural)
        count = table.model._default_manager.count()
        yield KeptTable(word, name[:1].upper() + name[1:], count, last_change(table))


def last_change(table: ReferenceTable) -> Event | None:
    """The last time that people changed it."""
    events = Event.objects.filter(verb=CHANGE_REFERENCE.verb, data__table=table.filename)
    return events.select_related("actor").order_by("-sequence").first()


def files_kept_by_people() -> set[str]:
    """The files whose tables people changed: loading the program's own leaves those alone."""
    events = Event.objects.filter(verb=CHANGE_REFERENCE.verb)
    return set(events.values_list("data__table", flat=True))


def upload_waiting(key: UUID, word: str, acting: Membership, at: datetime) -> TableUpload | None:
    """The file that this member sent and may still save."""
    uploads = TableUpload.objects.filter(key=key, kind=word, owner=acting, done_at__isnull=True)
    return uploads.filter(expires_at__gt=at).first()


def plan_of_upload(upload: TableUpload) -> ReferencePlan:
    """What a kept file would make of its table now. Raises InvalidFile, LostUpload."""
    return plan_table(TABLES[upload.kind], upload.file_name, upload.stored_bytes)
