"""What came over the programme from outside: a pandemic, closed roads, prices of inputs."""

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from alliances.territory.models.confidence import Confidence, known_confidence
from kit.figures import in_language
from kit.triggers import with_event_apart


class ShockKind(models.TextChoices):
    PANDEMIC = "pandemic", _("Pandemic")
    PRICES = "prices", _("Prices of inputs")
    ROADS = "roads", _("Closed roads")
    CLIMATE = "climate", _("Climate")
    OTHER = "other", _("Other")


class ExternalShock(models.Model):
    """A shock with its first and last day.

    ``departments``: DIVIPOLA codes with a space between them; empty for the whole country.
    """

    code = models.SlugField(_("code"), max_length=40, primary_key=True)
    name_es = models.CharField(_("name in Spanish"), max_length=120)
    name_en = models.CharField(_("name in English"), max_length=120)
    kind = models.CharField(_("kind"), max_length=8, choices=ShockKind.choices)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"))
    departments = models.CharField(
        _("departments"),
        max_length=120,
        blank=True,
        validators=[RegexValidator(r"^[0-9]{2}( [0-9]{2})*\Z", _("Codes of two digits."))],
    )
    source = models.CharField(_("source"), max_length=250)
    url = models.URLField(_("address of the source"), blank=True)
    confidence = models.CharField(_("confidence"), max_length=6, choices=Confidence.choices)

    class Meta:
        verbose_name = _("external shock")
        verbose_name_plural = _("external shocks")
        triggers = [with_event_apart("change_reference")]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")),
                name="alliances_externalshock_dates",
                violation_error_message=_("A shock cannot end before it begins."),
            ),
            models.CheckConstraint(
                condition=Q(kind__in=ShockKind.values),
                name="alliances_externalshock_kind",
                violation_error_message=_("Unknown kind of shock."),
            ),
            known_confidence("alliances_externalshock_confidence"),
        ]

    def __str__(self) -> str:
        return in_language(self, "name")
