"""A run is a row: queue, progress, claim, result and record in one, immutable once finished."""

from datetime import timedelta
from typing import Any

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from alliances.lifecycle.triggers import append_only, refuse
from evaluation.runs.table import ACTIVE, FINISHED, PROCESS, Failure, RunStatus
from evaluation.runs.triggers import while_its_run_works
from kit.tones import Tone

_FINISHED_SQL = ", ".join(f"'{status}'" for status in FINISHED)
_REQUEST = ("study_id", "kind", "specification", "seed", "requested_by_id", "key")
_OTHER_SQL = " OR ".join(f"NEW.{name} IS DISTINCT FROM OLD.{name}" for name in _REQUEST)
_MOVES_SQL = ", ".join(f"('{source}', '{target}')" for source, target in PROCESS.changes())


class RunQuerySet(models.QuerySet["Run"]):
    def active(self) -> "RunQuerySet":
        """Waiting or running."""
        return self.filter(status__in=ACTIVE)


class Run(models.Model):
    """One execution of a frozen study. ``claim_token`` fences off a worker that was given up."""

    study = models.ForeignKey("evaluation.Study", on_delete=models.PROTECT, related_name="runs")
    kind = models.CharField(_("kind"), max_length=10)
    specification: Any = models.JSONField(_("specification"))
    seed = models.PositiveBigIntegerField(_("seed"))
    key = models.UUIDField(editable=False)
    requested_by = models.ForeignKey(
        "alliances.Membership", on_delete=models.PROTECT, related_name="+"
    )
    requested_at = models.DateTimeField(_("requested at"))

    status = models.CharField(
        _("status"), max_length=9, choices=RunStatus.choices, default=RunStatus.QUEUED
    )
    phase = models.CharField(_("phase"), max_length=20, blank=True)
    percent = models.PositiveSmallIntegerField(_("per cent"), default=0)
    claim_token = models.UUIDField(null=True, editable=False)
    attempt = models.PositiveSmallIntegerField(_("attempt"), default=0)
    started_at = models.DateTimeField(_("started at"), null=True)
    heartbeat_at = models.DateTimeField(_("last sign of life at"), null=True)
    cancel_requested_at = models.DateTimeField(_("cancellation asked at"), null=True)
    cancel_requested_by = models.ForeignKey(
        "alliances.Membership", on_delete=models.PROTECT, related_name="+", null=True
    )

    finished_at = models.DateTimeField(_("finished at"), null=True)
    fingerprint = models.CharField(_("fingerprint of the data"), max_length=64, blank=True)
    versions: Any = models.JSONField(_("versions"), default=dict)
    failure_reason = models.CharField(
        _("reason of the failure"), max_length=10, choices=Failure.choices, blank=True
    )
    failure_detail = models.TextField(_("detail of the failure"), blank=True)

    objects = RunQuerySet.as_manager()

    class Meta:
        verbose_name = _("run")
        verbose_name_plural = _("runs")
        constraints = [
            models.UniqueConstraint(
                fields=["study"],
                condition=Q(status__in=["queued", "running"]),
                name="evaluation_run_one_active_per_study",
                violation_error_message=_("This study is already running."),
            ),
            models.UniqueConstraint(
                fields=["study", "key"],
                name="evaluation_run_key",
                violation_error_message=_("This launch was already received."),
            ),
            models.CheckConstraint(
                condition=Q(status__in=RunStatus.values, phase__regex=r"^[a-z_]*$"),
                name="evaluation_run_status",
                violation_error_message=_("Unknown status or phase."),
            ),
            models.CheckConstraint(
                condition=Q(percent__lte=100),
                name="evaluation_run_percent",
                violation_error_message=_("A per cent runs from 0 to 100."),
            ),
            models.CheckConstraint(
                condition=Q(status__in=["queued", "running"], finished_at__isnull=True)
                | Q(status__in=["succeeded", "failed", "cancelled"], finished_at__isnull=False),
                name="evaluation_run_finished_at",
                violation_error_message=_("A finished run says when it finished."),
            ),
            models.CheckConstraint(
                condition=~Q(status="running")
                | Q(
                    claim_token__isnull=False,
                    started_at__isnull=False,
                    heartbeat_at__isnull=False,
                    attempt__gte=1,
                ),
                name="evaluation_run_claimed",
                violation_error_message=_("A running run has a worker that gives signs of life."),
            ),
            models.CheckConstraint(
                condition=Q(fingerprint__regex=r"^[0-9a-f]{64}$")
                | ~Q(status="succeeded") & Q(fingerprint=""),
                name="evaluation_run_fingerprint",
                violation_error_message=_("A result comes with the fingerprint of its data."),
            ),
            models.CheckConstraint(
                condition=Q(status="failed", failure_reason__in=Failure.values)
                | ~Q(status="failed") & Q(failure_reason="", failure_detail=""),
                name="evaluation_run_failure_reason",
                violation_error_message=_("A failed run says why."),
            ),
        ]
        indexes = [
            models.Index(
                fields=["requested_at"],
                name="evaluation_run_queue",
                condition=Q(status__in=["queued", "running"]),
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="starts_queued",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    IF NEW.status <> 'queued' THEN
                        RAISE EXCEPTION USING ERRCODE = 'check_violation',
                            MESSAGE = 'A run starts in the queue.';
                    END IF;
                    IF NOT EXISTS (
                        SELECT 1 FROM evaluation_study
                         WHERE id = NEW.study_id AND frozen_at IS NOT NULL
                           AND (kind, specification) = (NEW.kind, NEW.specification)
                    ) THEN
                        RAISE EXCEPTION USING ERRCODE = 'check_violation',
                            MESSAGE = 'A run asks what its study, frozen, asks.';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(
                name="moves_by_table",
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                func=f"""
                    IF OLD.status IN ({_FINISHED_SQL}) THEN
                        RAISE EXCEPTION USING ERRCODE = 'restrict_violation', MESSAGE = format(
                            'Run %s is finished: its result is never changed or removed.', OLD.id);
                    END IF;
                    IF TG_OP = 'DELETE' THEN
                        RETURN OLD;
                    END IF;
                    IF {_OTHER_SQL} THEN
                        RAISE EXCEPTION USING ERRCODE = 'restrict_violation',
                            MESSAGE = 'What a run was asked never changes.';
                    END IF;
                    IF NEW.status <> OLD.status
                       AND (OLD.status, NEW.status) NOT IN ({_MOVES_SQL}) THEN
                        RAISE EXCEPTION USING ERRCODE = 'check_violation', MESSAGE = format(
                            'A run does not go from %s to %s.', OLD.status, NEW.status);
                    END IF;
                    IF OLD.fingerprint NOT IN ('', NEW.fingerprint) THEN
                        RAISE EXCEPTION USING ERRCODE = 'restrict_violation',
                            MESSAGE = 'A run works on the rows it began with.';
                    END IF;
                    IF NEW.status = 'succeeded' AND NOT EXISTS (
                        SELECT 1 FROM evaluation_runpart WHERE run_id = NEW.id
                    ) THEN
                        RAISE EXCEPTION USING ERRCODE = 'check_violation',
                            MESSAGE = 'A run succeeds with the parts of its result.';
                    END IF;
                    RETURN NEW;
                """,
            ),
            refuse("no_truncate", pgtrigger.Truncate, "Runs are never removed at a stroke."),
        ]

    def __str__(self) -> str:
        return f"{self.study} · {self.pk}"

    @property
    def status_tone(self) -> Tone:
        return RunStatus(self.status).tone

    @property
    def is_active(self) -> bool:
        """Waiting or running."""
        return self.status in ACTIVE

    @property
    def has_succeeded(self) -> bool:
        """Finished with a result."""
        return self.status == RunStatus.SUCCEEDED

    @property
    def duration(self) -> timedelta | None:
        """From the first claim to the end, restarts included."""
        if self.started_at and self.finished_at:
            return self.finished_at - self.started_at
        return None


class Reading(models.Model):
    """Somebody has read what a run found, however it reached them; told once, of the first time."""

    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="readings")
    reader = models.ForeignKey("alliances.User", on_delete=models.PROTECT, related_name="+")
    read_at = models.DateTimeField(_("read at"))

    class Meta:
        verbose_name = _("reading of a run")
        verbose_name_plural = _("readings of a run")
        constraints = [
            models.UniqueConstraint(
                fields=["run", "reader"],
                name="evaluation_reading_once",
                violation_error_message=_("This person has already read this run."),
            ),
        ]
        triggers = append_only("Readings")

    def __str__(self) -> str:
        return f"{self.run_id}/{self.reader_id}"


