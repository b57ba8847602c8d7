"""Exercises and coded excerpts. Who took part is counted and never named (Ley 1581 of 2012)."""

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from evaluation.qualitative.table import ACTORS, EXERCISES, THEMES


class Exercise(models.Model):
    """An interview, workshop or the like. Without consent it is counted and nothing is quoted."""

    kind = models.CharField(_("kind"), max_length=30, choices=list(EXERCISES.items()))
    title = models.CharField(_("title"), max_length=120)
    held_on = models.DateField(_("held on"))
    municipality = models.ForeignKey(
        "alliances.Municipality",
        verbose_name=_("municipality"),
        on_delete=models.PROTECT,
        related_name="+",
    )
    alliance = models.ForeignKey(
        "alliances.Alliance",
        verbose_name=_("alliance"),
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
    )
    body = models.ForeignKey(
        "alliances.Organisation",
        verbose_name=_("body"),
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
    )
    women = models.PositiveSmallIntegerField(_("women"))
    men = models.PositiveSmallIntegerField(_("men"))
    has_consent = models.BooleanField(_("everybody consented to be quoted without a name"))
    held_by = models.CharField(_("held by"), max_length=120)
    author = models.ForeignKey("alliances.Membership", on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(_("created at"), editable=False)

    class Meta:
        verbose_name = _("exercise")
        verbose_name_plural = _("exercises")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=list(EXERCISES)),
                name="evaluation_exercise_kind",
                violation_error_message=_("Unknown kind of exercise."),
            ),
            models.CheckConstraint(
                condition=Q(women__gt=0) | Q(men__gt=0),
                name="evaluation_exercise_participants",
                violation_error_message=_("Somebody must have taken part."),
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="kept", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return self.title


class Excerpt(models.Model):
    """What somebody said, coded. Its text never changes; a linked one cannot be withdrawn."""

    exercise = models.ForeignKey(Exercise, on_delete=models.PROTECT, related_name="excerpts")
    text = models.TextField(_("excerpt"), max_length=1500)
    theme = models.CharField(_("theme"), max_length=20, choices=list(THEMES.items()))
    actor = models.CharField(_("who said it"), max_length=20, choices=list(ACTORS.items()))
    is_quotable = models.BooleanField(_("may be quoted"), default=False)
    study = models.ForeignKey(
        "evaluation.Study",
        verbose_name=_("study"),
        on_delete=models.PROTECT,
        related_name="excerpts",
        null=True,
        blank=True,
    )
    author = models.ForeignKey("alliances.Membership", on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(_("created at"), editable=False)
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("excerpt")
        verbose_name_plural = _("excerpts")
        constraints = [
            models.CheckConstraint(
                condition=Q(theme__in=list(THEMES), actor__in=list(ACTORS)),
                name="evaluation_excerpt_codes",
                violation_error_message=_("Unknown theme or actor."),
            ),
            models.CheckConstraint(
                condition=Q(study__isnull=True) | Q(is_quotable=True, withdrawn_at__isnull=True),
                name="evaluation_excerpt_linked",
                violation_error_message=_("Only a standing, quotable excerpt goes beside a study."),
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="ended_for_good",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__study__isnull=False)
                | pgtrigger.Q(old__withdrawn_at__isnull=False),
            ),
            pgtrigger.ReadOnly(
                name="text_stays",
                fields=[
                    "exercise",
                    "text",
                    "theme",
                    "actor",
                    "is_quotable",
                    "author",
                    "created_at",
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_theme_display()}, {self.source}"

    @property
    def source(self) -> str:
        """Who said it and in which department: no place smaller, no name."""
        place = self.exercise.municipality.department.name
        return f"{self.get_actor_display()}, {place}, {self.exercise.held_on.year}"
