"""Support given in the field: visits, who attended, what was taught and adopted."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Visit(models.Model):
    """One visit of the accompanying organisation, logged on a phone and synced later."""

    class Kind(models.TextChoices):
        TECHNICAL = "technical", _("Technical")
        SOCIAL = "social", _("Social")
        ENVIRONMENTAL = "environmental", _("Environmental")
        BUSINESS = "business", _("Business and accounts")

    alliance = models.ForeignKey(
        "alliances.Alliance", on_delete=models.PROTECT, related_name="visits"
    )
    client_key = models.UUIDField(unique=True)
    kind = models.CharField(_("kind"), max_length=14, choices=Kind.choices)
    visited_on = models.DateField(_("date of the visit"))
    topic = models.CharField(_("topic"), max_length=160)
    notes = models.TextField(_("notes"), blank=True)
    practice_taught = models.CharField(_("practice taught"), max_length=120, blank=True)
    visited_by = models.ForeignKey(
        "alliances.Membership", on_delete=models.PROTECT, related_name="+"
    )
    logged_at = models.DateTimeField(_("logged at"))

    class Meta:
        verbose_name = _("visit")
        verbose_name_plural = _("visits")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["technical", "social", "environmental", "business"]),
                name="alliances_visit_kind",
                violation_error_message=_("Unknown kind of visit."),
            )
        ]
        indexes = [models.Index(fields=["alliance", "visited_on"], name="alliances_visit_when")]

    def __str__(self) -> str:
        return f"{self.visited_on} {self.topic}"


class Attendance(models.Model):
    """A producer who was at a visit, and whether they already do what was taught before."""

    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="attendance")
    producer = models.ForeignKey(
        "alliances.Producer", on_delete=models.PROTECT, related_name="attendance"
    )
    has_adopted = models.BooleanField(_("adopted the practice"), null=True)

    class Meta:
        verbose_name = _("attendance")
        verbose_name_plural = _("attendance")
        constraints = [
            models.UniqueConstraint(
                fields=["visit", "producer"],
                name="alliances_attendance_once",
                violation_error_message=_("This producer is already on the list."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.visit_id}: {self.producer_id}"
