"""Writing: what is to leave by mail, and sending it."""

import logging
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from email.utils import parseaddr
from smtplib import SMTPDataError, SMTPRecipientsRefused

from allauth.account.forms import ResetPasswordForm, default_token_generator
from allauth.account.utils import user_pk_to_url_str
from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.timezone import localtime

from alliances.lifecycle.acting import act_on
from alliances.mail.models import REASON_LENGTH, Notice, NoticeKind, NoticeStatus
from alliances.mail.selectors import people_to_write
from alliances.mail.table import RESET_PASSWORD
from alliances.people.models import User
from alliances.people.selectors import memberships_of
from kit.sealing import InvalidToken, seal, unseal
from kit.text import shortened, tidy
from kit.web import absolute

logger = logging.getLogger(__name__)

SEALED_FOR = "alliances.mail"
#: Who asked for a password so long ago does not wait for it any more; other messages neither.
SERVES = {NoticeKind.RESET: timedelta(days=1), NoticeKind.INVITATION: timedelta(days=7)}
#: So long it is known what became of a message, and that a late task was told.
KEPT_FOR = timedelta(days=120)
#: What a mail server says of one message or its address, and not of itself.
REFUSALS = (SMTPRecipientsRefused, SMTPDataError, ValueError, InvalidToken)
LONGEST_PAUSE = timedelta(hours=1)


# -- Writing ---------------------------------------------------------------------------------------
def write_notice(
    *,
    kind: NoticeKind,
    to: str,
    subject: str,
    text: str,
    language: str,
    at: datetime,
    about: str = "",
) -> Notice:
    """Let this message leave once the transaction of whoever writes it is committed.

    It takes the place of those ``about`` the same that did not leave yet.
    """
    drop_notices(about=about, at=at)
    return Notice.objects.create(
        kind=kind,
        to=to,
        subject=subject,
        sealed=seal(text, purpose=SEALED_FOR),
        language=language,
        about=about,
        written_at=at,
        due_at=at,
    )


def drop_notices(*, about: str, at: datetime) -> None:
    """What waits about this is not needed any more. One that leaves at this moment leaves."""
    if about:
        waiting = Notice.objects.filter(about=about, status=NoticeStatus.WAITING)
        for notice in waiting.select_for_update(skip_locked=True):
            _close(notice, NoticeStatus.NEEDLESS, at)


def write_of_the_day(
    *,
    person: User,
    kind: NoticeKind,
    number: int,
    tasks: Iterable[str],
    subject: str,
    text: str,
    at: datetime,
) -> None:
    """Tell a person of their work: once for each day and number, however many workers write it.

    Without a text there is nothing to tell that day, and nothing leaves.
    """
    notice = Notice(
        kind=kind,
        to=person.email,
        language=person.language,
        person=person,
        day=localtime(at).date(),
        number=number,
        tasks=sorted(tasks),
        subject=subject,
        sealed=seal(text, purpose=SEALED_FOR) if text else "",
        written_at=at,
        due_at=at,
        status=NoticeStatus.WAITING if text else NoticeStatus.NEEDLESS,
        closed_at=None if text else at,
    )
    Notice.objects.bulk_create([notice], ignore_conflicts=True)


def choose_notices(*, person: User, notices: str, language: str) -> User:
    """What this person is written of their work, and in which language; once more is the same."""
    person.notices, person.language = notices, language
    person.full_clean(exclude=["password"])
    person.save(update_fields=["notices", "language"])
    return person


def forget_old_notices(*, at: datetime) -> None:
    """What closed long ago is known no more."""
    Notice.objects.filter(closed_at__lt=at - KEPT_FOR).delete()


def request_reset(*, email: str, language: str, at: datetime) -> Notice:
    """Let a link for a new password go to this e-mail, if it is of an account."""
    return Notice.objects.create(
        kind=NoticeKind.RESET, to=email, language=language, written_at=at, due_at=at
    )


def note_reset(*, person: User, at: datetime) -> None:
    """Write into the chain that somebody opened this account with a link of the mail.

    Without a membership in force there is nothing that the account could do, and no act to note.
    """
    acting = memberships_of(person, localtime(at).date()).first()
    if acting:
        with act_on(None, RESET_PASSWORD, acting=acting, at=at) as act:
            act.data["person"] = person.pk


# -- Sending ---------------------------------------------------------------------------------------
def deliver(*, clock: Callable[[], datetime]) -> None:
    """Send all that is due, each once; several workers may do so at once.

    What is refused is closed with its reason. What fails otherwise is tried again later, after the
    others, so that no message holds up another one.

    Raises OSError when the mail server fails: what was not tried stays for the next time.
    """
    due = Notice.objects.filter(status=NoticeStatus.WAITING, due_at__lte=clock())
    for pk in due.order_by("due_at", "pk").values_list("pk", flat=True):
        try:
            _deliver_one(pk, clock())
        except SoftTimeLimitExceeded:
            raise
        except OSError:
            _put_off(pk, clock())
            raise
        except Exception:
            logger.exception("the message %s cannot be made", pk)
            _put_off(pk, clock())


