"""Regression discontinuity, sharp or fuzzy, that is right when members share their group's score.

``estimate_rd(data, spec)`` answers an ``RDEstimate``, or a ``NotEstimable`` that says why not.
"""

import numpy as np
import pandas as pd

from evaluation.estimators.rd.cells import Cells, collapse
from evaluation.estimators.rd.cleaning import Columns, read
from evaluation.estimators.rd.estimating import estimate
from evaluation.estimators.rd.results import AndersonRubin, FirstStage, RDEstimate, Refused
from evaluation.estimators.rd.spec import RDSpec
from evaluation.estimators.results import NotEstimable

__all__ = ["AndersonRubin", "FirstStage", "NotEstimable", "RDEstimate", "RDSpec", "estimate_rd"]


def estimate_rd(data: pd.DataFrame, spec: RDSpec) -> RDEstimate | NotEstimable:
    """The jump of ``spec.outcome`` at the cut-off, over that of the treatment where there is one.

    Rows with a missing value in a named column are left out and counted. Never raises for what
    the data hold: what cannot be estimated is answered with its reason.
    """
    try:
        columns = read(data, spec)
    except Refused as refused:
        return refused.why
    return estimate(cells_of(columns), spec, columns.warnings, columns.dropped)


def cells_of(columns: Columns) -> Cells:
    """The rows, sorted and collapsed."""
    keys = [key for key in (columns.weight, columns.cluster) if key is not None]
    order = np.lexsort([*keys, columns.score]) if keys else np.argsort(columns.score, kind="stable")
    return collapse(
        columns.score[order],
        columns.values[order],
        None if columns.weight is None else columns.weight[order],
        None if columns.cluster is None else columns.cluster[order],
    )
