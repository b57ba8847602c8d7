"""Other programmes of the State for the same producers: where an alliance may be referred to."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from alliances.territory.models.confidence import Confidence
from alliances.territory.models.dated import DatedQuerySet
from kit.triggers import with_event_apart


class SisterProgramme(models.Model):
    """A programme by its code; it ends by its date, and referrals of before keep it."""

    code = models.SlugField(_("code"), max_length=40, primary_key=True)
    name_es = models.CharField(_("name in Spanish"), max_length=120)
    name_en = models.CharField(_("name in English"), max_length=120)
    entity = models.CharField(_("entity"), max_length=120)
    offers_es = models.CharField(_("what it offers, in Spanish"), max_length=300)
    offers_en = models.CharField(_("what it offers, in English"), max_length=300)
    for_whom_es = models.CharField(_("for whom, in Spanish"), max_length=300)
    for_whom_en = models.CharField(_("for whom, in English"), max_length=300)
    source = models.CharField(_("source"), max_length=250)
    url = models.URLField(_("address of the source"), blank=True)
    confidence = models.CharField(_("confidence"), max_length=6, choices=Confidence.choices)
    valid_from = models.DateField(_("in force from"))
    valid_until = models.DateField(
        _("in force until"), null=True, blank=True, help_text=_("The last day. Empty: no end.")
    )

    objects = DatedQuerySet["SisterProgramme"].as_manager()

    class Meta:
        verbose_name = _("sister programme")
        verbose_name_plural = _("sister programmes")
        triggers = [with_event_apart("change_reference")]
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("valid_from")),
                name="alliances_sisterprogramme_dates",
                violation_error_message=_("It cannot end before it begins."),
            ),
            models.CheckConstraint(
                condition=Q(confidence__in=Confidence.values),
                name="alliances_sisterprogramme_confidence",
                violation_error_message=_("Unknown degree of confidence."),
            ),
            models.UniqueConstraint(
                fields=["name_es"],
                name="alliances_sisterprogramme_name_es_unique",
                violation_error_message=_("There is already a programme with this name."),
            ),
        ]

    def __str__(self) -> str:
        return self.name_en if _is_english() else self.name_es

    @property
    def offers(self) -> str:
        """What it offers, in the language in use."""
        return self.offers_en if _is_english() else self.offers_es

    @property
    def for_whom(self) -> str:
        """Whom it is for, in the language in use."""
        return self.for_whom_en if _is_english() else self.for_whom_es


def _is_english() -> bool:
    return (get_language() or "").startswith("en")
