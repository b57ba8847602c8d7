"""Support in the field: visits planned and made, who attended, what was taught and adopted."""

import pgtrigger
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from alliances.lifecycle import triggers
from kit.triggers import refuse, with_its_event


def _day_of(column: str) -> Cast:
    """The day of a moment in Colombia, whatever the clock of the session says."""
    return Cast(
        Func(
            Value("America/Bogota"),
            F(column),
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
                condition=Q(visited_on__lte=_day_of("logged_at")),
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


#: Somebody of the body that accompanies the alliance, in force when it is planned.
OF_WHO_ACCOMPANIES = pgtrigger.Trigger(
    name="of_who_accompanies",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    declare=[("day", "date")],
    func="""
        day := (NEW.planned_at AT TIME ZONE 'America/Bogota')::date;
        IF NOT EXISTS (
            SELECT FROM alliances_membership member
              JOIN alliances_appointment body USING (organisation_id)
             WHERE member.id = NEW.assigned_to_id AND member.role = 'oga'
               AND member.valid_from <= day
               AND (member.valid_until IS NULL OR member.valid_until >= day)
               AND body.alliance_id = NEW.alliance_id AND body.duty = 'accompany'
               AND (body.until IS NULL OR body.until >= day)
               AND (body.person_id IS NULL OR body.person_id = member.user_id)
        ) THEN
            RAISE EXCEPTION USING ERRCODE = 'check_violation', MESSAGE =
                'A visit is assigned to a member in force of the body that accompanies.';
        END IF;
        RETURN NEW;
    """,
)
#: It changes once, when it is closed; a visit that fulfils it is of the same alliance.
CLOSED_ONCE = pgtrigger.Trigger(
    name="closed_once",
    when=pgtrigger.Before,
    operation=pgtrigger.Update,
    func="""
        IF OLD.closed_at IS NOT NULL OR NEW.closed_at IS NULL
           OR ROW(NEW.id, NEW.alliance_id, NEW.key, NEW.assigned_to_id, NEW.due_on,
                  NEW.planned_by_id, NEW.planned_at)
              IS DISTINCT FROM
              ROW(OLD.id, OLD.alliance_id, OLD.key, OLD.assigned_to_id, OLD.due_on,
                  OLD.planned_by_id, OLD.planned_at) THEN
            RAISE EXCEPTION USING ERRCODE = 'restrict_violation', MESSAGE =
                'A planned visit changes once, when it is closed.';
        END IF;
        IF NEW.visit_id IS NOT NULL AND NOT EXISTS (
            SELECT FROM alliances_visit visit
             WHERE visit.id = NEW.visit_id AND visit.alliance_id = NEW.alliance_id) THEN
            RAISE EXCEPTION USING ERRCODE = 'check_violation', MESSAGE =
                'A planned visit is fulfilled by a visit to the same alliance.';
        END IF;
        RETURN NEW;
    """,
)


class PlannedVisit(models.Model):
    """Who is to visit an alliance next, by when; closed by a visit, another plan, or withdrawn.

    ``visit`` is the one that fulfilled it. Planned anew it is another row: nothing of it changes.
    """

    alliance = models.ForeignKey(
        "alliances.Alliance", on_delete=models.PROTECT, related_name="planned_visits"
    )
    key = models.UUIDField(unique=True)
    assigned_to = models.ForeignKey(
        "alliances.Membership",
        on_delete=models.PROTECT,
        related_name="planned_visits",
        verbose_name=_("assigned to"),
    )
    due_on = models.DateField(_("by when"))
    planned_by = models.ForeignKey(
        "alliances.Membership", on_delete=models.PROTECT, related_name="+"
    )
    planned_at = models.DateTimeField(_("planned at"))
    visit = models.OneToOneField(
        Visit, on_delete=models.PROTECT, null=True, blank=True, related_name="plan"
    )
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)

    class Meta:
        verbose_name = _("assigned visit")
        verbose_name_plural = _("assigned visits")
        constraints = [
            models.UniqueConstraint(
                fields=["alliance"],
                condition=Q(closed_at__isnull=True),
                name="alliances_plannedvisit_one_open",
                violation_error_message=_("A visit to this alliance is already assigned."),
            ),
            models.CheckConstraint(
                condition=Q(due_on__gte=_day_of("planned_at")),
                name="alliances_plannedvisit_ahead",
                violation_error_message=_("A visit is assigned for today or a later day."),
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True, visit__isnull=True)
                | Q(closed_at__gte=F("planned_at")),
                name="alliances_plannedvisit_closed",
                violation_error_message=_("What was visited is closed, and after it was planned."),
            ),
        ]
        triggers = [
            OF_WHO_ACCOMPANIES,
            CLOSED_ONCE,
            with_its_event("assign_visit", "withdraw_planned_visit", "log_visit"),
            refuse(
                "kept_for_ever", pgtrigger.Delete, "Planned visits are withdrawn, never deleted."
            ),
            refuse(
                "no_truncate", pgtrigger.Truncate, "Planned visits are withdrawn, never deleted."
            ),
        ]

    def __str__(self) -> str:
        return f"{self.alliance_id}: {self.assigned_to_id}, {self.due_on}"
