"""Files of profiles that came in, and the pre-investment study of a selected alliance.

The profile itself is the alliance and its producers; the financial model comes in step 3.
"""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from alliances.lifecycle.triggers import append_only
from alliances.uploads.models import HeldFile
from kit.columns import pesos
from kit.versions import version_of_row


class SpecialGroup(models.TextChoices):
    """Values of ``Producer.special_group``: sensitive data, kept only when the person says it."""

    INDIGENOUS = "indigenous", _("Indigenous")
    AFRO = "afro", _("Afro-Colombian")
    VICTIM = "victim", _("Victim of the conflict")
    PEACE_SIGNATORY = "peace_signatory", _("Peace signatory")
    RURAL_YOUTH = "rural_youth", _("Rural youth")


class RemovalReason(models.TextChoices):
    """Why a producer leaves a profile: a list, so that nobody writes about people in the audit."""

    WITHDREW = "withdrew", _("Does not want to take part any more")
    NOT_ELIGIBLE = "not_eligible", _("Does not meet the limits of the call")
    OTHER_PROFILE = "other_profile", _("Takes part in another profile")
    MISTAKE = "mistake", _("Written by mistake or twice")


class ProfileUpload(HeldFile):
    """A workbook being looked at before it is taken in: kept a few hours, then removed.

    With a call it holds new profiles; without one, corrections: of one profile, or of all that
    its owner may change. One with mistakes is kept to be given back with its wrong cells marked.
    """

    call = models.ForeignKey(
        "alliances.Call", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    alliance = models.ForeignKey(
        "alliances.Alliance", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    is_wrong = models.BooleanField(_("has mistakes"), default=False)

    class Meta(HeldFile.Meta):
        verbose_name = _("uploaded workbook")
        verbose_name_plural = _("uploaded workbooks")
        constraints = [
            *HeldFile.Meta.constraints,
            models.CheckConstraint(
                condition=Q(call__isnull=True) | Q(alliance__isnull=True),
                name="alliances_profileupload_new_or_corrected",
                violation_error_message=_("A workbook brings new profiles or corrects some."),
            ),
        ]


class ProfileImport(models.Model):
    """A workbook of profiles that was taken in whole: who, when, and exactly which file."""

    call = models.ForeignKey("alliances.Call", on_delete=models.PROTECT, related_name="imports")
    key = models.UUIDField(unique=True)
    file_name = models.CharField(_("file"), max_length=200)
    sha256 = models.CharField(max_length=64)
    profiles = models.PositiveIntegerField(_("profiles"))
    producers = models.PositiveIntegerField(_("producers"))
    imported_by = models.ForeignKey(
        "alliances.Membership", on_delete=models.PROTECT, related_name="+"
    )
    imported_at = models.DateTimeField(_("imported at"))

    class Meta:
        verbose_name = _("import of profiles")
        verbose_name_plural = _("imports of profiles")
        constraints = [
            models.UniqueConstraint(
                fields=["call", "sha256"],
                name="alliances_profileimport_same_file_once",
                violation_error_message=_("This very file was already imported in this call."),
            )
        ]
        triggers = append_only("Imports of profiles")

    def __str__(self) -> str:
        return self.file_name


class PreinvestmentStudy(models.Model):
    """The pre-investment study: is the plan sound, by area, and what does it yield."""

    alliance = models.OneToOneField(
        "alliances.Alliance", on_delete=models.PROTECT, related_name="study"
    )
    visited_on = models.DateField(_("field visit on"))
    technical = models.TextField(_("technical"))
    market = models.TextField(_("market"))
    social = models.TextField(_("social"))
    environmental = models.TextField(_("environmental"))
    organisational = models.TextField(_("legal and organisational"))
    net_present_value_cop = pesos(_("net present value (COP)"))
    internal_rate_percent = models.DecimalField(
        _("internal rate of return (%)"), max_digits=6, decimal_places=2
    )
    yearly_income_per_producer_cop = pesos(_("yearly income per producer (COP)"), at_least=0)
    prepared_by = models.ForeignKey(
        "alliances.Membership", on_delete=models.PROTECT, related_name="+"
    )
    prepared_at = models.DateTimeField(_("prepared at"))

    class Meta:
        verbose_name = _("pre-investment study")
        verbose_name_plural = _("pre-investment studies")
        constraints = [
            models.CheckConstraint(
                condition=Q(yearly_income_per_producer_cop__gte=0),
                name="alliances_preinvestmentstudy_income",
                violation_error_message=_("Income cannot be negative."),
            )
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.alliance_id}"

    @property
    def version(self) -> str:
        """What a form of this study showed."""
        return version_of_row(self)
