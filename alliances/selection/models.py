"""Scores, committee decisions and the snapshot that makes the programme evaluable.

A sealed score never changes.
"""

from decimal import Decimal

import pgtrigger
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from alliances.lifecycle.triggers import append_only, refuse
from kit.triggers import with_its_event

_SEALED = "A sealed score never changes."
_NEVER_EMPTIED = refuse("no_truncate", pgtrigger.Truncate, "Scores are never emptied.")
_OF_SCORE = "SELECT sealed_at IS NOT NULL INTO is_sealed FROM alliances_score WHERE id ="


class Score(models.Model):
    """One scorer's reading of one profile against the call's rubric."""

    class Kind(models.TextChoices):
        BINDING = "binding", _("Binding")
        VERIFICATION = "verification", _("Verification (not binding)")

    alliance = models.ForeignKey(
        "alliances.Alliance", on_delete=models.PROTECT, related_name="scores"
    )
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    scorer = models.ForeignKey("alliances.Membership", on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField(_("started at"))
    sealed_at = models.DateTimeField(_("sealed at"), null=True, blank=True)
    total = models.DecimalField(
        _("total"),
        max_digits=5,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )
    seal = models.CharField(_("seal"), max_length=64, blank=True)

    class Meta:
        verbose_name = _("score")
        verbose_name_plural = _("scores")
        indexes = [models.Index(fields=["-started_at", "id"], name="alliances_score_newest")]
        constraints = [
            models.UniqueConstraint(
                fields=["alliance", "kind", "scorer"],
                name="alliances_score_once",
                violation_error_message=_("This person already scores the profile."),
            ),
            models.UniqueConstraint(
                fields=["alliance"],
                condition=Q(kind="binding", sealed_at__isnull=False),
                name="alliances_score_one_binding",
                violation_error_message=_("Another binding score was sealed first."),
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["binding", "verification"]),
                name="alliances_score_kind",
                violation_error_message=_("Unknown kind of score."),
            ),
            models.CheckConstraint(
                condition=Q(sealed_at__isnull=True, total__isnull=True, seal="")
                | Q(sealed_at__gte=F("started_at"), total__gte=0, total__lte=100) & ~Q(seal=""),
                name="alliances_score_sealed_whole",
                violation_error_message=_("A sealed score has a total from 0 to 100 and a seal."),
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="sealed",
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Q(old__sealed_at__isnull=False),
                func=f"RAISE EXCEPTION USING ERRCODE = 'restrict_violation', "
                f"MESSAGE = '{_SEALED}';",
            ),
            with_its_event("start_score", "score", "seal_verification"),
            _NEVER_EMPTIED,
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.alliance_id}"

    @property
    def is_sealed(self) -> bool:
        return self.sealed_at is not None

    @property
    def sealed_total(self) -> Decimal:
        """The total; only a sealed score has one."""
        if self.total is None:
            raise ValueError("An open score has no total.")
        return self.total


class ScoreLine(models.Model):
    """The option chosen for one criterion, and why."""

    score = models.ForeignKey(Score, on_delete=models.PROTECT, related_name="lines")
    criterion = models.ForeignKey("alliances.Criterion", on_delete=models.PROTECT, related_name="+")
    option = models.ForeignKey(
        "alliances.CriterionOption", on_delete=models.PROTECT, related_name="+"
    )
    comment = models.TextField(_("reason"), blank=True)

    class Meta:
        verbose_name = _("line of a score")
        verbose_name_plural = _("lines of a score")
        constraints = [
            models.UniqueConstraint(
                fields=["score", "criterion"],
                name="alliances_scoreline_once",
                violation_error_message=_("This criterion already has an answer."),
            )
        ]
        triggers = [
            pgtrigger.Trigger(
                name="sealed_with_score",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                declare=[("is_sealed", "boolean")],
                func=f"""
                    IF TG_OP <> 'INSERT' THEN
                        {_OF_SCORE} OLD.score_id FOR SHARE;
                    END IF;
                    IF TG_OP <> 'DELETE' AND is_sealed IS NOT TRUE THEN
                        {_OF_SCORE} NEW.score_id FOR SHARE;
                    END IF;
                    IF is_sealed THEN
                        RAISE EXCEPTION USING ERRCODE = 'restrict_violation',
                            MESSAGE = '{_SEALED}';
                    END IF;
                    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
                    IF NOT EXISTS (
                        SELECT 1 FROM alliances_criterionoption chosen
                          JOIN alliances_criterion asked ON asked.id = chosen.criterion_id
                          JOIN alliances_alliance scored ON scored.call_id = asked.call_id
                          JOIN alliances_score score ON score.alliance_id = scored.id
                         WHERE chosen.id = NEW.option_id AND asked.id = NEW.criterion_id
                           AND score.id = NEW.score_id
                    ) THEN
                        RAISE EXCEPTION USING ERRCODE = 'check_violation', MESSAGE =
                            'The option must answer a criterion of the call''s own rubric.';
                    END IF;
                    RETURN NEW;
                """,
            ),
            _NEVER_EMPTIED,
        ]

    def __str__(self) -> str:
        return f"{self.criterion_id}: {self.option_id}"


