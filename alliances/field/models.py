"""Support given in the field: visits, who attended, what was taught and adopted."""

import pgtrigger
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from alliances.lifecycle import triggers

#: The day on which a visit was logged, in Colombia, whatever the clock of the session says.
LOGGED_ON = Cast(
    Func(
        Value("America/Bogota"),
        F("logged_at"),
        function="timezone",
        output_field=models.DateTimeField(),
    ),
    models.DateField(),
)


class Visit(models.Model):
    """One visit of the accompanying organisation, logged on a phone and synced later."""

    class Kind(models.TextChoices):
        TECHNICAL = "technical", pgettext_lazy("visit", "Technical")
        SOCIAL = "social", pgettext_lazy("visit", "Social")
        ENVIRONMENTAL = "environmental", pgettext_lazy("visit", "Environmental")
        BUSINESS = "business", pgettext_lazy("visit", "Business and accounts")

    alliance = models.ForeignKey(
        "alliances.Alliance", on_delete=models.PROTECT, related_name="visits"
    )
    key = models.UUIDField(unique=True)
    kind = models.CharField(_("kind"), max_length=14, choices=Kind.choices)
    visited_on = models.DateField(_("date of the visit"))
    topic = models.CharField(_("topic"), max_length=160)
    notes = models.TextField(_("notes"), blank=True)
    practice_taught = models.CharField(_("practice taught"), max_length=120, blank=True)
    practice_checked = models.CharField(
        _("earlier practice looked for"),
        max_length=120,
        blank=True,
        help_text=_("A practice taught before, whose adoption was looked at on this visit."),
    )
    visited_by = models.ForeignKey(
        "alliances.Membership", on_delete=models.PROTECT, related_name="+"
    )
    logged_at = models.DateTimeField(_("logged at"))
    photos = models.ManyToManyField(
        "alliances.DocumentVersion", blank=True, related_name="+", verbose_name=_("photographs")
    )

    class Meta:
        verbose_name = _("visit")
        verbose_name_plural = _("visits")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["technical", "social", "environmental", "business"]),
                name="alliances_visit_kind",
                violation_error_message=_("Unknown kind of visit."),
            ),
            models.CheckConstraint(
                condition=Q(visited_on__lte=LOGGED_ON),
                name="alliances_visit_not_in_future",
                violation_error_message=_("A visit is logged on its day or later."),
            ),
            models.CheckConstraint(
                condition=~Q(topic=""),
                name="alliances_visit_topic",
                violation_error_message=_("Say what the visit was about."),
            ),
        ]
        indexes = [models.Index(fields=["alliance", "visited_on"], name="alliances_visit_when")]
        triggers = triggers.append_only("Visits")

    def __str__(self) -> str:
        return f"{self.visited_on} {self.topic}"


#: Rows arrive by the thousand when a portfolio is loaded, so each statement is checked once.
OWN_PRODUCERS = pgtrigger.Trigger(
    name="own_producers",
    when=pgtrigger.After,
    operation=pgtrigger.Insert,
    level=pgtrigger.Statement,
    referencing=pgtrigger.Referencing(new="arrived"),
    func="""
        IF EXISTS (
            SELECT 1 FROM arrived
              JOIN alliances_visit visit ON visit.id = arrived.visit_id
              JOIN alliances_producer producer ON producer.id = arrived.producer_id
             WHERE visit.alliance_id <> producer.alliance_id
        ) THEN
            RAISE EXCEPTION USING ERRCODE = 'check_violation', MESSAGE =
                'A visit lists only producers of its own alliance.';
        END IF;
        RETURN NULL;
    """,
)


class Attendance(models.Model):
    """A producer who was at a visit, and whether they do the earlier practice looked for.

    ``has_adopted`` is empty when the visit looked for no earlier practice.
    """

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
        triggers = [OWN_PRODUCERS, *triggers.append_only("Attendance lists")]

    def __str__(self) -> str:
        return f"{self.visit_id}: {self.producer_id}"
