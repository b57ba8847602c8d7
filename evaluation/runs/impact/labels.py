"""What the points of a sensitivity analysis are called, in tables and charts. Pure."""

from django.utils.translation import gettext as _

from evaluation.estimators.discontinuity import SensitivityPoint
from evaluation.runs.impact.phrases import SETTINGS
from kit.figures import number


def factor_label(point: SensitivityPoint) -> str:
    return _("Bandwidth × %(factor)s") % {"factor": number(float(point.at), 2)}


def setting_label(point: SensitivityPoint) -> str:
    label = SETTINGS.get(str(point.at))
    return str(label) if label else str(point.at)


def radius_label(point: SensitivityPoint) -> str:
    return _("Without those nearer than %(radius)s points") % {"radius": number(float(point.at), 2)}
