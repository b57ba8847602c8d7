"""Who takes part: users, the organisations they act for, producers and the people hired.

A person never acts alone: every act is done by a *membership*, a user in a role at an
organisation, valid between two dates.
"""

from datetime import date, datetime, timedelta
from typing import Any, ClassVar

import pgtrigger
from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.functional import cached_property
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from alliances.people.identifiers import masked, validate_nit
from alliances.people.roles import Role
from alliances.people.triggers import LETS_ITS_PERSON_GO, OF_ITS_PERSON, ONE_DOCUMENT
from alliances.territory.models import Department
from kit.columns import pesos
from kit.names import by_name, folded_column
from kit.triggers import as_its_chain_tells, refuse, with_its_event
from kit.versions import version_of


class OrganisationKind(models.TextChoices):
    EIP = "eip", _("National implementing team (EIP)")
    OGR = "ogr", _("Regional managing organisation (OGR)")
    OGA = "oga", _("Accompanying organisation (OGA)")
    CIR = "cir", _("Regional intersectoral committee (CIR)")
    CIN = "cin", _("National intersectoral committee (CIN)")
    SCORER = "scorer", _("Independent scoring body")
    TRUSTEE = "trustee", _("Trustee")
    ALLY = "ally", _("Commercial ally")
    PRODUCER = "producer", _("Producer organisation")
    GOVERNMENT = "government", _("Territorial government")
    MADR = "madr", _("Ministry (policy)")
    AGENCY = "agency", _("Executing agency (ADR)")
    EVALUATOR = "evaluator", _("Evaluator")


class Notices(models.TextChoices):
    """What a person is written about the work that waits for them."""

    DAILY = "daily", _("Each working day, what waits for me")
    URGENT = "urgent", _("Only what became late")
    NONE = "none", _("Nothing")


class User(AbstractUser):
    """A person who signs in. What they may do comes from their memberships, never from flags."""

    notices = models.CharField(
        _("I want to be written"), max_length=6, choices=Notices.choices, default=Notices.DAILY
    )
    language = models.CharField(
        _("language of messages"),
        max_length=10,
        choices=settings.LANGUAGES,
        default=settings.LANGUAGE_CODE,
    )
    searched = folded_column("first_name", "last_name")

    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        indexes = [
            models.Index(*by_name("first_name", "last_name"), "id", name="alliances_user_in_order")
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(notices__in=[row.value for row in Notices]),
                name="alliances_user_notices",
                violation_error_message=_("Unknown choice of messages."),
            )
        ]

    def __str__(self) -> str:
        return self.display_name

    @property
    def display_name(self) -> str:
        """The name to show in sentences."""
        return display_name(self.username, self.first_name, self.last_name)


def display_name(username: str, given_names: str, surnames: str) -> str:
    """The name of a person in sentences, of the columns of their account."""
    return f"{given_names} {surnames}".strip() or username


class OrganisationQuerySet(models.QuerySet["Organisation"]):
    def of_kind(self, *kinds: str) -> "OrganisationQuerySet":
        return self.filter(kind__in=kinds)


class Organisation(models.Model):
    """A legal actor of the programme, or a group of producers on its way to become one."""

    kind = models.CharField(_("kind"), max_length=12, choices=OrganisationKind.choices)
    name = models.CharField(_("name"), max_length=200)
    nit = models.CharField(
        _("NIT"),
        max_length=12,
        blank=True,
        validators=[validate_nit],
        help_text=_("Tax number with its check digit: 900123456-8."),
    )
    founded_on = models.DateField(_("founded on"), null=True, blank=True)
    municipality = models.ForeignKey(
        "alliances.Municipality",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("municipality"),
    )
    legal_representative = models.CharField(
        _("legal representative"), max_length=120, blank=True, default="", db_default=""
    )
    departments = models.ManyToManyField(
        "alliances.Department",
        blank=True,
        related_name="organisations",
        verbose_name=_("departments served"),
        help_text=_("Where an OGR or a committee works; empty for national bodies."),
    )
    searched = folded_column("name")

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=[kind.value for kind in OrganisationKind]),
                name="alliances_organisation_kind",
                violation_error_message=_("Unknown kind of organisation."),
            ),
            models.UniqueConstraint(
                fields=["kind", "nit"],
                condition=~Q(nit=""),
                name="alliances_organisation_nit_unique",
                violation_error_message=_("An organisation of this kind already has this NIT."),
            ),
        ]
        indexes = [models.Index(*by_name("name"), "id", name="alliances_body_in_order")]
        triggers = [
            as_its_chain_tells("organisation", "id"),
            refuse("kept_for_ever", pgtrigger.Delete, "Organisations are never deleted."),
        ]

    def __str__(self) -> str:
        return self.name

    @cached_property
    def served(self) -> tuple[Department, ...]:
        """The departments it names, read when a territory first matters."""
        return tuple(self.departments.all())


