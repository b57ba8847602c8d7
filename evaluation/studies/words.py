"""What the choices of a study are called. Pure."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

TREATMENTS: dict[str, Promise] = {
    "in_execution": _("was in execution by a day"),
    "trust_constituted": _("had its trust constituted by a day"),
    "selected": _("was selected by the committee"),
    "answer": _("says so in the survey"),
    "none": _("reached the cut-off (nothing else decides)"),
}
CLUSTERS: dict[str, Promise] = {
    "alliance": _("alliance"),
    "department": _("department"),
    "none": _("nobody: each answer by itself"),
}
VARIANCES: dict[str, Promise] = {
    "cr3": _("leave-cluster-out (CR3)"),
    "cr2": _("bias-reduced (CR2)"),
    "cr1": _("usual by cluster (CR1)"),
    "nn_cluster": _("nearest neighbours, summed by cluster"),
    "nn": _("nearest neighbours, without groups"),
}
KERNELS: dict[str, Promise] = {
    "triangular": _("triangular"),
    "epanechnikov": _("Epanechnikov"),
    "uniform": _("uniform"),
}
SELECTORS: dict[str, Promise] = {
    "mserd": _("least mean squared error, the same on both sides"),
    "msetwo": _("least mean squared error, one for each side"),
    "cerrd": _("least coverage error, the same on both sides"),
    "certwo": _("least coverage error, one for each side"),
}
BANDWIDTHS_ON: dict[str, Promise] = {
    "reduced_form": _("the outcome (reduced form)"),
    "fuzzy": _("the ratio"),
}
MASS_POINTS: dict[str, Promise] = {
    "adjust": _("adjust for them"),
    "off": _("take them as if they did not"),
}
