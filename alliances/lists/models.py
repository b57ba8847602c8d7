"""What people keep of lists: views with a name, and acts on many rows with what became of each."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kit.lists import shape_named
from kit.tones import Tone


class SavedView(models.Model):
    """A list as one person narrowed it, under a name of their own."""

    person = models.ForeignKey("alliances.User", on_delete=models.PROTECT, related_name="+")
    list_name = models.CharField(max_length=30)
    name = models.CharField(_("name"), max_length=60)
    query = models.CharField(max_length=1000, blank=True)

    class Meta:
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        constraints = [
            models.UniqueConstraint(
                fields=["person", "list_name", "name"],
                name="alliances_savedview_name",
                violation_error_message=_("You already have a view with this name."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def address(self) -> str:
        """Where it opens; empty for a list that is no more."""
        shape = shape_named(self.list_name)
        return shape.address(self.query) if shape else ""


class BulkAct(models.Model):
    """One act on many rows: proposed with what would become of each, confirmed, then worked off.

    Each row is an act of its own, under a key made of this one's: a second click, or a second
    worker after the first was killed, does nothing twice.
    """

    key = models.UUIDField(unique=True, editable=False)
    verb = models.CharField(max_length=40)
    membership = models.ForeignKey(
        "alliances.Membership", on_delete=models.PROTECT, related_name="+"
    )
    list_name = models.CharField(max_length=30)
    query = models.CharField(max_length=1000, blank=True)
    language = models.CharField(max_length=10)
    proposed_at = models.DateTimeField()
    reason_code = models.CharField(max_length=40, blank=True)
    reason = models.TextField(blank=True)
    confirmed_at = models.DateTimeField(null=True)
    heartbeat_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("act on many rows")
        verbose_name_plural = _("acts on many rows")
        constraints = [
            models.CheckConstraint(
                condition=Q(confirmed_at__isnull=False)
                | Q(heartbeat_at__isnull=True, finished_at__isnull=True),
                name="alliances_bulkact_confirmed_first",
                violation_error_message=_("What nobody confirmed is not done."),
            ),
        ]
        indexes = [
            models.Index(
                fields=["confirmed_at"],
                name="alliances_bulkact_queue",
                condition=Q(confirmed_at__isnull=False, finished_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.verb} · {self.proposed_at:%Y-%m-%d %H:%M}"


class BulkRow(models.Model):
    """One row of an act on many: what is planned with it, and what became of it."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        DONE = "done", _("Done")
        LEFT = "left", _("Left as it was")

    bulk = models.ForeignKey(BulkAct, on_delete=models.CASCADE, related_name="rows")
    target = models.BigIntegerField()
    label = models.CharField(max_length=300)
    url = models.CharField(max_length=200)
    seen = models.CharField(max_length=64, blank=True)
    plan = models.CharField(max_length=300, blank=True)
    options: Any = models.JSONField(default=dict)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    problem = models.TextField(blank=True)

    class Meta:
        verbose_name = _("row of an act on many")
        verbose_name_plural = _("rows of acts on many")
        constraints = [
            models.UniqueConstraint(
                fields=["bulk", "target"],
                name="alliances_bulkrow_once",
                violation_error_message=_("A row is acted upon once."),
            ),
            models.CheckConstraint(
                condition=Q(state="left", problem__gt="")
                | Q(state__in=["waiting", "done"], problem=""),
                name="alliances_bulkrow_says_why",
                violation_error_message=_("What was left as it was says why."),
            ),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def tone(self) -> Tone:
        return {
            self.State.WAITING: Tone.PLAIN,
            self.State.DONE: Tone.GOOD,
            self.State.LEFT: Tone.ATTENTION,
        }[self.State(self.state)]
