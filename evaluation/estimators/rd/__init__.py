"""Regression discontinuity estimates, sharp or fuzzy, with scores shared within clusters.

``estimate_rd(data, spec)`` returns an ``RDEstimate``, or a ``NotEstimable`` with the reason. An
``RDSample`` in the place of the data frame shares the work of many estimates on the same rows.
"""

from evaluation.estimators.discontinuity import AndersonRubin, FirstStage, RDEstimate
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
