"""Do groups answer alike? Pearson's test corrected for clusters and weights."""

import numpy as np
from scipy import stats

from evaluation.estimators.results import NotEstimable
from evaluation.estimators.survey.proportions import Codes, Floats, cluster_sums
from evaluation.estimators.survey.results import Association


def association(
    groups: Codes, answers: Codes, weights: Floats, clusters: Codes, *, minimum: int
) -> Association | NotEstimable:
    """Second-order Rao-Scott test of independence of ``groups`` and ``answers``.

    Notes
    -----
    X² = n Σ u²/(p_r p_c) with u = p_rc - p_r p_c. Under independence it is a sum of chi-squares
    with weights δ, the eigenvalues of n D^-½ V(u) D^-½, V from linearised values summed within
    clusters. F = X² / Σδ is referred to F(d, d(G-1)) with d = (Σδ)²/Σδ² (Rao and Scott 1984;
    Thomas and Rao 1987).
    """
    rows, row = np.unique(groups, return_inverse=True)
    columns, column = np.unique(answers, return_inverse=True)
    names, places = np.unique(clusters, return_inverse=True)
    if len(rows) < 2:
        return NotEstimable("empty_level")
    if len(columns) < 2:
        return NotEstimable("constant_outcome")
    if len(names) < max(2, minimum):
        return NotEstimable("few_clusters", len(names))
    share = weights / weights.sum()
    in_row, in_column = np.eye(len(rows))[row], np.eye(len(columns))[column]
    of_row, of_column = share @ in_row, share @ in_column
    expected = np.outer(of_row, of_column)
    departure = in_row.T @ (share[:, None] * in_column) - expected
    linear = (in_row - of_row)[:, :, None] * (in_column - of_column)[:, None, :] - departure
    scaled = (linear / np.sqrt(expected)).reshape(len(row), -1) * share[:, None]
    sums = cluster_sums(scaled, places, len(names))
    n, clusters_less_one = len(row), len(names) - 1
    variance = n * len(names) / clusters_less_one * sums.T @ sums
    trace, squares = float(np.trace(variance)), float((variance**2).sum())
    if trace <= 0:
        return NotEstimable("perfect_fit")
    statistic = n * float((departure**2 / expected).sum()) / trace
    numerator = trace**2 / squares
    denominator = numerator * clusters_less_one
    p_value = float(stats.f.sf(statistic, numerator, denominator))
    return Association(statistic, numerator, denominator, p_value)
