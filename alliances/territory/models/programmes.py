"""Other programmes of the State for the same producers: where an alliance may be referred to."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from alliances.territory.models.confidence import Confidence, known_confidence
from alliances.territory.models.dated import DatedQuerySet
from kit.columns import ends_no_earlier
from kit.figures import in_language
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
            ends_no_earlier("alliances_sisterprogramme_dates"),
            known_confidence("alliances_sisterprogramme_confidence"),
            models.UniqueConstraint(
                fields=["name_es"],
                name="alliances_sisterprogramme_name_es_unique",
                violation_error_message=_("There is already a programme with this name."),
            ),
        ]

    def __str__(self) -> str:
        return in_language(self, "name")

    @property
    def offers(self) -> str:
        """What it offers, in the language in use."""
        return in_language(self, "offers")

    @property
    def for_whom(self) -> str:
        """Whom it is for, in the language in use."""
        return in_language(self, "for_whom")
