"""The disbursement protocol as data: versions, steps, reasons to return, observed durations."""

from datetime import date

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from alliances.lifecycle.duties import Duty
from alliances.lifecycle.triggers import append_only
from fiduciary.disbursements.table import Verb
from kit.columns import ends_no_earlier, pesos
from kit.figures import in_language
from kit.triggers import with_event_apart


class Bilingual(models.Model):
    """Reference data that people read: a name in each language of the interface."""

    name_es = models.CharField(_("name in Spanish"), max_length=120)
    name_en = models.CharField(_("name in English"), max_length=120)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The name in the language in use."""
        return in_language(self, "name")


class Protocol(Bilingual):
    """One version of how a request becomes a payment; a change is a new version."""

    code = models.SlugField(_("code"), max_length=30)
    version = models.PositiveSmallIntegerField(_("version"))
    regime = models.CharField(
        _("duty regime"),
        max_length=12,
        help_text=_("New requests of calls under this regime follow its latest version."),
    )
    source = models.CharField(_("source"), max_length=200)
    valid_from = models.DateField(
        _("in force from"), help_text=_("Requests of before follow the version of their day.")
    )

    class Meta:
        verbose_name = _("protocol")
        verbose_name_plural = _("protocols")
        triggers = [with_event_apart("change_reference")]
        constraints = [
            models.UniqueConstraint(
                fields=["code", "version"],
                name="fiduciary_protocol_version_unique",
                violation_error_message=_("This version of the protocol already exists."),
            ),
            models.UniqueConstraint(
                fields=["regime", "version"],
                name="fiduciary_protocol_one_per_regime",
                violation_error_message=_("The regime already has a protocol of this version."),
            ),
        ]


class ProtocolStep(Bilingual):
    """A step: whose duty it is, its target, and what it usually takes until we observe better.

    Durations are working days. ``verb`` is what completes the step.
    """

    protocol = models.ForeignKey(Protocol, on_delete=models.PROTECT, related_name="steps")
    order = models.PositiveSmallIntegerField(_("order"))
    verb = models.CharField(_("completed by"), max_length=10, choices=Verb.choices)
    duty = models.CharField(_("duty"), max_length=12, choices=Duty.choices)
    target_days = models.PositiveSmallIntegerField(_("target (working days)"))
    default_p50_days = models.PositiveSmallIntegerField(_("usual duration (working days)"))
    default_p90_days = models.PositiveSmallIntegerField(_("slow duration (working days)"))
    min_amount_cop = pesos(_("from this amount (COP)"), null=True, blank=True)
    max_amount_cop = pesos(_("up to this amount (COP)"), null=True, blank=True)
    if_off_plan = models.BooleanField(_("for what departs from the plan"), default=False)
    drawn_pct = models.PositiveSmallIntegerField(
        _("drawn for review (per cent)"),
        null=True,
        blank=True,
        help_text=_("Only for the no objection: any one of its conditions asks for it."),
    )

    class Meta:
        verbose_name = _("protocol step")
        verbose_name_plural = _("protocol steps")
        constraints = [
            models.UniqueConstraint(
                fields=["protocol", "order"],
                name="fiduciary_protocolstep_order_unique",
                violation_error_message=_("Two steps have the same place."),
            ),
            models.CheckConstraint(
                condition=Q(verb__in=Verb.values) & Q(duty__in=Duty.values),
                name="fiduciary_protocolstep_choices",
                violation_error_message=_("Unknown verb or duty."),
            ),
            models.CheckConstraint(
                condition=Q(default_p90_days__gte=F("default_p50_days")),
                name="fiduciary_protocolstep_durations",
                violation_error_message=_("The slow duration is not shorter than the usual one."),
            ),
            models.CheckConstraint(
                condition=Q(min_amount_cop__isnull=True)
                | Q(max_amount_cop__isnull=True)
                | Q(max_amount_cop__gte=F("min_amount_cop")),
                name="fiduciary_protocolstep_band",
                violation_error_message=_("The band of amounts is empty."),
            ),
            models.CheckConstraint(
                condition=Q(drawn_pct__isnull=True) | Q(drawn_pct__lte=100, verb=Verb.CLEAR.value),
                name="fiduciary_protocolstep_drawn",
                violation_error_message=_(
                    "A share is at most a hundred per cent, and only for the no objection."
                ),
            ),
        ]
        triggers = [*append_only("Protocol steps"), with_event_apart("change_reference")]


class ReturnReasonQuerySet(models.QuerySet["ReturnReason"]):
    def in_force_on(self, day: date) -> "ReturnReasonQuerySet":
        """Those that a return of that day may carry, in the order they are offered."""
        open_ended = Q(valid_until__isnull=True) | Q(valid_until__gte=day)
        return self.filter(open_ended, valid_from__lte=day).order_by("position", "code")


class ReturnReason(Bilingual):
    """Why a request may be sent back: a code, so that returns can be counted.

    A code is never removed: it ends by its date, and returns of before keep it.
    """

    code = models.SlugField(_("code"), max_length=30, primary_key=True)
    position = models.PositiveSmallIntegerField(_("position"))
    source = models.CharField(_("source"), max_length=200)
    valid_from = models.DateField(_("in force from"))
    valid_until = models.DateField(
        _("in force until"), null=True, blank=True, help_text=_("The last day. Empty: no end.")
    )

    objects = ReturnReasonQuerySet.as_manager()

    class Meta:
        verbose_name = _("reason to return")
        verbose_name_plural = _("reasons to return")
        constraints = [
            ends_no_earlier("fiduciary_returnreason_dates"),
        ]
        triggers = [with_event_apart("change_reference")]


class StepTiming(models.Model):
    """How long one trustee's portfolio has really spent in a step (working days)."""

    step = models.ForeignKey(ProtocolStep, on_delete=models.PROTECT, related_name="timings")
    trustee = models.ForeignKey(
        "alliances.Organisation", on_delete=models.PROTECT, related_name="step_timings"
    )
    observations = models.PositiveIntegerField(_("observations"))
    p50_days = models.PositiveSmallIntegerField(_("median"))
    p90_days = models.PositiveSmallIntegerField(_("ninth decile"))
    computed_at = models.DateTimeField(_("computed at"))

    class Meta:
        verbose_name = _("observed duration of a step")
        verbose_name_plural = _("observed durations of steps")
        constraints = [
            models.UniqueConstraint(
                fields=["step", "trustee"],
                name="fiduciary_steptiming_unique",
                violation_error_message=_("This step already has durations for this trustee."),
            ),
            models.CheckConstraint(
                condition=Q(p90_days__gte=F("p50_days")),
                name="fiduciary_steptiming_order",
                violation_error_message=_("The ninth decile is not below the median."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.step}: {self.p50_days} / {self.p90_days}"
