"""Reads for the report of a run of operations."""

from alliances.models import Call
from evaluation.runs.operations.words import OperationsNames
from evaluation.runs.words import speaks_spanish
from fiduciary.models import ReturnReason


def operations_names() -> OperationsNames:
    """What the codes of a result are called."""
    name = "name_es" if speaks_spanish() else "name_en"
    return OperationsNames(
        calls=dict(Call.objects.order_by("pk").values_list("code", "name")),
        reasons=dict(ReturnReason.objects.order_by("pk").values_list("code", name)),
    )