@transaction.atomic
def _deliver_one(pk: int, at: datetime) -> None:
    notice = _waiting(pk)
    if notice is None:
        return
    try:
        messages = [*_messages_of(notice)] if _serves(notice, at) else []
        for message in messages:
            message.send()
    except REFUSALS as refusal:
        if _is_for_now(refusal):
            _try_later(notice, at)
        else:
            logger.warning("the mail server refuses the message %s", pk)
            _close(notice, NoticeStatus.REFUSED, at, reason=_reason_of(refusal))
    else:
        _close(notice, NoticeStatus.SENT if messages else NoticeStatus.NEEDLESS, at)


def _serves(notice: Notice, at: datetime) -> bool:
    """Whether it is not too late for it, and who gets it may still read it and wants to."""
    if notice.person is None:
        return at - notice.written_at <= SERVES[NoticeKind(notice.kind)]
    today = localtime(at).date()
    return notice.day == today and people_to_write(today).filter(pk=notice.person.pk).exists()


@transaction.atomic
def _put_off(pk: int, at: datetime) -> None:
    if notice := _waiting(pk):
        _try_later(notice, at)


def _waiting(pk: int) -> Notice | None:
    rows = Notice.objects.filter(pk=pk, status=NoticeStatus.WAITING).select_related("person")
    return rows.select_for_update(skip_locked=True, of=("self",)).first()


def _try_later(notice: Notice, at: datetime) -> None:
    """After one minute, then two, four … up to an hour; it closes once it serves no more."""
    notice.due_at = at + min(timedelta(minutes=2 ** min(notice.tries, 6)), LONGEST_PAUSE)
    notice.tries += 1
    notice.save(update_fields=["due_at", "tries"])


def _close(notice: Notice, status: NoticeStatus, at: datetime, reason: str = "") -> None:
    """Of an answered request of a password nothing is kept, not even that somebody asked."""
    if notice.kind == NoticeKind.RESET and status != NoticeStatus.REFUSED:
        notice.delete()
        return
    notice.status, notice.closed_at, notice.reason, notice.sealed = status, at, reason, ""
    notice.save(update_fields=["status", "closed_at", "reason", "sealed"])


# -- What leaves -----------------------------------------------------------------------------------
def _messages_of(notice: Notice) -> Iterator[EmailMessage]:
    """What it says, to whom; a reset says something to each account of the e-mail, or nothing."""
    if notice.kind == NoticeKind.RESET:
        yield from _reset_links(notice)
    else:
        text = unseal(notice.sealed, purpose=SEALED_FOR)
        yield _message(str(notice.key), notice.to, notice.subject, text)


def _reset_links(notice: Notice) -> Iterator[EmailMessage]:
    """To the e-mail of each account, as it stands there; none where nobody has come in yet."""
    form = ResetPasswordForm({"email": notice.to})  # allauth's: it finds the accounts of an e-mail
    template = "account/email/password_reset_key"
    with translation.override(notice.language):
        for user in form.users if form.is_valid() else ():
            if user.email and user.has_usable_password():
                key = [user_pk_to_url_str(user), default_token_generator.make_token(user)]
                link = absolute(reverse("account_reset_password_from_key", args=key))
                words = {"user": user, "password_reset_url": link}
                subject = render_to_string(f"{template}_subject.txt", words).strip()
                text = render_to_string(f"{template}_message.txt", words)
                yield _message(f"{notice.key}.{user.pk}", user.email, subject, text)


def _message(key: str, to: str, subject: str, text: str) -> EmailMessage:
    """Sent twice it is the same message: mailboxes know it by its name."""
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]
    headers = {"Message-ID": f"<{key}@{domain}>", "Auto-Submitted": "auto-generated"}
    return EmailMessage(subject, text, None, [to], headers=headers)


# -- Refusals --------------------------------------------------------------------------------------
def _answers(refusal: Exception) -> list[tuple[int, bytes | str]]:
    """What the server answered, with its code."""
    if isinstance(refusal, SMTPRecipientsRefused):
        return list(refusal.recipients.values())
    if isinstance(refusal, SMTPDataError):
        return [(refusal.smtp_code, refusal.smtp_error)]
    return []


def _is_for_now(refusal: Exception) -> bool:
    """A full mailbox, or a server that makes strangers wait: codes of four hundred."""
    codes = [code for code, _words in _answers(refusal)]
    return bool(codes) and all(400 <= code < 500 for code in codes)


def _reason_of(refusal: Exception) -> str:
    """The server's words, or what is wrong with the message."""
    answers = [
        f"{code} {words.decode(errors='replace') if isinstance(words, bytes) else words}"
        for code, words in _answers(refusal)
    ]
    if isinstance(refusal, ValueError):
        answers = [str(refusal)]
    reason = tidy(" ".join(answers)) or type(refusal).__name__
    return shortened(reason, REASON_LENGTH)
