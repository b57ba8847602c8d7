"""Writing reference rows: a whole table from its file, with one event."""

from datetime import datetime
from hashlib import sha256
from uuid import UUID

from alliances.lifecycle.acting import act_on
from alliances.lifecycle.models import Event
from alliances.people.models import Membership
from alliances.reference.selectors import TABLES, can_change_reference, version_of_table
from alliances.reference.table import CHANGE_REFERENCE
from alliances.territory.reference import read_one
from alliances.territory.services import TableCount, store
from kit.access import require
from kit.locks import take_turns


def change_reference(
    *,
    word: str,
    file: bytes,
    acting: Membership,
    at: datetime,
    seen: str | None = None,
    key: UUID | None = None,
) -> TableCount:
    """Make a table say what its file says, all of it or nothing, and tell what that changed.

    From then on ``load_reference`` leaves it alone. Raises NotAllowed, InvalidFile naming row and
    column, Overtaken when somebody changed the table since it was read.
    """
    require(can_change_reference(acting))
    table = TABLES[word]
    read = read_one(table, file)
    digest = sha256(file).hexdigest()
    with act_on(
        None,
        CHANGE_REFERENCE,
        acting=acting,
        at=at,
        key=key,
        content={"table": word, "file": sha256(file).hexdigest()},
        seen=seen,
        version=lambda: version_of_table(table),
    ) as act:
        if act.earlier:
            return _count_told(act.earlier)
        take_turns(f"reference {table.filename}")
        count = store(read)
        if not (count.created or count.updated or count.removed):
            act.skip()
        act.data |= vars(count) | {"sha256": digest}
        return count


def _count_told(event: Event) -> TableCount:
    names = TableCount.__dataclass_fields__
    return TableCount(**{name: event.data[name] for name in names})
