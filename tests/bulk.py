"""Acts on many rows as a page of a list sends them."""

from typing import Any
from uuid import UUID, uuid4

from django.test import Client

from alliances.lists.models import BulkAct


def proposed(
    client: Client, verb: str, rows: list[Any], list_name: str = "profiles", **more: Any
) -> BulkAct:
    """The proposal that comes of ticking these rows and pressing the button."""
    sent = {
        "key": str(uuid4()),
        "list_name": list_name,
        "query": "",
        "verb": verb,
        "row": [f"{row.pk}:{row.version}" for row in rows],
    }
    answer = client.post("/lotes/nuevo/", sent | more)
    assert answer.status_code == 302, answer.content.decode()
    return BulkAct.objects.get(key=UUID(answer.headers["Location"].split("/")[2]))


def confirmed(client: Client, bulk: BulkAct, **reason: str) -> BulkAct:
    """The same after «yes»."""
    answer = client.post(f"/lotes/{bulk.key}/confirmar/", reason)
    assert answer.status_code == 302, answer.content.decode()
    bulk.refresh_from_db()
    return bulk


def states(bulk: BulkAct) -> dict[int, str]:
    """What became of each row, by its key."""
    return dict(bulk.rows.values_list("target", "state"))


def problems(bulk: BulkAct) -> dict[int, str]:
    """Why each row was left, by its key; empty for those that were done."""
    return dict(bulk.rows.values_list("target", "problem"))