class CommitteeDecision(models.Model):
    """What the regional committee decided on one profile, in which session and with what votes."""

    class Outcome(models.TextChoices):
        SELECTED = "selected", _("Selected")
        WAITLISTED = "waitlisted", _("On the waiting list")
        DECLINED = "declined", _("Not selected")

    alliance = models.ForeignKey(
        "alliances.Alliance", on_delete=models.PROTECT, related_name="decisions"
    )
    outcome = models.CharField(_("decision"), max_length=12, choices=Outcome.choices)
    session_on = models.DateField(_("session held on"))
    votes_for = models.PositiveSmallIntegerField(_("votes for"))
    votes_against = models.PositiveSmallIntegerField(_("votes against"))
    score = models.ForeignKey(Score, on_delete=models.PROTECT, related_name="+")
    cutoff = models.DecimalField(_("cut-off used"), max_digits=5, decimal_places=2)
    departs_from_ranking = models.BooleanField(_("departs from the ranking"))
    reason = models.TextField(_("reason"), blank=True)
    decided_by = models.ForeignKey(
        "alliances.Membership", on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(_("decided at"))

    class Meta:
        verbose_name = _("committee decision")
        verbose_name_plural = _("committee decisions")
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome__in=["selected", "waitlisted", "declined"]),
                name="alliances_committeedecision_outcome",
                violation_error_message=_("Unknown decision."),
            ),
            models.CheckConstraint(
                condition=Q(votes_for__gt=F("votes_against")),
                name="alliances_committeedecision_majority",
                violation_error_message=_("A decision needs more votes for than against."),
            ),
            models.CheckConstraint(
                condition=Q(departs_from_ranking=False) | ~Q(reason=""),
                name="alliances_committeedecision_override_reason",
                violation_error_message=_("A departure from the ranking needs a public reason."),
            ),
        ]
        triggers = [
            *append_only("Committee decisions"),
            with_its_event("select", "waitlist", "decline"),
        ]

    def __str__(self) -> str:
        return self.get_outcome_display()


class EvaluationSnapshot(models.Model):
    """What was true when the profile was first decided: the row that an evaluator will trust."""

    alliance = models.OneToOneField(
        "alliances.Alliance", on_delete=models.PROTECT, related_name="snapshot"
    )
    score = models.DecimalField(_("binding score"), max_digits=5, decimal_places=2)
    cutoff = models.DecimalField(_("cut-off used"), max_digits=5, decimal_places=2)
    was_offered = models.BooleanField(_("selected"))
    rules_hash = models.CharField(_("hash of the call's rules"), max_length=64)
    call_region = models.CharField(_("call region"), max_length=60)
    producers = models.PositiveIntegerField(_("producers"))
    taken_at = models.DateTimeField(_("taken at"))

    class Meta:
        verbose_name = _("evaluation snapshot")
        verbose_name_plural = _("evaluation snapshots")
        triggers = append_only("Evaluation snapshots")

    def __str__(self) -> str:
        return f"{self.alliance_id}: {self.score}"
