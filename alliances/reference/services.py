"""Writing reference rows: a whole table from the file that was looked at, with one event."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from alliances.lifecycle.acting import act_on
from alliances.lifecycle.models import Event
from alliances.people.models import Membership
from alliances.reference.reading import plan_table
from alliances.reference.registry import TABLES
from alliances.reference.selectors import can_change_reference, version_of_table
from alliances.reference.table import CHANGE_REFERENCE
from alliances.territory.services import TableCount, store
from alliances.uploads.models import TableUpload
from alliances.uploads.services import mark_done, own_upload, stage
from kit.access import require
from kit.errors import InvalidFile
from kit.locks import take_turns


def stage_reference(
    *, word: str, file_name: str, content: bytes, acting: Membership, at: datetime
) -> TableUpload:
    """Keep a table to be looked at before it changes anything; one with mistakes too.

    Raises NotAllowed, InvalidFile for what is no table of this kind.
    """
    require(can_change_reference(acting))
    plan_table(TABLES[word], file_name, content)
    return stage(kind=word, file_name=file_name, content=content, acting=acting, at=at)


@transaction.atomic
def change_reference(
    *, word: str, key: UUID, acting: Membership, at: datetime, seen: str | None = None
) -> TableCount:
    """Make a table say what a kept file says, all of it or nothing, and tell what that changed.

    From then on ``load_reference`` leaves it alone. The same ``key`` twice is one change. Raises
    NotAllowed, LostUpload, InvalidFile naming row and column, Overtaken when somebody changed the
    table since it was ``seen``.
    """
    require(can_change_reference(acting))
    table = TABLES[word]
    upload = own_upload(key=key, kind=word, acting=acting, at=at)
    take_turns(f"reference {table.filename}")
    with act_on(
        None,
        CHANGE_REFERENCE,
        acting=acting,
        at=at,
        key=key,
        content={"table": word, "file": upload.sha256},
        seen=seen,
        version=lambda: version_of_table(table),
    ) as act:
        if act.earlier:
            return _count_told(act.earlier)
        plan = plan_table(table, upload.file_name, upload.stored_bytes)
        if plan.mistakes:
            raise InvalidFile(_("The table has mistakes: nothing was changed."), plan.mistakes)
        count = store(plan.compared.table)
        if plan.changes_nothing:
            act.skip()
        act.data |= vars(count) | {"sha256": upload.sha256}
    mark_done(upload, at)
    return count


def _count_told(event: Event) -> TableCount:
    names = TableCount.__dataclass_fields__
    return TableCount(**{name: event.data[name] for name in names})
