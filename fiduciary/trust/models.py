"""The autonomous trust of an alliance and what each co-financier promised to put in it."""

from datetime import date
from decimal import Decimal
from typing import Any

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from alliances.lifecycle.triggers import append_only, refuse
from kit.columns import pesos
from kit.tones import Tone


class Trust(models.Model):
    """The *patrimonio autónomo* that holds an alliance's money, and who keeps it."""

    alliance = models.OneToOneField(
        "alliances.Alliance", on_delete=models.PROTECT, related_name="trust"
    )
    trustee = models.ForeignKey(
        "alliances.Organisation", on_delete=models.PROTECT, related_name="trusts"
    )
    contract_number = models.CharField(_("contract number"), max_length=40)
    constituted_on = models.DateField(_("constituted on"))

    class Meta:
        verbose_name = _("trust")
        verbose_name_plural = _("trusts")
        constraints = [
            models.UniqueConstraint(
                fields=["trustee", "contract_number"],
                name="fiduciary_trust_contract_unique",
                violation_error_message=_("The trustee already has a contract with this number."),
            )
        ]
        triggers = [
            *append_only("Trusts"),
            pgtrigger.Trigger(
                name="constituted_by_act",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                timing=pgtrigger.Deferred,
                func="""
                    IF NOT EXISTS (
                        SELECT 1 FROM alliances_event
                         WHERE alliance_id = NEW.alliance_id AND to_status = 'trust_constituted'
                    ) THEN
                        RAISE EXCEPTION USING ERRCODE = 'check_violation', MESSAGE =
                            'A trust is constituted by an audited act of its alliance.';
                    END IF;
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return self.contract_number


class ContributionKind(models.TextChoices):
    CASH = "cash", _("Cash")
    IN_KIND = "in_kind", _("In kind")


class ContributionState(models.TextChoices):
    """Where a promise stands on a given day; never stored, always read from the ledger."""

    COMMITTED = "committed", _("Committed")
    DUE = "due", _("Overdue")
    RECEIVED = "received", _("Received")
    WITHDRAWN = "withdrawn", _("Withdrawn")

    @property
    def tone(self) -> Tone:
        return CONTRIBUTION_TONES[self]


CONTRIBUTION_TONES: dict[ContributionState, Tone] = {
    ContributionState.COMMITTED: Tone.PLAIN,
    ContributionState.DUE: Tone.LATE,
    ContributionState.RECEIVED: Tone.GOOD,
    ContributionState.WITHDRAWN: Tone.NONE,
}


class ContributionQuerySet(models.QuerySet["Contribution"]):
    def not_withdrawn(self) -> "ContributionQuerySet":
        """Promises that nobody took back."""
        return self.filter(withdrawn_at__isnull=True)

    def with_received(self) -> "ContributionQuerySet":
        """With the co-financier and the ledger account that says how much arrived."""
        return self.select_related("organisation", "account", "certificate__document")


#: What a promise says, and what certifies it: written once.
_PROMISE = (
    "alliance_id",
    "organisation_id",
    "kind",
    "concept",
    "committed_cop",
    "due_on",
    "account_id",
)
_CERTIFIED = ("certificate_id", "certified_at")


def _columns(row: str, names: tuple[str, ...]) -> str:
    return ", ".join(f"{row}.{name}" for name in names)


class Contribution(models.Model):
    """What one co-financier committed, by when, and the certificate that backs it."""

    alliance = models.ForeignKey(
        "alliances.Alliance", on_delete=models.PROTECT, related_name="contributions"
    )
    organisation = models.ForeignKey(
        "alliances.Organisation",
        on_delete=models.PROTECT,
        related_name="contributions",
        verbose_name=_("co-financier"),
    )
    kind = models.CharField(_("kind"), max_length=8, choices=ContributionKind.choices)
    concept = models.CharField(_("concept"), max_length=120)
    committed_cop = pesos(_("committed (COP)"), at_least=1)
    due_on = models.DateField(_("due on"))
    account = models.OneToOneField(
        "fiduciary.Account", on_delete=models.PROTECT, related_name="contribution"
    )
    certificate: Any = models.ForeignKey(
        "alliances.DocumentVersion",
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("certificate"),
    )
    certified_at = models.DateTimeField(_("certified at"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)
    key = models.UUIDField(unique=True, editable=False)

    objects = ContributionQuerySet.as_manager()

    class Meta:
        verbose_name = _("contribution")
        verbose_name_plural = _("contributions")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=ContributionKind.values),
                name="fiduciary_contribution_kind",
                violation_error_message=_("A contribution is in cash or in kind."),
            ),
            models.CheckConstraint(
                condition=Q(committed_cop__gt=0),
                name="fiduciary_contribution_positive",
                violation_error_message=_("A contribution is a positive amount."),
            ),
            models.CheckConstraint(
                condition=Q(certified_at__isnull=True, certificate__isnull=True)
                | Q(certified_at__isnull=False, certificate__isnull=False),
                name="fiduciary_contribution_certificate",
                violation_error_message=_("A certified contribution shows its certificate."),
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True) | Q(certified_at__isnull=True),
                name="fiduciary_contribution_withdrawn",
                violation_error_message=_("A certified contribution is not withdrawn."),
            ),
        ]
        indexes = [models.Index(fields=["due_on"], name="fiduciary_contribution_due")]
        triggers = [
            pgtrigger.Trigger(
                name="kept_as_promised",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func=f"""
                    IF ({_columns("NEW", _PROMISE)}) IS DISTINCT FROM ({_columns("OLD", _PROMISE)})
                       OR OLD.certified_at IS NOT NULL AND ({_columns("NEW", _CERTIFIED)})
                          IS DISTINCT FROM ({_columns("OLD", _CERTIFIED)})
                       OR OLD.withdrawn_at IS NOT NULL
                          AND NEW.withdrawn_at IS DISTINCT FROM OLD.withdrawn_at THEN
                        RAISE EXCEPTION USING ERRCODE = 'restrict_violation', MESSAGE =
                            'A promise is kept as it was made, and its certificate too.';
                    END IF;
                    RETURN NEW;
                """,
            ),
            refuse("no_delete", pgtrigger.Delete, "Promises are never removed."),
            refuse("no_truncate", pgtrigger.Truncate, "Promises are never removed."),
        ]

    def __str__(self) -> str:
        return f"{self.organisation}: {self.concept}"

    @property
    def is_certified(self) -> bool:
        return self.certified_at is not None

    @property
    def is_withdrawn(self) -> bool:
        return self.withdrawn_at is not None

    @property
    def may_be_withdrawn(self) -> bool:
        """A word that nobody has relied on yet: no certificate, and nothing received."""
        return not (self.is_withdrawn or self.is_certified or self.received_cop)

    @property
    def standing_cop(self) -> Decimal:
        """What the plan may count on: nothing once it is withdrawn."""
        return Decimal(0) if self.is_withdrawn else self.committed_cop

    @property
    def received_cop(self) -> Decimal:
        """What arrived, from the ledger (needs ``account`` loaded)."""
        return -self.account.balance_cop

    @property
    def missing_cop(self) -> Decimal:
        """What has not arrived yet."""
        return max(self.standing_cop - self.received_cop, Decimal(0))

    def due_by(self, day: date) -> Decimal:
        """What should have arrived by that day: all of it once its date is past."""
        return self.standing_cop if self.due_on < day else Decimal(0)

    def state_on(self, day: date) -> ContributionState:
        """Committed until its date, overdue after it, received once all of it arrived."""
        if self.is_withdrawn:
            return ContributionState.WITHDRAWN
        if not self.missing_cop:
            return ContributionState.RECEIVED
        return ContributionState.DUE if self.due_on < day else ContributionState.COMMITTED
