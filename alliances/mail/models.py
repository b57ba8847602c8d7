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

from alliances.people.models import User

#: The longest address that a form takes.
EMAIL_LENGTH = 320
REASON_LENGTH = 300


class NoticeKind(models.TextChoices):
    RESET = "reset", _("A new password")
    INVITATION = "invitation", _("An invitation")
    DIGEST = "digest", _("What waits, once a day")
    URGENT = "urgent", _("What became late")


#: Of one person and day, and never told twice.
OF_THE_DAY = (NoticeKind.DIGEST, NoticeKind.URGENT)


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

    A digest and what became late are of a ``person`` and their ``day``, with a ``number`` in it:
    the digest is number 0. ``tasks`` are the late ones that it tells, so that none is told twice.
    """

    kind = models.CharField(_("kind"), max_length=12, choices=NoticeKind.choices)
    key = models.UUIDField(default=uuid4, unique=True, editable=False)
    to = models.EmailField(_("e-mail"), max_length=EMAIL_LENGTH)
    language = models.CharField(max_length=10)
    about = models.CharField(max_length=40, blank=True)
    person = models.ForeignKey(
        User, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    day = models.DateField(_("day"), null=True, blank=True)
    number = models.PositiveSmallIntegerField(_("number"), default=0)
    tasks = models.JSONField(default=list, blank=True)
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
            models.UniqueConstraint(
                fields=["person", "day", "number"],
                name="alliances_notice_once",
                violation_error_message=_("This was written already."),
            ),
            models.CheckConstraint(
                condition=Q(kind__in=OF_THE_DAY, person__isnull=False, day__isnull=False)
                | ~Q(kind__in=OF_THE_DAY) & Q(person__isnull=True, day__isnull=True),
                name="alliances_notice_of_a_day",
                violation_error_message=_("A digest is of one person and day."),
            ),
            models.CheckConstraint(
                condition=Q(kind=NoticeKind.DIGEST) ^ ~Q(number=0) | ~Q(kind__in=OF_THE_DAY),
                name="alliances_notice_number",
                violation_error_message=_("A digest is the first message of its day."),
            ),
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
