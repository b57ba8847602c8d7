"""Access tokens. Of the token itself only its hash is stored."""

from datetime import date

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from alliances.people.models import Membership
from alliances.tokens.table import TokenScope
from kit.triggers import with_event_apart


class AccessToken(models.Model):
    """What a program shows in place of a person's session; it acts for one membership alone."""

    membership = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(_("name"), max_length=60)
    scope = models.CharField(_("scope"), max_length=8, choices=TokenScope.choices)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    made_at = models.DateTimeField(_("made at"))
    expires_on = models.DateField(_("expires on"))
    used_on = models.DateField(_("last used on"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)
    had_factor = models.BooleanField(_("made with a second factor"))

    #: The token itself, on the row that has just been made and on no other.
    text = ""

    class Meta:
        verbose_name = _("access token")
        verbose_name_plural = _("access tokens")
        ordering = ["-made_at", "-pk"]
        triggers = [
            # The day of the last use is nobody's act.
            with_event_apart(
                "make_token",
                "revoke_token",
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("revoked_at") | pgtrigger.Delete,
            )
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(scope__in=TokenScope.values),
                name="alliances_accesstoken_scope",
                violation_error_message=_("Unknown scope of a token."),
            ),
            models.CheckConstraint(
                condition=Q(revoked_at__isnull=True) | Q(revoked_at__gte=F("made_at")),
                name="alliances_accesstoken_revoked",
                violation_error_message=_("A token is revoked after it is made."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def serves_on(self, day: date) -> bool:
        """Not revoked, and not past its last day."""
        return self.revoked_at is None and day <= self.expires_on
