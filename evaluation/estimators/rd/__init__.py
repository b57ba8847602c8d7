"""Regression discontinuity, sharp or fuzzy, that is right when members share their group's score.

``estimate_rd(data, spec)`` answers an ``RDEstimate``, or a ``NotEstimable`` that says why not.
An ``RDSample`` in the place of the data makes many estimates from one pass over the rows.
"""

from evaluation.estimators.rd.results import AndersonRubin, FirstStage, RDEstimate
from evaluation.estimators.rd.sample import RDSample, estimate_rd
from evaluation.estimators.rd.spec import RDSpec
from evaluation.estimators.results import NotEstimable

__all__ = [
    "AndersonRubin",
    "FirstStage",
    "NotEstimable",
    "RDEstimate",
    "RDSample",
    "RDSpec",
    "estimate_rd",
]