class RunPart(models.Model):
    """One part of a result, stored as soon as it was there. A result is its parts."""

    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="parts")
    name = models.CharField(max_length=80)
    data: Any = models.JSONField()
    attempt = models.PositiveSmallIntegerField()
    stored_at = models.DateTimeField()

    class Meta:
        verbose_name = _("part of a result")
        verbose_name_plural = _("parts of a result")
        constraints = [
            models.UniqueConstraint(
                fields=["run", "name"],
                name="evaluation_runpart_once",
                violation_error_message=_("This part is already stored."),
            ),
        ]
        triggers = [
            *append_only("Parts of a result"),
            while_its_run_works("Parts are stored while their run works on its rows."),
        ]

    def __str__(self) -> str:
        return f"{self.run_id}/{self.name}"


class RunDrawing(models.Model):
    """A chart of a finished run, drawn once, in one language and for one theme.

    ``hides_few``: drawn of what is left when small counts are hidden. Older ones show every count,
    and nobody is given them any more (``services.drawings``).
    """

    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="drawings")
    name = models.CharField(max_length=20)
    language = models.CharField(max_length=2)
    theme = models.CharField(max_length=5)
    svg = models.TextField()
    hides_few = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("chart of a run")
        verbose_name_plural = _("charts of a run")
        constraints = [
            models.UniqueConstraint(
                fields=["run", "name", "language", "theme", "hides_few"],
                name="evaluation_rundrawing_once",
                violation_error_message=_("This chart is already stored."),
            ),
        ]
        triggers = append_only("Charts")

    def __str__(self) -> str:
        return f"{self.run_id}/{self.name}.{self.language}.{self.theme}"
