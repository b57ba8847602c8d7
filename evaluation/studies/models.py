"""A study: a specification that is saved and hashed before any outcome is read."""

from typing import Any

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from alliances.lifecycle.triggers import refuse
from kit.tones import Tone
from kit.versions import version_of


class StudyKind(models.TextChoices):
    CHAINING = "chaining", _("Chaining")
    IMPACT = "impact", _("Impact")


class Study(models.Model):
    """What will be asked of one wave. Once frozen, nothing of it changes.

    ``finished_before`` holds the ids of the wave's runs that had shown results when it was frozen,
    to their end or not: who wrote it may have read them.
    """

    kind = models.CharField(_("kind"), max_length=10, choices=StudyKind.choices)
    title = models.CharField(_("title"), max_length=120)
    slug = models.SlugField(_("short name"), max_length=60, unique=True)
    wave = models.ForeignKey("evaluation.Wave", on_delete=models.PROTECT, related_name="studies")
    specification: Any = models.JSONField(_("specification"))
    author = models.ForeignKey("alliances.Membership", on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(_("created at"))
    frozen_at = models.DateTimeField(_("frozen at"), null=True, blank=True, editable=False)
    client_key = models.UUIDField(null=True, unique=True, editable=False)
    finished_before: Any = models.JSONField(
        _("runs of the wave that had finished before"), default=list, editable=False
    )
    spec_hash = models.CharField(_("hash"), max_length=64, blank=True, editable=False)

    class Meta:
        verbose_name = _("study")
        verbose_name_plural = _("studies")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=StudyKind.values),
                name="evaluation_study_kind",
                violation_error_message=_("Unknown kind of study."),
            ),
            models.CheckConstraint(
                condition=Q(frozen_at__isnull=True, spec_hash="")
                | Q(frozen_at__isnull=False, spec_hash__regex=r"^[0-9a-f]{64}$"),
                name="evaluation_study_frozen_with_hash",
                violation_error_message=_("A frozen study carries the hash of its specification."),
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="frozen_for_good",
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Q(old__frozen_at__isnull=False),
            ),
            refuse("no_truncate", pgtrigger.Truncate, "Studies are never removed at a stroke."),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_frozen(self) -> bool:
        """Ready to be run; nothing of it changes any more."""
        return self.frozen_at is not None

    @property
    def status_tone(self) -> Tone:
        """An open one waits for somebody to freeze it."""
        return Tone.GOOD if self.is_frozen else Tone.ATTENTION

    @property
    def version(self) -> str:
        """Of title and specification: what somebody read before they changed it."""
        return version_of(self.title, self.specification)
