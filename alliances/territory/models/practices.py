"""Good practices that field teams teach: one spelling each, offered where a visit is logged."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from alliances.territory.models.confidence import Confidence
from alliances.territory.models.dated import DatedQuerySet
from kit.triggers import with_event_apart


class Practice(models.Model):
    """A practice by its code; it ends by its date, and visits keep the words that they wrote."""

    code = models.SlugField(_("code"), max_length=40, primary_key=True)
    name_es = models.CharField(_("name in Spanish"), max_length=120)
    name_en = models.CharField(_("name in English"), max_length=120)
    source = models.CharField(_("source"), max_length=200)
    confidence = models.CharField(_("confidence"), max_length=6, choices=Confidence.choices)
    valid_from = models.DateField(_("in force from"))
    valid_until = models.DateField(
        _("in force until"), null=True, blank=True, help_text=_("The last day. Empty: no end.")
    )

    objects = DatedQuerySet["Practice"].as_manager()

    class Meta:
        verbose_name = _("practice")
        verbose_name_plural = _("practices")
        triggers = [with_event_apart("change_reference")]
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("valid_from")),
                name="alliances_practice_dates",
                violation_error_message=_("It cannot end before it begins."),
            ),
            models.CheckConstraint(
                condition=Q(confidence__in=Confidence.values),
                name="alliances_practice_confidence",
                violation_error_message=_("Unknown degree of confidence."),
            ),
            models.UniqueConstraint(
                fields=["name_es"],
                name="alliances_practice_name_es_unique",
                violation_error_message=_("There is already a practice with this name."),
            ),
        ]

    def __str__(self) -> str:
        return self.name_en if (get_language() or "").startswith("en") else self.name_es
