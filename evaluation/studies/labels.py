"""The choices of studies in words, for whoever writes it and for whoever reads it. Pure."""

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from evaluation.studies.impact_spec import (
    Cluster,
    Kernel,
    MassPoints,
    ScoreReading,
    Selector,
    Target,
    Treatment,
    Variance,
)

TREATMENTS: dict[Treatment, Promise] = {
    "in_execution": _("Their alliance was in execution by the day below"),
    "trust_constituted": _("The trust of their alliance was constituted by the day below"),
    "selected": _("The committee selected their alliance"),
    "answer": _("They said so: a yes-or-no question of the survey"),
    "none": _("Nothing but the score: everybody from the cut-off on (sharp design)"),
}
CLUSTERS: dict[Cluster, Promise] = {
    "alliance": _("Alliance"),
    "department": _("Department"),
    "none": _("Nobody: every producer alone"),
}
KERNELS: dict[Kernel, Promise] = {
    "triangular": _("Triangular"),
    "epanechnikov": _("Epanechnikov"),
    "uniform": _("Uniform"),
}
ORDERS: dict[int, Promise] = {1: _("1, a straight line"), 2: _("2, a curve")}
SELECTORS: dict[Selector, Promise] = {
    "mserd": _("One for both sides, least error of the estimate"),
    "msetwo": _("One for each side, least error of the estimate"),
    "cerrd": _("One for both sides, least error of the interval's coverage"),
    "certwo": _("One for each side, least error of the interval's coverage"),
}
TARGETS: dict[Target, Promise] = {
    "reduced_form": _("The jump of the outcome"),
    "fuzzy": _("The effect of taking part"),
}
VARIANCES: dict[Variance, Promise] = {
    "cr3": _("CR3 by group"),
    "cr2": _("CR2 by group, with Student's t"),
    "cr1": _("CR1 by group"),
    "nn_cluster": _("Nearest neighbours, summed by group"),
    "nn": _("Nearest neighbours, without groups"),
}
MASS_POINTS: dict[MassPoints, Promise] = {"adjust": _("Adjust for them"), "off": _("Ignore them")}
READINGS: dict[ScoreReading, Promise] = {
    "found": _("With the decimals that they were written with"),
    "as_stored": _("As they are stored, without rounding"),
}

#: What each setting is called.
SETTINGS: dict[str, Any] = {
    "cluster": _("Errors grouped by"),
    "kernel": _("Kernel"),
    "p": _("Order of the polynomial"),
    "bwselect": _("Bandwidth"),
    "bandwidth_on": _("Bandwidth chosen on"),
    "vce": _("Variance"),
    "masspoints": _("Repeated scores"),
    "decimals": _("Scores are read"),
    "level": _("Level of the intervals, in per cent"),
    "minimum_controls": _("Fewest untreated producers of a crop"),
    "placebos": _("Placebo cut-offs"),
    "balance_draws": _("Draws for the joint test of balance"),
    "threshold": _("Fewer than these are hidden"),
}

#: What the figures of a study of operations are told apart by.
COMPARED_BY: dict[str, Promise] = {
    "call": _("Call"),
    "region": _("Call region"),
    "regime": _("Duty regime"),
}
