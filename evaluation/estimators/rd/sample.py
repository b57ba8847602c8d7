"""A data frame read and sorted once, for any number of estimates."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from evaluation.estimators.discontinuity import RDEstimate
from evaluation.estimators.rd.cells import Bools, Cells, Ints
from evaluation.estimators.rd.cleaning import Columns, DataTable, read_columns
from evaluation.estimators.rd.estimating import estimate
from evaluation.estimators.rd.layout import Layout
from evaluation.estimators.rd.results import EstimationError
from evaluation.estimators.rd.spec import RDSpec
from evaluation.estimators.results import NotEstimable

Name = str | int


@dataclass(frozen=True, eq=False)
class PreparedCells:
    """Cells of one set of columns.

    ``groups``: code of each cell, by column. The rest as in ``RDEstimate``.
    """

    cells: Cells
    groups: dict[Name, Ints]
    decimals: int | None
    warnings: tuple[str, ...]
    dropped: tuple[tuple[str, str], ...]


class RDSample:
    """Rows that many estimates share, with their order, cells, neighbours and windows computed
    once.

    Parameters
    ----------
    data : pandas.DataFrame
        One row per observation. It must not change while the sample is in use.
    groups : sequence of str or int
        Columns by whose values rows are left out one at a time.
    """

    def __init__(self, data: pd.DataFrame, groups: Sequence[Name] = ()) -> None:
        self.table = DataTable(data)
        self.groups = tuple(groups)
        self._prepared: dict[tuple[object, ...], PreparedCells] = {}
        self._layouts: dict[tuple[object, ...], Layout] = {}

    @classmethod
    def of(cls, data: "Data", groups: Sequence[Name] = ()) -> "RDSample":
        """``data`` as a sample; itself where it already is one with these groups."""
        if isinstance(data, RDSample):
            return data if {*groups} <= {*data.groups} else cls(data.table.data, groups)
        return cls(data, groups)

    def estimate(self, spec: RDSpec, mask: Bools | None = None) -> RDEstimate | NotEstimable:
        """Estimate over all cells, or over a subset of them.

        Parameters
        ----------
        spec : RDSpec
        mask : (cells,) bool array, optional
            Which of ``prepared(spec).cells`` enter; all of them by default.

        Returns
        -------
        RDEstimate or NotEstimable
        """
        try:
            prepared = self.prepared(spec)
        except EstimationError as refused:
            return refused.not_estimable
        cells = prepared.cells if mask is None else prepared.cells.select(mask)
        return estimate(cells, spec, prepared.decimals, prepared.warnings, prepared.dropped)

    def prepared(self, spec: RDSpec) -> PreparedCells:
        """Cells of the columns of a specification. Raises EstimationError."""
        measured = (spec.outcome, spec.treatment, spec.covariates)
        key = (*measured, spec.score, spec.decimals, spec.codes, spec.cluster, spec.weights)
        if key not in self._prepared:
            self._prepared[key] = self._prepare(spec)
        return self._prepared[key]

    @np.errstate(all="ignore")  # overflow shows in the result
    def _prepare(self, spec: RDSpec) -> PreparedCells:
        self.table.require(self.groups)
        columns = read_columns(self.table, spec)
        layout = self._layout(spec, columns)
        return PreparedCells(
            layout.cells(columns.values),
            dict(zip(self.groups, layout.groups, strict=True)),
            columns.decimals,
            columns.warnings,
            columns.dropped,
        )

    def _layout(self, spec: RDSpec, columns: Columns) -> Layout:
        """Layout of the cells, common to outcomes with the same missing rows."""
        key = (
            spec.score,
            spec.decimals,
            spec.codes,
            spec.cluster,
            spec.weights,
            columns.complete.tobytes(),
        )
        if key not in self._layouts:
            groups = (self.table.codes(name)[columns.complete] for name in self.groups)
            self._layouts[key] = Layout.of(
                columns.score, columns.weight, columns.cluster, tuple(groups)
            )
        return self._layouts[key]


#: Data that estimators and checks accept.
Data = pd.DataFrame | RDSample


def estimate_rd(data: Data, spec: RDSpec) -> RDEstimate | NotEstimable:
    """Estimate the jump of an outcome at the cut-off of a score, with robust bias-corrected
    inference.

    Parameters
    ----------
    data : pandas.DataFrame or RDSample
        One row per observation; rows with a missing value in a named column are left out and
        counted.
    spec : RDSpec
        Columns, bandwidths and variance estimator.

    Returns
    -------
    RDEstimate or NotEstimable
        The estimate, in units of the outcome (over those of the treatment in fuzzy designs), or the
        reason why the data identify none. Nothing in the data raises an exception.

    Notes
    -----
    On each side a polynomial of order p is fitted by weighted least squares::

        beta = argmin sum_i K((x_i - c) / h) (y_i - sum_k beta_k (x_i - c)**k)**2

    and the sharp estimate is ``tau = deriv! (beta_right[deriv] - beta_left[deriv])``. A fuzzy
    design divides the jump of the outcome by that of the treatment. The bias-corrected estimate
    subtracts the leading bias, of order ``h**(p + 1 - deriv)``, estimated by a polynomial of order
    q within b; ``se_robust`` includes the variance of that correction. Covariates enter with slopes
    common to both sides. Clustered variances are sums over clusters of squared score contributions:
    ``cr1`` from plain residuals times (n - 1) / (n - k) x G / (G - 1), ``cr2`` and ``cr3`` from
    residuals adjusted by (I - H_g)**(-1/2) and (I - H_g)**(-1); the last is the residual of a fit
    without the cluster, and its variance the cluster jackknife around the full-sample estimate.

    References
    ----------
    Calonico, Cattaneo and Titiunik (2014), Econometrica 82(6): bias correction, robust variance.
    Calonico, Cattaneo, Farrell and Titiunik (2019), Review of Economics and Statistics 101(3):
    covariates. Bell and McCaffrey (2002) and Pustejovsky and Tipton (2018): cr2 and cr3. Hansen
    (2022): cr3 as a jackknife.
    """
    return RDSample.of(data).estimate(spec)
