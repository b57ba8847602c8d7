"""A call and its rules, all of them data: regions and money, rubric, eligibility, duty regime.

When a call opens, its duty regime is copied into it and everything is hashed; from then on the
database refuses changes. The weights and limits seeded with the demo are labelled examples.
"""

from typing import Any

import pgtrigger
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from alliances.calls.rules import CODES
from alliances.lifecycle.duties import REGIMES
from alliances.lifecycle.triggers import refuse
from alliances.territory.models.confidence import Confidence
from kit.columns import pesos

REGIME_CHOICES = [("recommended", _("Recommended")), ("phase_3", _("As run in phase 3"))]
_NEVER_EMPTIED = refuse(
    "no_truncate", pgtrigger.Truncate, "Calls and their rules are never emptied."
)


class Call(models.Model):
    """An invitation to present profiles, between two dates and under sealed rules."""

    code = models.CharField(_("code"), max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=120)
    opens_on = models.DateField(_("opens on"))
    closes_on = models.DateField(_("closes on"))
    wage_year = models.PositiveSmallIntegerField(
        _("year of the minimum wage"), help_text=_("Limits in minimum wages use this year's.")
    )
    regime = models.CharField(
        _("duty regime"), max_length=12, choices=REGIME_CHOICES, default="recommended"
    )
    source = models.CharField(_("source of the facts"), max_length=400, blank=True)
    rubric_source = models.CharField(_("source of the rubric"), max_length=400, blank=True)
    regime_rules: Any = models.JSONField(default=dict, editable=False)
    sealed_at = models.DateTimeField(_("rules sealed at"), null=True, editable=False)
    rules_hash = models.CharField(_("hash of the rules"), max_length=64, blank=True, editable=False)
    discarded_at = models.DateTimeField(_("discarded at"), null=True, editable=False)

    class Meta:
        verbose_name = _("call")
        verbose_name_plural = _("calls")
        constraints = [
            models.CheckConstraint(
                condition=Q(closes_on__gte=F("opens_on")),
                name="alliances_call_dates",
                violation_error_message=_("A call cannot close before it opens."),
            ),
            models.CheckConstraint(
                condition=Q(regime__in=list(REGIMES)),
                name="alliances_call_regime",
                violation_error_message=_("Unknown duty regime."),
            ),
            models.CheckConstraint(
                condition=Q(sealed_at__isnull=True, rules_hash="")
                | Q(sealed_at__isnull=False) & ~Q(rules_hash="") & ~Q(regime_rules={}),
                name="alliances_call_sealed_whole",
                violation_error_message=_("A sealed call keeps its rules and their hash."),
            ),
            models.CheckConstraint(
                condition=Q(sealed_at__isnull=True) | Q(discarded_at__isnull=True),
                name="alliances_call_discarded_as_draft",
                violation_error_message=_("A sealed call is not discarded."),
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="sealed",
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Q(old__sealed_at__isnull=False),
                func="RAISE EXCEPTION USING ERRCODE = 'restrict_violation', MESSAGE = "
                "'This call is sealed: its rules can no longer change.';",
            ),
            _NEVER_EMPTIED,
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_sealed(self) -> bool:
        return self.sealed_at is not None


def _sealed_with_call(path: str) -> pgtrigger.Trigger:
    """Refuse any change to a row of rules once its call is sealed, also moving it to another call.

    ``path`` is the SQL that finds the call's id from ``row`` (NEW or OLD). The call is locked
    for share, so that a rule written while it is being sealed waits and is then refused.
    """
    of_call = "SELECT sealed_at IS NOT NULL INTO is_sealed FROM alliances_call WHERE id ="
    return pgtrigger.Trigger(
        name="sealed_with_call",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
        declare=[("is_sealed", "boolean")],
        func=f"""
            IF TG_OP <> 'INSERT' THEN
                {of_call} {path.format(row="OLD")} FOR SHARE;
            END IF;
            IF TG_OP <> 'DELETE' AND is_sealed IS NOT TRUE THEN
                {of_call} {path.format(row="NEW")} FOR SHARE;
            END IF;
            IF is_sealed THEN
                RAISE EXCEPTION USING ERRCODE = 'restrict_violation', MESSAGE =
                    'This call is sealed: its rules can no longer change.';
            END IF;
            IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
            RETURN NEW;
        """,
    )


class CallRegion(models.Model):
    """The money and the cut-off of a call in one call region."""

    call = models.ForeignKey(Call, on_delete=models.PROTECT, related_name="regions")
    call_region = models.CharField(_("call region"), max_length=60)
    budget_cop = pesos(_("budget (COP)"))
    cutoff = models.DecimalField(
        _("cut-off score"),
        max_digits=5,
        decimal_places=2,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )

    class Meta:
        verbose_name = _("region of a call")
        verbose_name_plural = _("regions of a call")
        constraints = [
            models.UniqueConstraint(
                fields=["call", "call_region"],
                name="alliances_callregion_once",
                violation_error_message=_("This region is already in the call."),
            ),
            models.CheckConstraint(
                condition=Q(budget_cop__gte=0) & Q(cutoff__gte=0) & Q(cutoff__lte=100),
                name="alliances_callregion_amounts",
                violation_error_message=_("Budget from zero up; cut-off from 0 to 100."),
            ),
        ]
        triggers = [_sealed_with_call("{row}.call_id"), _NEVER_EMPTIED]

    def __str__(self) -> str:
        return self.call_region


class Criterion(models.Model):
    """One thing the rubric values; options give points, the weight says how much they count."""

    call = models.ForeignKey(Call, on_delete=models.PROTECT, related_name="criteria")
    group = models.CharField(_("group"), max_length=80)
    position = models.PositiveSmallIntegerField(_("position"))
    name = models.CharField(_("criterion"), max_length=160)
    guidance = models.TextField(_("guidance"), blank=True)
    weight = models.DecimalField(_("weight (%)"), max_digits=5, decimal_places=2)
    is_affirmative = models.BooleanField(_("affirmative action"), default=False)

    class Meta:
        verbose_name = _("criterion")
        verbose_name_plural = _("criteria")
        constraints = [
            models.UniqueConstraint(
                fields=["call", "position"],
                name="alliances_criterion_position",
                violation_error_message=_("Another criterion has this position."),
            ),
            models.CheckConstraint(
                condition=Q(weight__gt=0) & Q(weight__lte=100),
                name="alliances_criterion_weight",
                violation_error_message=_("A weight is a percentage above 0, up to 100."),
            ),
        ]
        triggers = [_sealed_with_call("{row}.call_id"), _NEVER_EMPTIED]

    def __str__(self) -> str:
        return self.name


class CriterionOption(models.Model):
    """One answer to a criterion: the share of the weight it earns and what it looks like."""

    criterion = models.ForeignKey(Criterion, on_delete=models.PROTECT, related_name="options")
    points = models.DecimalField(_("points (0 to 100)"), max_digits=5, decimal_places=2)
    descriptor = models.CharField(_("descriptor"), max_length=240)

    class Meta:
        verbose_name = _("option")
        verbose_name_plural = _("options")
        constraints = [
            models.UniqueConstraint(
                fields=["criterion", "points"],
                name="alliances_criterionoption_points",
                violation_error_message=_("Two options cannot earn the same points."),
            ),
            models.CheckConstraint(
                condition=Q(points__gte=0) & Q(points__lte=100),
                name="alliances_criterionoption_range",
                violation_error_message=_("Points go from 0 to 100."),
            ),
        ]
        triggers = [
            _sealed_with_call(
                "(SELECT call_id FROM alliances_criterion WHERE id = {row}.criterion_id)"
            ),
            _NEVER_EMPTIED,
        ]

    def __str__(self) -> str:
        return self.descriptor


class EligibilityRule(models.Model):
    """One limit of a call, with its unit and where it comes from."""

    class Code(models.TextChoices):
        AGE = "age", _("Age")
        LITERACY = "literacy", _("Somebody at home reads and writes")
        EXPERIENCE = "experience", _("Experience in farming")
        INCOME = "income", _("Household income")
        FARM_INCOME = "farm_income", _("Share of income from farming")
        ASSETS = "assets", _("Household assets")
        HOUSEHOLD = "household", _("One producer per household")
        EARLIER_SUPPORT = "earlier_support", _("No earlier support from the programme")
        SIZE = "size", _("Producers in the alliance")
        INCENTIVE_EACH = "incentive_each", _("Incentive per producer")
        INCENTIVE_SHARE = "incentive_share", _("Incentive as a share of the total")

    class Unit(models.TextChoices):
        YEARS = "years", _("years")
        WAGES = "wages", _("minimum monthly wages")
        PERCENT = "percent", _("per cent")
        PEOPLE = "people", _("people")
        COP = "cop", _("pesos")
        NONE = "none", _("yes or no")

    call = models.ForeignKey(Call, on_delete=models.PROTECT, related_name="eligibility")
    code = models.CharField(_("rule"), max_length=16, choices=Code.choices)
    unit = models.CharField(_("unit"), max_length=8, choices=Unit.choices)
    minimum = models.DecimalField(
        _("minimum"), max_digits=16, decimal_places=2, null=True, blank=True
    )
    maximum = models.DecimalField(
        _("maximum"), max_digits=16, decimal_places=2, null=True, blank=True
    )
    source = models.CharField(_("source"), max_length=200, blank=True)
    confidence = models.CharField(
        _("confidence"), max_length=6, choices=Confidence.choices, blank=True
    )

    class Meta:
        verbose_name = _("eligibility rule")
        verbose_name_plural = _("eligibility rules")
        constraints = [
            models.UniqueConstraint(
                fields=["call", "code"],
                name="alliances_eligibilityrule_once",
                violation_error_message=_("This rule is already in the call."),
            ),
            models.CheckConstraint(
                condition=Q(code__in=list(CODES))
                & Q(unit__in=["years", "wages", "percent", "people", "cop", "none"])
                & Q(confidence__in=["", "high", "medium", "low"]),
                name="alliances_eligibilityrule_code",
                violation_error_message=_("Unknown rule, unit or confidence."),
            ),
            models.CheckConstraint(
                condition=Q(minimum__isnull=True)
                | Q(maximum__isnull=True)
                | Q(maximum__gte=F("minimum")),
                name="alliances_eligibilityrule_range",
                violation_error_message=_("The maximum cannot be below the minimum."),
            ),
        ]
        triggers = [_sealed_with_call("{row}.call_id"), _NEVER_EMPTIED]

    def __str__(self) -> str:
        return self.get_code_display()
