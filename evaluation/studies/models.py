"""A study: a specification that is saved and hashed before any outcome is read."""

from enum import Enum
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from alliances.lifecycle.triggers import refuse
from kit.tones import Tone
from kit.versions import version_of

if TYPE_CHECKING:
    from evaluation.surveys.models import Wave


class StudyKind(models.TextChoices):
    CHAINING = "chaining", _("Chaining")
    IMPACT = "impact", _("Impact")
    OPERATIONS = "operations", _("Operations")
    PERCEPTION = "perception", _("Perception")
    FOLLOW_UP = "follow_up", _("Follow-up")

    @property
    def wave_use(self) -> "WaveUse":
        return WAVE_USES[self]


class WaveUse(Enum):
    """Whether a kind of study reads a survey wave beside the stored rows."""

    REQUIRED = "required"
    OPTIONAL = "optional"
    NONE = "none"


WAVE_USES: dict[StudyKind, WaveUse] = {
    StudyKind.CHAINING: WaveUse.REQUIRED,
    StudyKind.IMPACT: WaveUse.REQUIRED,
    StudyKind.OPERATIONS: WaveUse.NONE,
    StudyKind.PERCEPTION: WaveUse.REQUIRED,
    StudyKind.FOLLOW_UP: WaveUse.OPTIONAL,
}


def _with_its_wave(kind: StudyKind, use: WaveUse) -> Q:
    if use is WaveUse.OPTIONAL:
        return Q(kind=kind.value)
    return Q(kind=kind.value, wave__isnull=use is WaveUse.NONE)


class Study(models.Model):
    """What will be asked of a wave, or of the stored rows alone. Once frozen, nothing changes.

    On freezing it is stamped with what was known. ``finished_before``: ids of the runs of the same
    wave (without one: of its kind without one) that had shown results, to their end or not.
    ``read_before``: who had read what those found, a row for each person and run (``run``,
    ``person``, ``name``, ``at``). ``measured_after``: names of the variables that it asks about and
    that its wave's dictionary places after selection. The last two are None while it is open, and
    for what was frozen before they were kept. ``amends``: the frozen study that it was copied from.
    A discarded one is out of everybody's sight; what was written of it stays in the chain.
    """

    kind = models.CharField(_("kind"), max_length=10, choices=StudyKind.choices)
    title = models.CharField(_("title"), max_length=120)
    slug = models.SlugField(_("short name"), max_length=60, unique=True)
    wave = models.ForeignKey(
        "evaluation.Wave", on_delete=models.PROTECT, related_name="studies", null=True, blank=True
    )
    specification: Any = models.JSONField(_("specification"))
    author = models.ForeignKey("alliances.Membership", on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(_("created at"))
    frozen_at = models.DateTimeField(_("frozen at"), null=True, blank=True, editable=False)
    discarded_at = models.DateTimeField(_("discarded at"), null=True, blank=True, editable=False)
    key = models.UUIDField(null=True, unique=True, editable=False)
    finished_before: Any = models.JSONField(
        _("runs of the same data that had finished before"), default=list, editable=False
    )
    read_before: Any = models.JSONField(
        _("who had read what they found"), null=True, blank=True, editable=False
    )
    measured_after: Any = models.JSONField(
        _("variables measured after selection"), null=True, blank=True, editable=False
    )
    amends = models.ForeignKey(
        "self",
        verbose_name=_("study that it amends"),
        on_delete=models.PROTECT,
        related_name="amendments",
        null=True,
        blank=True,
        editable=False,
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
                condition=reduce(or_, (_with_its_wave(*item) for item in WAVE_USES.items())),
                name="evaluation_study_wave",
                violation_error_message=_(
                    "A study reads a survey wave if its kind does, and only then."
                ),
            ),
            models.CheckConstraint(
                condition=Q(frozen_at__isnull=True, spec_hash="")
                | Q(frozen_at__isnull=False, spec_hash__regex=r"^[0-9a-f]{64}$"),
                name="evaluation_study_frozen_with_hash",
                violation_error_message=_("A frozen study carries the hash of its specification."),
            ),
            models.CheckConstraint(
                condition=Q(frozen_at__isnull=True) | Q(discarded_at__isnull=True),
                name="evaluation_study_discarded_while_open",
                violation_error_message=_("A frozen study is not discarded."),
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="frozen_for_good",
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Q(old__frozen_at__isnull=False),
            ),
            pgtrigger.Protect(
                name="discarded_for_good",
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Q(old__discarded_at__isnull=False),
            ),
            refuse("no_truncate", pgtrigger.Truncate, "Studies are never removed at a stroke."),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def source(self) -> str:
        """What it reads, in words: its wave, or the stored rows."""
        return str(self.wave or _("Stored rows"))

    @property
    def required_wave(self) -> "Wave":
        """The wave of a kind that needs one. Raises ValueError where there is none."""
        if self.wave is None:
            raise ValueError(f"study {self.slug} reads no survey wave")
        return self.wave

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
