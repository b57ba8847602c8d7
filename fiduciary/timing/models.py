"""What the slack clock stores: windows overridden by name, and its last reading."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from alliances.lifecycle.triggers import append_only
from alliances.territory.calendar import Occurrence
from alliances.territory.models import Operation
from fiduciary.timing.clock import SlackState


class SlackStateChoices(models.TextChoices):
    """The clock's states as people read them."""

    ON_TIME = SlackState.ON_TIME.value, pgettext_lazy("slack", "On time")
    AT_RISK = SlackState.AT_RISK.value, pgettext_lazy("slack", "At risk")
    LATE = SlackState.LATE.value, pgettext_lazy("slack", "Late")
    MISSED = SlackState.MISSED.value, pgettext_lazy("slack", "Window missed")
    NO_DATA = SlackState.NO_DATA.value, pgettext_lazy("slack", "No data")
    NO_LIMIT = SlackState.NO_LIMIT.value, pgettext_lazy("slack", "No deadline")


class WindowOverride(models.Model):
    """A season that one alliance knows better than the calendar: altitude, irrigation, El Niño.

    The latest one for a crop and operation counts; earlier ones stay to show who said what.
    """

    alliance = models.ForeignKey(
        "alliances.Alliance", on_delete=models.PROTECT, related_name="window_overrides"
    )
    crop = models.ForeignKey("alliances.Crop", on_delete=models.PROTECT, related_name="+")
    operation = models.CharField(_("operation"), max_length=22, choices=Operation.choices)
    starts_on = models.DateField(_("window opens on"))
    ends_on = models.DateField(_("window closes on"))
    reason = models.TextField(_("reason"))
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    recorded_at = models.DateTimeField(_("recorded at"))

    class Meta:
        verbose_name = _("window override")
        verbose_name_plural = _("window overrides")
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")),
                name="fiduciary_windowoverride_dates",
                violation_error_message=_("A window cannot close before it opens."),
            ),
            models.CheckConstraint(
                condition=Q(operation__in=Operation.values),
                name="fiduciary_windowoverride_operation",
                violation_error_message=_("Unknown operation."),
            ),
            models.CheckConstraint(
                condition=~Q(reason=""),
                name="fiduciary_windowoverride_reason",
                violation_error_message=_("Say why the calendar does not hold here."),
            ),
        ]
        triggers = append_only("Window overrides")

    def __str__(self) -> str:
        return f"{self.crop_id} {self.operation}: {self.starts_on} / {self.ends_on}"

    @property
    def occurrence(self) -> Occurrence:
        """The season as arithmetic understands it."""
        return Occurrence(self.starts_on, self.ends_on)


class StoredReading(models.Model):
    """The last reading of the slack clock, kept on what it was read for so lists can be sorted.

    ``slack_days`` are signed working days against the window aimed at; ``urgency_days`` are the
    ones to sort by: against the next window once that one is missed.
    """

    window_starts_on = models.DateField(null=True, editable=False)
    window_ends_on = models.DateField(null=True, editable=False)
    window_source = models.CharField(max_length=250, blank=True, editable=False)
    need_by_on = models.DateField(_("needed by"), null=True, editable=False)
    forecast_p50_on = models.DateField(_("usually paid by"), null=True, editable=False)
    forecast_p90_on = models.DateField(_("at the latest by"), null=True, editable=False)
    forecast_is_observed = models.BooleanField(default=False, editable=False)
    slack_days = models.IntegerField(_("slack"), null=True, editable=False)
    slack_state = models.CharField(
        _("on crop time"), max_length=8, choices=SlackStateChoices.choices, editable=False
    )
    next_need_by_on = models.DateField(null=True, editable=False)
    urgency_days = models.IntegerField(null=True, editable=False)
    computed_at = models.DateTimeField(_("computed at"), null=True, editable=False)

    class Meta:
        abstract = True
