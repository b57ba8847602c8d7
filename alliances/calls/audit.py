"""What the audit compares of this room: sealed rules give the hash that was sealed."""

from collections.abc import Iterator

from alliances.calls.models import Call
from alliances.calls.selectors import verify_rules
from alliances.lifecycle.audit import Difference, reconciles


@reconciles
def rules(chain: int | None) -> Iterator[Difference]:
    """The rules of every sealed call, or of the call of one alliance."""
    calls = Call.objects.filter(sealed_at__isnull=False)
    if chain is not None:
        calls = calls.filter(alliances=chain)
    for call in calls.order_by("pk"):
        if not verify_rules(call):
            yield Difference(f"call {call.code}", "its rules are not those that were sealed")
