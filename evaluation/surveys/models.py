"""Waves of the survey, what each variable means, the files that came in and the answers.

Personal fields are named in the dictionary so that they can be recognised and left out: no
answer to them is ever stored (Ley 1581 of 2012).
"""

import hashlib
import json
from typing import Any

import pgtrigger
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from alliances.lifecycle.triggers import append_only
from evaluation.surveys.table import ImportStatus
from kit.figures import short_language
from kit.staging import StagedFile
from kit.tones import Tone
from kit.versions import version_of


class Wave(models.Model):
    """One round of the survey, with its own dictionary. A discarded one is out of sight.

    Once a frozen study reads it, it stays what it is.
    """

    code = models.SlugField(_("code"), max_length=30, unique=True)
    title = models.CharField(_("title"), max_length=120)
    collected_from = models.DateField(_("collected from"))
    collected_until = models.DateField(_("collected until"))
    created_by = models.ForeignKey(
        "alliances.Membership", on_delete=models.PROTECT, related_name="+", editable=False
    )
    created_at = models.DateTimeField(_("created at"), editable=False)
    discarded_at = models.DateTimeField(_("discarded at"), null=True, editable=False)

    class Meta:
        verbose_name = _("survey wave")
        verbose_name_plural = _("survey waves")
        constraints = [
            models.CheckConstraint(
                condition=Q(collected_until__gte=F("collected_from")),
                name="evaluation_wave_dates",
                violation_error_message=_("A wave cannot end before it begins."),
            )
        ]
        triggers = [
            pgtrigger.Trigger(
                name="kept_once_read",
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                func="""
                    IF OLD.discarded_at IS NOT NULL OR EXISTS (
                        SELECT FROM evaluation_study
                         WHERE wave_id = OLD.id AND frozen_at IS NOT NULL
                    ) THEN
                        RAISE EXCEPTION USING ERRCODE = 'restrict_violation', MESSAGE =
                            'A wave that a frozen study reads, or a discarded one, stays as it is.';
                    END IF;
                    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
                """,
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def version(self) -> str:
        """Of all that can be changed: what somebody read before they changed it."""
        return version_of(self.title, self.collected_from, self.collected_until)


class VariableKind(models.TextChoices):
    INTEGER = "integer", _("Whole number")
    NUMBER = "number", _("Number")
    YES_NO = "yes_no", _("Yes or no")
    CHOICE = "choice", _("One of a list")
    TEXT = "text", _("Text")


class Measured(models.TextChoices):
    """Whether what a variable tells was settled before the committee decided."""

    BEFORE = "before", _("Before selection")
    AFTER = "after", _("After selection")


class VariableRole(models.TextChoices):
    """What a variable is for in an evaluation."""

    OUTCOME = "outcome", _("Outcome")
    COVARIATE = "covariate", _("Covariate")
    CONSENT = "consent", _("Consent to answer")
    IDENTIFIER = "identifier", _("Identifier")
    WEIGHT = "weight", _("Weight")
    OTHER = "other", _("Other")


class Variable(models.Model):
    """One line of a wave's dictionary. ``value_labels`` maps codes (as text) to labels.

    Labels are those of the questionnaire; where there are English ones too, English reads them.
    """

    wave = models.ForeignKey(Wave, on_delete=models.PROTECT, related_name="variables")
    name = models.CharField(
        _("name"),
        max_length=40,
        validators=[RegexValidator(r"^[a-z][a-z0-9_]*\Z", _("Small letters, digits and _ only."))],
    )
    label = models.CharField(_("label"), max_length=200)
    label_en = models.CharField(_("label in English"), max_length=200, blank=True)
    kind = models.CharField(_("kind"), max_length=8, choices=VariableKind.choices)
    unit = models.CharField(_("unit"), max_length=40, blank=True)
    minimum = models.DecimalField(
        _("minimum"), max_digits=16, decimal_places=4, null=True, blank=True
    )
    maximum = models.DecimalField(
        _("maximum"), max_digits=16, decimal_places=4, null=True, blank=True
    )
    value_labels: Any = models.JSONField(_("value labels"), default=dict, blank=True)
    value_labels_en: Any = models.JSONField(_("value labels in English"), default=dict, blank=True)
    missing_codes: Any = models.JSONField(_("codes of «no answer»"), default=list, blank=True)
    is_personal = models.BooleanField(_("personal, never stored"), default=False)
    measured = models.CharField(
        _("measured"),
        max_length=6,
        choices=Measured.choices,
        default=Measured.AFTER,
        help_text=_("Only what was settled before selection may adjust an estimate of impact."),
    )
    role = models.CharField(
        _("role in the evaluation"),
        max_length=10,
        choices=VariableRole.choices,
        default=VariableRole.OTHER,
        help_text=_("Rows without a yes to the consent are not imported."),
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("variable")
        verbose_name_plural = _("variables")
        constraints = [
            models.UniqueConstraint(
                fields=["wave", "name"],
                name="evaluation_variable_name",
                violation_error_message=_("This wave already has a variable of this name."),
            ),
            models.CheckConstraint(
                condition=Q(kind__in=VariableKind.values),
                name="evaluation_variable_kind",
                violation_error_message=_("Unknown kind of variable."),
            ),
            models.CheckConstraint(
                condition=Q(measured__in=Measured.values),
                name="evaluation_variable_measured",
                violation_error_message=_("A variable is measured before selection or after it."),
            ),
            models.CheckConstraint(
                condition=Q(role__in=VariableRole.values),
                name="evaluation_variable_role",
                violation_error_message=_("Unknown role of a variable."),
            ),
            models.CheckConstraint(
                condition=~Q(role="consent") | Q(kind="yes_no", is_personal=False),
                name="evaluation_variable_consent",
                violation_error_message=_("Consent is a question of yes or no that is stored."),
            ),
            models.CheckConstraint(
                condition=Q(minimum__isnull=True)
                | Q(maximum__isnull=True)
                | Q(maximum__gte=F("minimum")),
                name="evaluation_variable_range",
                violation_error_message=_("The maximum cannot be below the minimum."),
            ),
            models.CheckConstraint(
                condition=~Q(kind="choice") | ~Q(value_labels={}),
                name="evaluation_variable_choice_has_labels",
                violation_error_message=_("A list of answers needs at least one answer."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def question(self) -> str:
        """The label in the language that is active."""
        return self.label if short_language() == "es" else self.label_en or self.label

    @property
    def answer_labels(self) -> dict[str, str]:
        """Labels by code in the language that is active; of a yes-or-no question too."""
        if self.kind == VariableKind.YES_NO:
            return {"1": gettext("Yes"), "0": gettext("No")}
        return self.value_labels | ({} if short_language() == "es" else self.value_labels_en)


class SurveyImport(StagedFile):
    """A file of answers: waiting for its columns to be mapped, then taken whole or discarded.

    Once decided on, what remains is the hash, so that the same file can be recognised. What was
    taken can be withdrawn: its answers stay stored, so that what was counted can be counted again,
    and nothing reads them. ``decided_by`` is empty where nobody decided in time.
    """

    Status = ImportStatus

    wave = models.ForeignKey(Wave, on_delete=models.PROTECT, related_name="imports")
    rows = models.PositiveIntegerField(_("rows"), editable=False)
    delimiter = models.CharField(_("delimiter"), max_length=1, blank=True)
    encoding = models.CharField(_("encoding"), max_length=20, blank=True)
    sheet = models.TextField(_("sheet"), blank=True)
    mapping: Any = models.JSONField(_("columns"), default=dict, blank=True)
    #: Column → «,» or «.», said by a person for columns whose cells do not show it.
    decimal_marks: Any = models.JSONField(_("decimal marks"), default=dict, blank=True)
    #: What somebody chose to do with rows of each trouble: ``checking.HANDLING``.
    handling: Any = models.JSONField(_("handling of rows"), default=dict, blank=True)
    #: Row → the producer somebody accepted for it, and the evidence: ``[producer, evidence]``.
    links: Any = models.JSONField(_("accepted links"), default=dict, blank=True)
    #: Rows whose proposal somebody declined: ``[row, producer]``.
    declined: Any = models.JSONField(_("declined links"), default=list, blank=True)
    #: Rows that were not stored, without their words: ``[row, trouble, other row or null]``.
    set_aside: Any = models.JSONField(_("rows not imported"), default=list, blank=True)
    status = models.CharField(
        _("status"), max_length=9, choices=Status.choices, default=Status.PENDING
    )
    received_by = models.ForeignKey(
        "alliances.Membership", on_delete=models.PROTECT, related_name="+"
    )
    received_at = models.DateTimeField(_("received at"))
    decided_by = models.ForeignKey(
        "alliances.Membership", on_delete=models.PROTECT, related_name="+", null=True
    )
    decided_at = models.DateTimeField(_("decided at"), null=True)

    class Meta:
        verbose_name = _("import of answers")
        verbose_name_plural = _("imports of answers")
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    status="pending",
                    content__isnull=False,
                    decided_by__isnull=True,
                    decided_at__isnull=True,
                )
                | Q(
                    status__in=["confirmed", "withdrawn"],
                    content__isnull=True,
                    decided_by__isnull=False,
                    decided_at__isnull=False,
                )
                | Q(status="discarded", content__isnull=True, decided_at__isnull=False),
                name="evaluation_surveyimport_status",
                violation_error_message=_("Only a file that waits keeps its content."),
            ),
            models.UniqueConstraint(
                fields=["wave", "sha256"],
                condition=Q(status="confirmed"),
                name="evaluation_surveyimport_same_file_once",
                violation_error_message=_("This very file was already imported in this wave."),
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="decided_for_good",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.status <> 'pending' AND NOT (OLD.status = 'confirmed'"
                    " AND NEW.status = 'withdrawn'"
                    " AND to_jsonb(OLD) - 'status' = to_jsonb(NEW) - 'status')"
                ),
            ),
            pgtrigger.Protect(
                name="kept_once_decided",
                operation=pgtrigger.Delete,
                condition=~pgtrigger.Q(old__status="pending"),
            ),
        ]

    def __str__(self) -> str:
        return self.file_name

    @property
    def status_tone(self) -> Tone:
        return self.Status(self.status).tone

    @property
    def is_pending(self) -> bool:
        """Waiting for its columns and a decision."""
        return self.status == self.Status.PENDING

    @property
    def stored_rows(self) -> int:
        """How many rows of the file became answers, once it was imported."""
        return self.rows - len(self.set_aside)

    @property
    def version(self) -> str:
        """SHA-256 of all that the preview was made from: what somebody read before they confirm."""
        read = [self.sha256, self.sheet, self.delimiter, self.encoding]
        content = [*read, self.mapping, self.decimal_marks, self.handling]
        content += [self.links, self.declined] if self.links or self.declined else []
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


#: A producer answers once among the imports of a wave that stand. Insertions into one wave wait for
#: each other, so that neither misses the rows of the other.
_ONCE_PER_WAVE = pgtrigger.Trigger(
    name="once_per_wave",
    when=pgtrigger.After,
    operation=pgtrigger.Insert,
    level=pgtrigger.Statement,
    referencing=pgtrigger.Referencing(new="added"),
    func="""
        PERFORM 1 FROM evaluation_wave
          WHERE id IN (SELECT wave_id FROM added) FOR NO KEY UPDATE;
        IF EXISTS (
            SELECT 1 FROM added
              JOIN evaluation_response AS other ON other.wave_id = added.wave_id
               AND other.producer_id = added.producer_id AND other.id <> added.id
              JOIN evaluation_surveyimport AS file ON file.id = other.survey_import_id
             WHERE file.status <> 'withdrawn'
        ) THEN
            RAISE EXCEPTION USING ERRCODE = 'unique_violation',
                CONSTRAINT = 'evaluation_response_once_per_wave',
                MESSAGE = 'evaluation_response_once_per_wave: answered already in this wave.';
        END IF;
        RETURN NULL;
    """,
)


class Response(models.Model):
    """What one producer answered in one wave: variable name → number or text, never personal.

    Rows of a withdrawn import stay and are read by nobody: ``selectors.not_withdrawn``.
    """

    wave = models.ForeignKey(Wave, on_delete=models.PROTECT, related_name="responses")
    producer = models.ForeignKey(
        "alliances.Producer", on_delete=models.PROTECT, related_name="responses"
    )
    survey_import = models.ForeignKey(
        SurveyImport, on_delete=models.PROTECT, related_name="responses"
    )
    source_row = models.PositiveIntegerField(_("row in the file"))
    answers: Any = models.JSONField(_("answers"), default=dict)

    class Meta:
        verbose_name = _("response")
        verbose_name_plural = _("responses")
        constraints = [
            models.UniqueConstraint(
                fields=["survey_import", "producer"],
                name="evaluation_response_once_per_import",
                violation_error_message=_("This producer already answered in this wave."),
            )
        ]
        indexes = [models.Index(fields=["wave", "producer"], name="evaluation_response_wave")]
        triggers = [*append_only("Answers"), _ONCE_PER_WAVE]

    def __str__(self) -> str:
        return f"{self.wave_id}/{self.producer_id}"