class MembershipQuerySet(models.QuerySet["Membership"]):
    def valid_on(self, day: date) -> "MembershipQuerySet":
        """Memberships in force on ``day``, both ends included."""
        return self.filter(valid_from__lte=day).filter(
            Q(valid_until__isnull=True) | Q(valid_until__gte=day)
        )

    def with_names(self) -> "MembershipQuerySet":
        return self.select_related("user", "organisation")


class Membership(models.Model):
    """A person in a role at an organisation, between two dates: the one who acts."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="memberships"
    )
    role = models.CharField(_("role"), max_length=12, choices=Role.choices)
    valid_from = models.DateField(_("valid from"))
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    #: While somebody only reads a page: what was read of each alliance to judge them by it.
    dossiers: dict[int, Any] | None = None

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [
            models.CheckConstraint(
                condition=Q(role__in=[role.value for role in Role]),
                name="alliances_membership_role",
                violation_error_message=_("Unknown role."),
            ),
            models.CheckConstraint(
                # One that ends the day before it began was ended on its first day: it counts never.
                condition=Q(valid_until__isnull=True)
                | Q(valid_until__gte=F("valid_from") - timedelta(days=1)),
                name="alliances_membership_dates",
                violation_error_message=_("A membership cannot end before it begins."),
            ),
            models.UniqueConstraint(
                fields=["user", "organisation", "role", "valid_from"],
                name="alliances_membership_unique",
                violation_error_message=_("This person already has this role from that date."),
            ),
        ]
        triggers = [
            as_its_chain_tells("membership", "organisation_id"),
            refuse(
                "of_one_person_and_body",
                pgtrigger.Update,
                "A membership is ended and another one granted: it never changes hands.",
                pgtrigger.Condition(
                    "ROW(OLD.id, OLD.user_id, OLD.organisation_id)"
                    " IS DISTINCT FROM ROW(NEW.id, NEW.user_id, NEW.organisation_id)"
                ),
            ),
            refuse("kept_for_ever", pgtrigger.Delete, "Memberships are ended, never deleted."),
        ]

    def __str__(self) -> str:
        return f"{self.user.display_name} · {self.get_role_display()} · {self.organisation}"

    def is_valid_on(self, day: date) -> bool:
        """True while the membership is in force, both ends included."""
        return self.valid_from <= day and (self.valid_until is None or day <= self.valid_until)


class IdentityKind(models.TextChoices):
    """Values of ``document_kind``: what Colombia identifies an adult by."""

    CITIZEN = "cc", _("Citizenship card")
    FOREIGNER = "ce", _("Foreigner's card")
    PERMIT = "ppt", _("Temporary protection permit")


class Person(models.Model):
    """Somebody of whom a profile of any call says something: one document, one person.

    Only the document is here. What they are called and how they live is what each profile says of
    them (``producers``). The database itself writes this table (``people.triggers``).
    """

    document_kind = models.CharField(
        _("kind of document"), max_length=3, choices=IdentityKind.choices
    )
    document_number = models.CharField(_("document number"), max_length=15)

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("persons")
        constraints = [
            models.UniqueConstraint(
                fields=["document_number", "document_kind"],
                name="alliances_person_one_document",
                violation_error_message=_("This person is already in the register."),
            )
        ]
        triggers = [ONE_DOCUMENT]

    def __str__(self) -> str:
        return f"{self.document_kind.upper()} {masked(self.document_number)}"


class DifferentPeople(models.Model):
    """Two persons who seemed one and are not: somebody looked, and it is not asked again."""

    first = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    second = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")

    class Meta:
        verbose_name = _("different people")
        verbose_name_plural = _("different people")
        constraints = [
            models.UniqueConstraint(
                fields=["first", "second"],
                name="alliances_differentpeople_once",
                violation_error_message=_("These two people were already told apart."),
            ),
            models.CheckConstraint(
                condition=Q(first__lt=F("second")),
                name="alliances_differentpeople_order",
                violation_error_message=_("The person registered first comes first."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.first_id} ≠ {self.second_id}"


class Producer(models.Model):
    """What one alliance's profile says of a person who takes part in it, as far as it needs.

    The other two depths of capture (pre-investment household, field follow-up) hang from this
    row. A question that nobody answered is None, never «no». The whole document never leaves
    through exports or public pages.
    """

    DocumentKind = IdentityKind

    class Sex(models.TextChoices):
        FEMALE = "f", _("Female")
        MALE = "m", _("Male")
        OTHER = "o", _("Other")

    class Tenure(models.TextChoices):
        OWNER = "owner", _("Owner")
        POSSESSION = "possession", _("Possession")
        LEASE = "lease", _("Lease")
        COLLECTIVE = "collective", _("Collective territory")

    alliance = models.ForeignKey(
        "alliances.Alliance", on_delete=models.PROTECT, related_name="producers"
    )
    #: Written by the database, from the document.
    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="producers", blank=True, editable=False
    )
    document_kind = models.CharField(
        _("kind of document"), max_length=3, choices=DocumentKind.choices, default="cc"
    )
    document_number = models.CharField(_("document number"), max_length=15)
    given_names = models.CharField(_("given names"), max_length=80)
    surnames = models.CharField(_("surnames"), max_length=80)
    sex = models.CharField(_("sex"), max_length=1, choices=Sex.choices)
    born_on = models.DateField(_("date of birth"))
    phone = models.CharField(_("telephone"), max_length=20, blank=True)
    household_key = models.CharField(
        _("household"),
        max_length=20,
        blank=True,
        help_text=_("The same code for people of one household."),
    )
    farm_name = models.CharField(_("farm"), max_length=80, blank=True)
    tenure = models.CharField(_("land tenure"), max_length=10, choices=Tenure.choices)
    farm_area_ha = models.DecimalField(
        _("farm area (ha)"), max_digits=8, decimal_places=2, validators=[MinValueValidator(0)]
    )
    project_area_ha = models.DecimalField(
        _("project area (ha)"), max_digits=8, decimal_places=2, validators=[MinValueValidator(0)]
    )
    experience_years = models.PositiveSmallIntegerField(_("years of experience"))
    monthly_income_cop = pesos(_("household income per month (COP)"))
    agricultural_income_share = models.DecimalField(
        _("share of income from farming (%)"), max_digits=5, decimal_places=2
    )
    assets_cop = pesos(_("household assets (COP)"))
    literate = models.BooleanField(
        _("somebody in the household reads and writes"), null=True, blank=True
    )
    is_member = models.BooleanField(_("member of the organisation"), null=True, blank=True)
    member_since = models.DateField(_("member of the organisation since"), null=True, blank=True)
    had_earlier_support = models.BooleanField(
        _("already a beneficiary of the programme"), null=True, blank=True
    )
    special_group = models.CharField(_("special group"), max_length=40, blank=True)
    consented_on = models.DateField(
        _("consent to data use signed on"),
        null=True,
        blank=True,
        help_text=_("Ley 1581 of 2012: purpose, minimum and written consent."),
    )
    searched = folded_column("given_names", "surnames")

    class Meta:
        verbose_name = _("producer")
        verbose_name_plural = _("producers")
        constraints = [
            models.UniqueConstraint(
                fields=["alliance", "document_kind", "document_number"],
                name="alliances_producer_once_per_alliance",
                violation_error_message=_("This person is already in this profile."),
            ),
            models.CheckConstraint(
                condition=Q(document_number__regex="^[1-9][0-9]*$"),
                name="alliances_producer_document",
                violation_error_message=_(
                    "A document is kept as its digits, without dots, spaces or leading zeros."
                ),
            ),
            models.CheckConstraint(
                condition=Q(farm_area_ha__gte=0)
                & Q(project_area_ha__gte=0)
                & Q(project_area_ha__lte=F("farm_area_ha")),
                name="alliances_producer_area",
                violation_error_message=_("The project area cannot exceed the farm area."),
            ),
            models.CheckConstraint(
                condition=Q(monthly_income_cop__gte=0) & Q(assets_cop__gte=0),
                name="alliances_producer_amounts",
                violation_error_message=_("Income and assets cannot be negative."),
            ),
            models.CheckConstraint(
                condition=Q(agricultural_income_share__gte=0)
                & Q(agricultural_income_share__lte=100),
                name="alliances_producer_share",
                violation_error_message=_("The share of income is a percentage, 0 to 100."),
            ),
            models.CheckConstraint(
                condition=Q(sex__in=["f", "m", "o"])
                & Q(document_kind__in=["cc", "ce", "ppt"])
                & Q(tenure__in=["owner", "possession", "lease", "collective"]),
                name="alliances_producer_choices",
                violation_error_message=_("Unknown sex, kind of document or tenure."),
            ),
            models.CheckConstraint(
                condition=Q(member_since__isnull=True) | Q(is_member__isnull=False, is_member=True),
                name="alliances_producer_member_since",
                violation_error_message=_("Only a member has been one since some day."),
            ),
        ]
        indexes = [
            models.Index(fields=["document_number"], name="alliances_producer_doc"),
            models.Index(
                *by_name("surnames", "given_names"), "id", name="alliances_producer_in_order"
            ),
        ]
        triggers = [
            OF_ITS_PERSON,
            LETS_ITS_PERSON_GO,
            with_its_event(
                "create_profile",
                "add_producer",
                "update_producer",
                "remove_producer",
                "correct_document",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.given_names} {self.surnames}"

    @property
    def masked_document(self) -> str:
        """The document with all but its last three digits hidden."""
        return masked(self.document_number)

    @property
    def version(self) -> str:
        """What a form of this producer showed; its person follows from its document."""
        written = [row for row in self._meta.concrete_fields if not row.generated]
        columns = [row.attname for row in written if row.attname != "person_id"]
        return version_of(*(getattr(self, name) for name in columns))


class Consultant(models.Model):
    """An external consultant who helps to prepare profiles and studies (finding 4)."""

    user = models.OneToOneField(User, on_delete=models.PROTECT, related_name="consultant")
    profession = models.CharField(_("profession"), max_length=80)
    experience_years = models.PositiveSmallIntegerField(_("years of experience"))
    maximum_profiles = models.PositiveSmallIntegerField(_("profiles at once"), default=5)

    class Meta:
        verbose_name = _("consultant")
        verbose_name_plural = _("consultants")
        constraints = [
            models.CheckConstraint(
                condition=Q(maximum_profiles__gte=1) & Q(maximum_profiles__lte=5),
                name="alliances_consultant_load",
                violation_error_message=_("A consultant carries between one and five profiles."),
            )
        ]

    def __str__(self) -> str:
        return self.user.display_name


class Credential(models.Model):
    """A degree, licence or certificate that a consultant has shown, with its evidence."""

    consultant = models.ForeignKey(Consultant, on_delete=models.PROTECT, related_name="credentials")
    title = models.CharField(_("title"), max_length=120)
    issuer = models.CharField(_("issued by"), max_length=120)
    issued_on = models.DateField(_("issued on"))
    expires_on = models.DateField(_("expires on"), null=True, blank=True)
    verified_at = models.DateTimeField(_("verified at"), null=True, blank=True)
    verified_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("credential")
        verbose_name_plural = _("credentials")
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_on__isnull=True) | Q(expires_on__gte=F("issued_on")),
                name="alliances_credential_dates",
                violation_error_message=_("A credential cannot expire before it is issued."),
            ),
            models.CheckConstraint(
                condition=Q(verified_at__isnull=True, verified_by__isnull=True)
                | Q(verified_at__isnull=False, verified_by__isnull=False),
                name="alliances_credential_verified_by",
                violation_error_message=_("A verification names who verified and when."),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def is_valid_at(self, at: datetime) -> bool:
        """Verified, and not expired on that day."""
        return self.verified_at is not None and (
            self.expires_on is None or self.expires_on >= localtime(at).date()
        )


class ApprenticeManager(models.Model):
    """The young person trained to manage the organisation, and what paying them costs."""

    alliance = models.ForeignKey(
        "alliances.Alliance", on_delete=models.PROTECT, related_name="managers"
    )
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    since = models.DateField(_("since"))
    until = models.DateField(_("until"), null=True, blank=True)
    monthly_fee_cop = pesos(_("monthly fee (COP)"))

    class Meta:
        verbose_name = _("apprentice manager")
        verbose_name_plural = _("apprentice managers")
        constraints = [
            models.UniqueConstraint(
                fields=["alliance"],
                condition=Q(until__isnull=True),
                name="alliances_manager_one_at_a_time",
                violation_error_message=_("This alliance already has an apprentice manager."),
            ),
            models.CheckConstraint(
                condition=Q(monthly_fee_cop__gte=0),
                name="alliances_manager_fee",
                violation_error_message=_("The fee cannot be negative."),
            ),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=F("since")),
                name="alliances_manager_dates",
                violation_error_message=_("A contract cannot end before it begins."),
            ),
        ]

    def __str__(self) -> str:
        return self.user.display_name
