"""The frozen shapes of a result of operations. Pure.

Every part is rows of one shape: ``by`` and ``group`` say of which alliances, ``what`` and
``measure`` say what is told of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from evaluation.estimators.operations.results import Duration
from evaluation.estimators.results import Estimate, NotEstimable, from_data
from evaluation.runs.jobs import Parts


@dataclass(frozen=True)
class Amounts:
    """Pesos (COP) that were promised and due, and of them received, to the cent."""

    committed: Decimal
    received: Decimal
    n: int
    clusters: int


Result = Duration | Estimate | Amounts | NotEstimable


@dataclass(frozen=True)
class Indicator:
    """One figure of all alliances (``by`` is «all») or of a group, or why there is none."""

    by: str
    group: str
    what: str
    measure: str
    found: Result


@dataclass(frozen=True)
class OperationsResult:
    """What is there of a result.

    funnel: how many of each thing were read, None where so few are hidden. tables: indicators by
    the name of their part, in the order in which they were counted.
    """

    funnel: Mapping[str, int | None]
    tables: Mapping[str, tuple[Indicator, ...]]

    def rows(self, table: str) -> tuple[Indicator, ...]:
        """The indicators of a part; () while it is not there."""
        return self.tables.get(table, ())


def result_of(parts: Parts) -> OperationsResult | None:
    """The result as far as its parts are there; None before the headline."""
    if "headline" not in parts:
        return None
    return OperationsResult(
        funnel=parts["funnel"],
        tables={
            name: from_data(tuple[Indicator, ...], part["rows"])
            for name, part in parts.items()
            if name != "funnel"
        },
    )
