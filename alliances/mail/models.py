"""What waits to leave by mail. The rows are the queue: a server that is away loses none."""

from django.db import models
from django.utils.translation import gettext_lazy as _

#: The longest address that a form takes.
EMAIL_LENGTH = 320


class ResetRequest(models.Model):
    """An e-mail for which somebody at the sign-in asks a new password; it is gone once answered.

    Whether it has an account is looked up when the message leaves, so that the page answers all
    alike and as fast.
    """

    email = models.EmailField(_("e-mail"), max_length=EMAIL_LENGTH)
    language = models.CharField(max_length=10)
    requested_at = models.DateTimeField(_("requested at"))

    class Meta:
        verbose_name = _("request of a new password")
        verbose_name_plural = _("requests of new passwords")

    def __str__(self) -> str:
        return f"{self.email} · {self.requested_at:%Y-%m-%d %H:%M}"
