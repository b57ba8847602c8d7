"""Good practices that field teams teach: one spelling each, offered where a visit is logged."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from alliances.territory.models.confidence import Confidence, known_confidence
from alliances.territory.models.dated import DatedQuerySet
from kit.columns import ends_no_earlier
from kit.figures import in_language
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
            ends_no_earlier("alliances_practice_dates"),
            known_confidence("alliances_practice_confidence"),
            models.UniqueConstraint(
                fields=["name_es"],
                name="alliances_practice_name_es_unique",
                violation_error_message=_("There is already a practice with this name."),
            ),
        ]

    def __str__(self) -> str:
        return in_language(self, "name")
