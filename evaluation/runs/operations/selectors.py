"""Reads for the report of a run of operations."""

from alliances.models import Call
from evaluation.runs.operations.words import OperationsNames
from fiduciary.models import ReturnReason
from kit.figures import short_language


def operations_names() -> OperationsNames:
    """What the codes of a result are called."""
    name = f"name_{short_language()}"
    return OperationsNames(
        calls=dict(Call.objects.order_by("pk").values_list("code", "name")),
        reasons=dict(ReturnReason.objects.order_by("pk").values_list("code", name)),
    )
