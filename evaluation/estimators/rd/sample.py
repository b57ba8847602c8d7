"""A data frame read and sorted once, for any number of estimates."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from evaluation.estimators.rd.cells import Bools, Cells, Ints
from evaluation.estimators.rd.cleaning import Columns, DataTable, read_columns
from evaluation.estimators.rd.estimating import estimate
from evaluation.estimators.rd.layout import Layout
from evaluation.estimators.rd.results import EstimationError, RDEstimate
from evaluation.estimators.rd.spec import RDSpec
from evaluation.estimators.results import NotEstimable

Name = str | int


@dataclass(frozen=True, eq=False)
class PreparedCells:
    """The cells of one specification's columns. groups: code of each cell by named column."""

    cells: Cells
    groups: dict[Name, Ints]
    warnings: tuple[str, ...]
    dropped: tuple[tuple[str, str], ...]


class RDSample:
    """Rows that many estimates share: outcomes, cut-offs, bandwidths, donuts, groups left out.

    ``groups`` names the columns whose values may be left out one at a time. What two estimates have
    in common is worked out once: columns as numbers, the order of the rows, cells, and within them
    neighbours and windows. The data frame must not change meanwhile.
    """

    def __init__(self, data: pd.DataFrame, groups: Sequence[Name] = ()) -> None:
        self.table = DataTable(data)
        self.groups = tuple(groups)
        self._prepared: dict[tuple[object, ...], PreparedCells] = {}
        self._layouts: dict[tuple[object, ...], Layout] = {}

    @classmethod
    def of(cls, data: "Data", groups: Sequence[Name] = ()) -> "RDSample":
        """The sample itself where it already knows these groups."""
        if isinstance(data, RDSample):
            return data if {*groups} <= {*data.groups} else cls(data.table.data, groups)
        return cls(data, groups)

    def estimate(self, spec: RDSpec, mask: Bools | None = None) -> RDEstimate | NotEstimable:
        """The estimate over all cells, or over those of ``prepared(spec).cells`` in ``mask``."""
        try:
            prepared = self.prepared(spec)
        except EstimationError as refused:
            return refused.why
        cells = prepared.cells if mask is None else prepared.cells.select(mask)
        return estimate(cells, spec, prepared.warnings, prepared.dropped)

    def prepared(self, spec: RDSpec) -> PreparedCells:
        """Raises EstimationError."""
        key = (
            spec.outcome, spec.treatment, spec.covariates, spec.score, spec.cluster, spec.weights,
        )  # fmt: skip
        if key not in self._prepared:
            self._prepared[key] = self._prepare(spec)
        return self._prepared[key]

    @np.errstate(all="ignore")  # what overflows is told by what comes of it
    def _prepare(self, spec: RDSpec) -> PreparedCells:
        self.table.require(self.groups)
        columns = read_columns(self.table, spec)
        layout = self._layout(spec, columns)
        return PreparedCells(
            layout.cells(columns.values),
            dict(zip(self.groups, layout.groups, strict=True)),
            columns.warnings,
            columns.dropped,
        )

    def _layout(self, spec: RDSpec, columns: Columns) -> Layout:
        """Outcomes with the same missing rows share it."""
        key = (spec.score, spec.cluster, spec.weights, columns.complete.tobytes())
        if key not in self._layouts:
            groups = (self.table.codes(name)[columns.complete] for name in self.groups)
            self._layouts[key] = Layout.of(
                columns.score, columns.weight, columns.cluster, tuple(groups)
            )
        return self._layouts[key]


#: What every check takes too.
Data = pd.DataFrame | RDSample


def estimate_rd(data: Data, spec: RDSpec) -> RDEstimate | NotEstimable:
    """The jump of ``spec.outcome`` at the cut-off, over that of the treatment where there is one.

    Rows with a missing value in a named column are left out and counted. Never raises for what
    the data hold: what cannot be estimated is answered with its reason.
    """
    return RDSample.of(data).estimate(spec)
