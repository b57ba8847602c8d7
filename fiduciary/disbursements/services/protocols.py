"""Loading protocols and reasons from the files beside this room, as often as one likes.

Durations are our planning values (no published ones were found); observed ones replace them.
"""

from collections.abc import Collection
from pathlib import Path

from django.db import transaction

from alliances.territory.comparing import compare, mistakes_of
from alliances.territory.reference import read_file, refusal
from alliances.territory.services import store
from fiduciary.disbursements.models import Protocol
from fiduciary.disbursements.reference import PROTOCOL_STEPS, PROTOCOLS, RETURN_REASONS

DATA = Path(__file__).resolve().parent.parent / "data"


@transaction.atomic
def load_protocols(*, data: Path = DATA, except_for: Collection[str] = ()) -> int:
    """Create what is missing and bring names up to date; gives the number of protocols.

    ``except_for`` names the files whose tables people keep. Raises InvalidFile when the steps of
    one make no sense, or rewrite a version that stands.
    """
    for table in (RETURN_REASONS, PROTOCOLS, PROTOCOL_STEPS):
        if table.filename not in except_for:
            read = read_file(data, table, table.names())
            if mistakes := list(mistakes_of(compare(read))):
                raise refusal(table.filename, mistakes)
            store(read)
    return Protocol.objects.count()
