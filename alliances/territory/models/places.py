"""Departments and municipalities by their DIVIPOLA codes, and the regions they belong to."""

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Left
from django.utils.translation import gettext_lazy as _


class NaturalRegion(models.TextChoices):
    """The six natural regions, by their Spanish name as the reference data write it."""

    ANDINA = "Andina", _("Andean region")
    CARIBE = "Caribe", _("Caribbean region")
    PACIFICA = "Pacífica", _("Pacific region")
    ORINOQUIA = "Orinoquía", _("Orinoco region")
    AMAZONIA = "Amazonía", _("Amazon region")
    INSULAR = "Insular", _("Islands")


class MunicipalityKind(models.TextChoices):
    MUNICIPALITY = "municipality", _("Municipality")
    NON_MUNICIPALISED = "non_municipalised", _("Non-municipalised area")
    ISLAND = "island", _("Island")


class Department(models.Model):
    """One of the 32 departments or Bogotá, by its two-digit DIVIPOLA code."""

    code = models.CharField(
        _("DIVIPOLA code"),
        max_length=2,
        primary_key=True,
        validators=[RegexValidator(r"^[0-9]{2}$", _("Two digits."))],
    )
    name = models.CharField(_("name"), max_length=80)
    natural_region = models.CharField(
        _("natural region"), max_length=10, choices=NaturalRegion.choices
    )
    agro_region = models.CharField(
        _("agro-region"),
        max_length=10,
        choices=NaturalRegion.choices,
        blank=True,
        help_text=_("Region whose crop windows fit its farmland, when it is not its own."),
    )
    call_region = models.CharField(_("region in the 2020 call"), max_length=80)
    iso_code = models.CharField(
        _("ISO 3166-2 code"),
        max_length=6,
        validators=[RegexValidator(r"^CO-[A-Z]{2,3}$", _("CO- and two or three letters."))],
    )

    class Meta:
        verbose_name = _("department")
        verbose_name_plural = _("departments")
        constraints = [
            models.CheckConstraint(
                condition=Q(code__regex=r"^[0-9]{2}$"),
                name="alliances_department_code",
                violation_error_message=_("A department code has two digits."),
            ),
            models.CheckConstraint(
                condition=Q(natural_region__in=NaturalRegion.values),
                name="alliances_department_natural_region",
                violation_error_message=_("Unknown natural region."),
            ),
            models.CheckConstraint(
                condition=Q(agro_region__in=["", *NaturalRegion.values]),
                name="alliances_department_agro_region",
                violation_error_message=_("Unknown agro-region."),
            ),
            models.UniqueConstraint(
                fields=["name"],
                name="alliances_department_name_unique",
                violation_error_message=_("There is already a department with this name."),
            ),
            models.UniqueConstraint(
                fields=["iso_code"],
                name="alliances_department_iso_code_unique",
                violation_error_message=_("Another department has this ISO code."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Municipality(models.Model):
    """A municipality, non-municipalised area or island, by its five-digit DIVIPOLA code."""

    code = models.CharField(
        _("DIVIPOLA code"),
        max_length=5,
        primary_key=True,
        validators=[RegexValidator(r"^[0-9]{5}$", _("Five digits."))],
    )
    name = models.CharField(_("name"), max_length=80)
    department = models.ForeignKey(
        Department,
        on_delete=models.PROTECT,
        related_name="municipalities",
        verbose_name=_("department"),
    )
    kind = models.CharField(
        _("kind"),
        max_length=20,
        choices=MunicipalityKind.choices,
        default=MunicipalityKind.MUNICIPALITY,
    )
    agro_region = models.CharField(
        _("agro-region"),
        max_length=10,
        choices=NaturalRegion.choices,
        blank=True,
        help_text=_("Region it grows like, when it is unlike its department."),
    )
    source = models.CharField(_("source"), max_length=200)

    class Meta:
        verbose_name = _("municipality")
        verbose_name_plural = _("municipalities")
        constraints = [
            models.CheckConstraint(
                condition=Q(code__regex=r"^[0-9]{5}$"),
                name="alliances_municipality_code",
                violation_error_message=_("A municipality code has five digits."),
            ),
            models.CheckConstraint(
                condition=Q(department=Left("code", 2)),
                name="alliances_municipality_code_of_department",
                violation_error_message=_("The code must begin with that of its department."),
            ),
            models.CheckConstraint(
                condition=Q(kind__in=MunicipalityKind.values),
                name="alliances_municipality_kind",
                violation_error_message=_("Unknown kind of municipality."),
            ),
            models.CheckConstraint(
                condition=Q(agro_region__in=["", *NaturalRegion.values]),
                name="alliances_municipality_agro_region",
                violation_error_message=_("Unknown agro-region."),
            ),
        ]

    def __str__(self) -> str:
        return self.name
