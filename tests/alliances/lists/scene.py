"""What the drills of lists play on, in an installation of their own.

``python -m tests.alliances.lists.scene stage 50000 500`` leaves so many alliances, and so many
complete drafts with a confirmed act that presents them all; it prints who sees them and the act's
number. ``… file xlsx ana`` asks for the file of all alliances as that person does, and prints the
most MiB that this process ever took, the bytes of the file and how it begins.
"""

import sys
from pathlib import Path
from typing import Any
from uuid import uuid4

import django


def stage(alliances: str, profiles: str) -> str:
    from django.utils.timezone import now

    from alliances.lifecycle.models import Alliance
    from alliances.lists.registry import verb_named
    from alliances.lists.services import confirm, propose
    from tests.alliances.lists.rows import many_alliances
    from tests.factories.alliances import make_alliance, make_cast, make_producer

    cast = make_cast("draft")
    drafts = [make_alliance(call=cast.alliance.call) for _number in range(int(profiles))]
    for draft in drafts:
        make_producer(draft)
    bulk = propose(
        verb=verb_named("submit"),
        targets=Alliance.objects.filter(pk__in=[draft.pk for draft in drafts]).order_by("pk"),
        seen={},
        list_name="profiles",
        query="",
        acting=cast["ogr"],
        at=now(),
        key=uuid4(),
    )
    confirm(bulk=bulk, at=now())
    many_alliances(make_alliance(call=cast.alliance.call), int(alliances))
    return f"{cast['ogr'].user.username} {bulk.pk}"


def file(kind: str, username: str) -> str:
    from bench.pages import signed_in

    answer: Any = signed_in(username).get(f"/alianzas/?file={kind}")
    assert answer.status_code == 200, answer.content
    first, length = b"", 0
    for part in answer.streaming_content:
        first, length = first or part[:20], length + len(part)
    return f"{most_memory()} {length} {first.hex()}"


def most_memory() -> int:
    """The most MiB that this program took; ``getrusage`` counts who started it too."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) // 1024


if __name__ == "__main__":
    django.setup()
    print({"stage": stage, "file": file}[sys.argv[1]](*sys.argv[2:]))
