"""The alliance, its chained history, its appointments and the interests people declare.

A status is never assigned here: an ``Event`` that carries a transition moves it, in the database.
"""

from typing import Any

import pgtrigger
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from alliances.lifecycle import triggers
from alliances.lifecycle.duties import Duty
from alliances.lifecycle.table import FINAL, STAGE_OF, Stage, Status
from alliances.people.models import Organisation, OrganisationKind
from kit.columns import pesos
from kit.names import by_name, folded_column
from kit.tones import Tone
from kit.triggers import refuse, with_its_event
from kit.versions import version_of_row


class Route(models.TextChoices):
    BASIC = "basic", _("Basic")
    INTERMEDIATE = "intermediate", _("Intermediate")
    COMPETITIVENESS = "competitiveness", _("Competitiveness")


#: Months of accompaniment by route: the evaluation's proposal (design §1, finding 12).
TERM_MONTHS = {Route.BASIC: 24, Route.INTERMEDIATE: 24, Route.COMPETITIVENESS: 12}


class Alliance(models.Model):
    """A producer organisation, its buyer and their plan, from profile to rotating fund."""

    call = models.ForeignKey("alliances.Call", on_delete=models.PROTECT, related_name="alliances")
    code = models.CharField(_("code"), max_length=32, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=160)
    organisation = models.ForeignKey(
        "alliances.Organisation", on_delete=models.PROTECT, related_name="alliances"
    )
    ally = models.ForeignKey(
        "alliances.Organisation",
        on_delete=models.PROTECT,
        related_name="bought_from",
        null=True,
        blank=True,
        verbose_name=_("commercial ally"),
    )
    municipality = models.ForeignKey(
        "alliances.Municipality", on_delete=models.PROTECT, related_name="alliances"
    )
    crop = models.ForeignKey("alliances.Crop", on_delete=models.PROTECT, related_name="alliances")
    route = models.CharField(
        _("service route"), max_length=16, choices=Route.choices, default=Route.INTERMEDIATE
    )
    total_value_cop = pesos(_("total value (COP)"), at_least=0)
    incentive_cop = pesos(_("modular incentive (COP)"), at_least=0)
    status = models.CharField(
        _("status"), max_length=20, choices=Status.choices, default=Status.DRAFT, editable=False
    )
    status_since = models.DateTimeField(_("in this status since"), editable=False)
    created_at = models.DateTimeField(_("created at"), editable=False)
    key = models.UUIDField(null=True, unique=True, editable=False)
    own_code = models.CharField(
        _("code of whoever presented it"), max_length=32, blank=True, editable=False
    )
    imported_in = models.ForeignKey(
        "alliances.ProfileImport",
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        related_name="alliances",
    )
    searched = folded_column("code", "name")

    #: The tabs that its page shows to whoever reads it; None where nobody asked: all of them.
    shown_tabs: frozenset[str] | None = None

    class Meta:
        verbose_name = _("alliance")
        verbose_name_plural = _("alliances")
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=Status.values),
                name="alliances_alliance_status",
                violation_error_message=_("Unknown status."),
            ),
            models.CheckConstraint(
                condition=Q(route__in=Route.values),
                name="alliances_alliance_route",
                violation_error_message=_("Unknown service route."),
            ),
            models.CheckConstraint(
                condition=Q(incentive_cop__gte=0) & Q(incentive_cop__lte=F("total_value_cop")),
                name="alliances_alliance_incentive",
                violation_error_message=_("The incentive cannot exceed the total value."),
            ),
            models.CheckConstraint(
                condition=Q(ally__isnull=True) | ~Q(ally=F("organisation")),
                name="alliances_alliance_two_parties",
                violation_error_message=_("An organisation cannot be its own commercial ally."),
            ),
        ]
        indexes = [
            models.Index(fields=["-status_since", "id"], name="alliances_alliance_newest"),
            models.Index(fields=["status", "status_since"], name="alliances_alliance_status"),
            models.Index(*by_name("name"), "id", name="alliances_alliance_in_order"),
        ]
        triggers = [
            triggers.STARTS_AS_DRAFT,
            with_its_event("create_profile", "update_profile", "replace_ally", alliance="{row}.id"),
            triggers.STATUS_BY_EVENT_ONLY,
            refuse(
                "kept_for_ever",
                pgtrigger.Delete,
                "Alliances are never deleted: rejected ones are the control group.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} · {self.name}"

    def clean(self) -> None:
        """One NIT registered as both kinds of organisation is still one party."""
        ally = self.ally
        if ally and ally.nit and ally.nit == self.organisation.nit:
            raise ValidationError({"ally": _("An organisation cannot be its own commercial ally.")})

    @property
    def version(self) -> str:
        """What a page of the alliance showed; the same status again later is another one."""
        return version_of_row(self)

    @property
    def stage(self) -> Stage:
        return STAGE_OF[Status(self.status)]

    @property
    def status_tone(self) -> Tone:
        return Status(self.status).tone

    @property
    def is_final(self) -> bool:
        return self.status in FINAL

    @property
    def term_months(self) -> int:
        return TERM_MONTHS[Route(self.route)]


class Event(models.Model):
    """One act, who did it and for whom: the duty ledger and the audit chain are this table.

    The database numbers, chains and hashes each row; when ``to_status`` is set it also moves the
    alliance, after checking the transition table. ``chain`` is the alliance's id; without one,
    minus the id of the organisation that the register tells of, or 0 for the programme itself.
    ``recorded_at`` is the database's clock; history that the owner of the tables loaded has none.
    """

    alliance = models.ForeignKey(
        Alliance, on_delete=models.PROTECT, related_name="events", null=True
    )
    chain = models.BigIntegerField(default=0, editable=False)
    sequence = models.BigIntegerField(default=0, editable=False)
    verb = models.CharField(max_length=40)
    duty = models.CharField(max_length=12, choices=Duty.choices, blank=True)
    actor = models.ForeignKey(
        "alliances.User", on_delete=models.PROTECT, related_name="+", null=True
    )
    organisation = models.ForeignKey(
        "alliances.Organisation", on_delete=models.PROTECT, related_name="+", null=True
    )
    at = models.DateTimeField()
    recorded_at = models.DateTimeField(null=True, editable=False)
    from_status = models.CharField(max_length=20, blank=True, choices=Status.choices)
    to_status = models.CharField(max_length=20, blank=True, choices=Status.choices)
    reason = models.TextField(blank=True)
    data: Any = models.JSONField(default=dict, blank=True)
    key = models.UUIDField(null=True, unique=True)
    previous_hash = models.CharField(max_length=64, editable=False)
    hash = models.CharField(max_length=64, editable=False)

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        constraints = [
            models.UniqueConstraint(
                fields=["chain", "sequence"],
                name="alliances_event_sequence",
                violation_error_message=_("Two events cannot have the same place in a chain."),
            ),
            models.CheckConstraint(
                condition=Q(duty="") | Q(duty__in=Duty.values),
                name="alliances_event_duty",
                violation_error_message=_("Unknown duty."),
            ),
            models.CheckConstraint(
                condition=Q(to_status="", from_status="") | ~Q(to_status="") & ~Q(duty=""),
                name="alliances_event_transition_has_duty",
                violation_error_message=_("A change of status is done under a duty."),
            ),
        ]
        indexes = [
            models.Index(fields=["alliance", "duty"], name="alliances_event_duties"),
            models.Index(fields=["at"], name="alliances_event_at"),
        ]
        triggers = [
            triggers.ACTS_ARE_JUDGED,
            triggers.CHAIN_AND_APPLY,
            triggers.REGISTER_IS_KEPT,
            *triggers.append_only("The audit chain"),
        ]

    def __str__(self) -> str:
        return f"{self.chain}/{self.sequence} {self.verb}"


def chain_of(organisation: Organisation) -> int:
    """The chain that tells of an organisation and of its members."""
    return -organisation.pk


#: The kinds of organisation that may be given each duty.
APPOINTABLE = {
    Duty.SCORE: (OrganisationKind.SCORER,),
    Duty.ADVISE: (OrganisationKind.OGR,),
    Duty.ACCOMPANY: (OrganisationKind.OGA,),
    Duty.PAY: (OrganisationKind.TRUSTEE,),
}


class Appointment(models.Model):
    """An organisation (and perhaps one person of it) chosen to hold a duty on an alliance."""

    alliance = models.ForeignKey(Alliance, on_delete=models.PROTECT, related_name="appointments")
    duty = models.CharField(_("duty"), max_length=12, choices=Duty.choices)
    organisation = models.ForeignKey(
        "alliances.Organisation", on_delete=models.PROTECT, related_name="appointments"
    )
    person = models.ForeignKey(
        "alliances.User",
        on_delete=models.PROTECT,
        related_name="appointments",
        null=True,
        blank=True,
    )
    since = models.DateField(_("since"))
    until = models.DateField(_("until"), null=True, blank=True)

    class Meta:
        verbose_name = _("appointment")
        verbose_name_plural = _("appointments")
        constraints = [
            models.UniqueConstraint(
                fields=["alliance", "duty"],
                condition=Q(until__isnull=True, person__isnull=True),
                name="alliances_appointment_one_body",
                violation_error_message=_("Another organisation already holds this duty here."),
            ),
            models.UniqueConstraint(
                fields=["alliance", "duty", "person"],
                condition=Q(until__isnull=True),
                name="alliances_appointment_person_once",
                violation_error_message=_("This person already holds this duty here."),
            ),
            models.CheckConstraint(
                condition=Q(duty__in=[str(duty) for duty in APPOINTABLE]),
                name="alliances_appointment_duty",
                violation_error_message=_("Nobody is appointed to this duty."),
            ),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=F("since")),
                name="alliances_appointment_dates",
                violation_error_message=_("An appointment cannot end before it begins."),
            ),
        ]
        indexes = [models.Index(fields=["organisation", "duty"], name="alliances_appointment_org")]
        triggers = [with_its_event("appoint", "end_appointment")]

    def __str__(self) -> str:
        return f"{self.get_duty_display()}: {self.organisation}"


class Interest(models.Model):
    """A declared tie between a person and an alliance; it bars them from judging it."""

    class Kind(models.TextChoices):
        KINSHIP = "kinship", _("Kinship with a producer or a party")
        EMPLOYER = "employer", _("Works or worked for a party")
        ACCOUNT = "account", _("Shares an account, address or telephone with a party")
        BUSINESS = "business", _("Has business with a party")

    alliance = models.ForeignKey(Alliance, on_delete=models.PROTECT, related_name="interests")
    person = models.ForeignKey("alliances.User", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(_("tie"), max_length=10, choices=Kind.choices)
    detail = models.CharField(_("detail"), max_length=200, blank=True)
    declared_at = models.DateTimeField(_("declared at"))

    class Meta:
        verbose_name = _("declared interest")
        verbose_name_plural = _("declared interests")
        constraints = [
            models.UniqueConstraint(
                fields=["alliance", "person"],
                name="alliances_interest_once",
                violation_error_message=_("This person already declared an interest here."),
            ),
        ]
        triggers = [
            *triggers.append_only("Declarations of interest"),
            with_its_event("declare_interest"),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()
