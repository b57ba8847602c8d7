"""Somebody is to have a role at a body: by a link of their own, or as the person they are already.

The link's token is not stored, only its SHA-256, so that a copy of the database opens no account.
"""

from datetime import datetime, timedelta

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from alliances.people.models import Membership, Organisation, User
from alliances.people.roles import Role
from kit.triggers import refuse

#: How long a link serves.
SERVES_FOR = timedelta(days=7)


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def waiting(self) -> "InvitationQuerySet":
        """Neither used nor withdrawn, whether or not the link still serves."""
        return self.filter(accepted_at__isnull=True, withdrawn_at__isnull=True)


class Invitation(models.Model):
    """A role offered at a body. ``invited_by`` is empty for whoever runs the server.

    ``person`` is who is meant, once registered: then ``email`` only tells where to write. ``name``
    is how who invited called them.
    """

    email = models.EmailField(_("e-mail"), blank=True)
    name = models.CharField(_("name"), max_length=150, blank=True, default="", db_default="")
    person = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="invitations"
    )
    role = models.CharField(_("role"), max_length=12, choices=Role.choices)
    valid_from = models.DateField(_("valid from"))
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    invited_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    invited_at = models.DateTimeField(_("invited at"))
    needs_confirmation = models.BooleanField(_("needs a second person"), default=False)
    confirmed_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, blank=True)
    token_hash = models.CharField(max_length=64, blank=True)
    expires_at = models.DateTimeField(_("serves until"), null=True, blank=True)
    membership = models.OneToOneField(
        Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="invitation"
    )
    accepted_at = models.DateTimeField(_("accepted at"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        constraints = [
            models.CheckConstraint(
                condition=Q(role__in=[role.value for role in Role]),
                name="alliances_invitation_role",
                violation_error_message=_("Unknown role."),
            ),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("valid_from")),
                name="alliances_invitation_dates",
                violation_error_message=_("A membership cannot end before it begins."),
            ),
            models.CheckConstraint(
                condition=Q(needs_confirmation=False)
                | Q(token_hash="", membership__isnull=True)
                | Q(confirmed_by__isnull=False) & ~Q(confirmed_by=F("invited_by")),
                name="alliances_invitation_two_people",
                violation_error_message=_("A second person confirms this role."),
            ),
            models.CheckConstraint(
                condition=Q(accepted_at__isnull=True) | Q(membership__isnull=False),
                name="alliances_invitation_accepted",
                violation_error_message=_("What was accepted is a membership."),
            ),
            models.UniqueConstraint(
                fields=["token_hash"],
                condition=~Q(token_hash=""),
                name="alliances_invitation_token",
                violation_error_message=_("A link is of one invitation."),
            ),
        ]
        triggers = [
            refuse("kept_for_ever", pgtrigger.Delete, "Invitations are withdrawn, never deleted."),
            refuse(
                "used_once",
                pgtrigger.Update,
                "An invitation that was used or withdrawn stays so.",
                pgtrigger.Condition("OLD.accepted_at IS NOT NULL OR OLD.withdrawn_at IS NOT NULL"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.whom} · {self.get_role_display()} · {self.organisation}"

    @property
    def whom(self) -> str:
        """Who is invited, as far as it is known."""
        if self.person and self.person.has_usable_password():
            return self.person.display_name
        return f"{self.name} ({self.email})" if self.name else self.email

    @property
    def waits_for_second(self) -> bool:
        """Whether another administrator has still to confirm it."""
        return self.needs_confirmation and self.confirmed_at is None

    def serves_at(self, at: datetime) -> bool:
        """Whether its link lets somebody in at that moment."""
        is_open = self.accepted_at is None and self.withdrawn_at is None
        return is_open and self.expires_at is not None and at < self.expires_at
