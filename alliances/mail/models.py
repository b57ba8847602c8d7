"""What leaves by mail: one row for each message, whatever it is about. The rows are the queue.

Context: a mail server may be away, refuse one address, or say yes to a worker that dies before it
can write so down. Decision: whoever has something to say adds a row within their own transaction;
a worker sends it and closes the row. Consequence: nothing is lost, and what a killed worker may
have sent goes out again as the same message, by its ``key``, which mailboxes show once.
"""

from uuid import uuid4

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

#: The longest address that a form takes.
EMAIL_LENGTH = 320
REASON_LENGTH = 300


class NoticeKind(models.TextChoices):
    RESET = "reset", _("A new password")
    INVITATION = "invitation", _("An invitation")


class NoticeStatus(models.TextChoices):
    WAITING = "waiting", _("Waits to leave")
    SENT = "sent", _("Sent")
    REFUSED = "refused", _("Refused by the mail server")
    NEEDLESS = "needless", _("Not needed any more")


class Notice(models.Model):
    """One message to one address.

    ``sealed`` is its text, encrypted, and emptied when the row closes: links in it open accounts.
    A reset has no text: whose account it is, is looked up when it leaves, so that the page of the
    sign-in answers all alike and as fast. ``about`` names the row of another room that it tells of.
    ``due_at`` is when it is tried next, after so many ``tries``.
    """

    kind = models.CharField(_("kind"), max_length=12, choices=NoticeKind.choices)
    key = models.UUIDField(default=uuid4, unique=True, editable=False)
    to = models.EmailField(_("e-mail"), max_length=EMAIL_LENGTH)
    language = models.CharField(max_length=10)
    about = models.CharField(max_length=40, blank=True)
    subject = models.CharField(_("subject"), max_length=200, blank=True)
    sealed = models.TextField(blank=True)
    written_at = models.DateTimeField(_("written at"))
    due_at = models.DateTimeField(_("due at"))
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    status = models.CharField(
        _("status"), max_length=8, choices=NoticeStatus.choices, default=NoticeStatus.WAITING
    )
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=REASON_LENGTH, blank=True)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        indexes = [
            models.Index(
                fields=["due_at", "id"],
                name="alliances_notice_queue",
                condition=Q(status=NoticeStatus.WAITING),
            ),
            models.Index(fields=["about"], name="alliances_notice_about", condition=~Q(about="")),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(status=NoticeStatus.WAITING, closed_at__isnull=True)
                | Q(
                    status__in=[NoticeStatus.SENT, NoticeStatus.REFUSED, NoticeStatus.NEEDLESS],
                    closed_at__isnull=False,
                    sealed="",
                ),
                name="alliances_notice_closed",
                violation_error_message=_("What left keeps no text."),
            ),
            models.CheckConstraint(
                condition=Q(status=NoticeStatus.REFUSED) ^ Q(reason=""),
                name="alliances_notice_reason",
                violation_error_message=_("A refusal says why, and nothing else does."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.to} · {self.get_status_display()}"
