"""How far a reference figure can be trusted."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Confidence(models.TextChoices):
    HIGH = "high", _("High confidence")
    MEDIUM = "medium", _("Medium confidence")
    LOW = "low", _("Low confidence")


def known_confidence(name: str) -> models.CheckConstraint:
    """The constraint, by its ``name``, that ``confidence`` is one of these."""
    return models.CheckConstraint(
        condition=Q(confidence__in=Confidence.values),
        name=name,
        violation_error_message=_("Unknown degree of confidence."),
    )
