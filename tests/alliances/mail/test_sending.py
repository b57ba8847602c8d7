"""The outbox: each message leaves once, none is lost, and none holds up another one."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from smtplib import SMTPDataError, SMTPRecipientsRefused, SMTPServerDisconnected
from socketserver import StreamRequestHandler, TCPServer, ThreadingTCPServer
from threading import Barrier, Thread
from typing import Any
from unittest.mock import patch

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.db import IntegrityError, transaction
from django.utils.timezone import now
from pytest_django import Settings

from alliances.mail.models import Notice, NoticeKind, NoticeStatus
from alliances.mail.selectors import refusals_about
from alliances.mail.services import deliver, drop_notices, write_notice
from alliances.mail.tasks import deliver_mail
from tests.alliances.preparation.conftest import at_once

pytestmark = pytest.mark.django_db
SEND = "django.core.mail.backends.locmem.EmailBackend.send_messages"
TEXT = "Abra http://localhost:8000/invitacion/secreto/"


@pytest.fixture(autouse=True)
def mail_is_set_up(settings: Settings) -> None:
    settings.SENDS_MAIL = True


def write(name: str = "rosa", *, about: str = "", at: datetime | None = None) -> Notice:
    return write_notice(
        kind=NoticeKind.INVITATION,
        to=f"{name}@example.org",
        subject="Su acceso",
        text=TEXT,
        language="es-co",
        about=about,
        at=at or now(),
    )


def names() -> list[str]:
    return [message.to[0].partition("@")[0] for message in mail.outbox]


def in_minutes(minutes: int) -> None:
    deliver(clock=lambda: now() + timedelta(minutes=minutes))


class Server:
    """A mail server that answers one address in its own way, and takes what others get."""

    def __init__(self, odd: str, answer: Exception) -> None:
        self.odd, self.answer = odd, answer
        self.asked_for: list[str] = []

    def __call__(self, messages: list[EmailMessage]) -> int:
        (message,) = messages
        self.asked_for.append(message.to[0])
        if message.to[0].startswith(self.odd):
            raise self.answer
        mail.outbox.append(message)
        return 1


@pytest.fixture
def odd_one(request: pytest.FixtureRequest) -> Iterator[Server]:
    server = Server("raro", request.param)
    with patch(SEND, server):
        yield server


def test_a_message_leaves_once_and_its_row_keeps_no_text() -> None:
    notice = write()
    assert "secreto" not in notice.sealed
    deliver(clock=now)
    deliver(clock=now)
    (message,) = mail.outbox
    assert (message.to, message.subject, message.body) == (["rosa@example.org"], "Su acceso", TEXT)
    notice.refresh_from_db()
    assert (notice.status, notice.sealed, notice.tries) == (NoticeStatus.SENT, "", 0)
    with pytest.raises(IntegrityError), transaction.atomic():
        Notice.objects.filter(pk=notice.pk).update(sealed="otra vez")
    with pytest.raises(IntegrityError), transaction.atomic():
        Notice.objects.filter(pk=notice.pk).update(status=NoticeStatus.REFUSED)


def test_a_worker_killed_after_the_server_said_yes_sends_the_same_message_again() -> None:
    notice = write()
    killed = patch("alliances.mail.services._close", side_effect=KeyboardInterrupt)
    with killed, pytest.raises(KeyboardInterrupt):
        deliver(clock=now)
    notice.refresh_from_db()
    assert notice.status == NoticeStatus.WAITING
    deliver(clock=now)
    first, again = mail.outbox
    name = f"<{notice.key}@localhost>"
    assert first.message()["Message-ID"] == again.message()["Message-ID"] == name
    assert first.body == again.body


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_send_it_once() -> None:
    write()
    gate = Barrier(2, timeout=10)
    taken: list[EmailMessage] = []

    def send(_backend: object, messages: list[EmailMessage]) -> int:
        gate.wait()  # the other one looks now
        gate.wait()  # and has looked
        taken.extend(messages)
        return 1

    def other() -> None:
        gate.wait()
        deliver(clock=now)
        gate.wait()

    with patch(SEND, send):
        at_once(lambda: deliver(clock=now), other)
    assert len(taken) == 1
    assert Notice.objects.get().status == NoticeStatus.SENT


@pytest.mark.parametrize(
    ("odd_one", "reason"),
    [
        (SMTPRecipientsRefused({"raro": (550, b"no such user")}), "550 no such user"),
        (SMTPDataError(554, b"not here"), "554 not here"),
        (ValueError("no newlines"), "no newlines"),
        (SMTPRecipientsRefused({}), "SMTPRecipientsRefused"),
    ],
    indirect=["odd_one"],
)
def test_a_refused_address_is_closed_with_its_reason_and_the_others_go_on(
    odd_one: Server, reason: str
) -> None:
    odd, _other = write("raro", about="invitation:1"), write("rosa")
    deliver_mail()
    in_minutes(70)
    assert names() == ["rosa"]
    assert odd_one.asked_for.count("raro@example.org") == 1
    odd.refresh_from_db()
    assert (odd.status, odd.reason, odd.sealed) == (NoticeStatus.REFUSED, reason, "")
    assert refusals_about(["invitation:1", "invitation:2"]) == {"invitation:1": reason}


@pytest.mark.parametrize(
    "odd_one",
    [
        SMTPDataError(451, b"later"),
        SMTPRecipientsRefused({"raro": (452, b"full")}),
        RuntimeError("a mistake of ours"),
    ],
    indirect=True,
)
def test_what_fails_for_now_is_tried_again_after_the_others(odd_one: Server) -> None:
    odd, _other = write("raro"), write("rosa")
    deliver_mail()
    assert names() == ["rosa"]
    odd.refresh_from_db()
    assert (odd.status, odd.tries) == (NoticeStatus.WAITING, 1)
    deliver_mail()
    assert odd_one.asked_for.count("raro@example.org") == 1  # not before a minute is over
    odd_one.odd = "nadie"
    in_minutes(2)
    assert names() == ["rosa", "raro"]


@pytest.mark.parametrize("odd_one", [SMTPServerDisconnected("cut off")], indirect=True)
def test_an_address_at_which_the_server_hangs_up_lets_the_others_pass(odd_one: Server) -> None:
    write("raro"), write("rosa")
    deliver_mail()  # for all that it knows, the server is away
    assert names() == []
    deliver_mail()
    assert names() == ["rosa"]


class Smtp(StreamRequestHandler):
    """As much of a mail server as a message needs; it knows nobody whose name begins «raro»."""

    def handle(self) -> None:
        self.say("220 here")
        while line := self.rfile.readline().decode().strip():
            if line.upper() == "DATA":
                self.say("354 go on")
                lines = iter(self.rfile.readline, b".\r\n")
                self.server.taken.append(b"".join(lines).decode())  # type: ignore[attr-defined]
            self.say("550 no such user" if line.upper().startswith("RCPT TO:<RARO") else "250 yes")

    def say(self, words: str) -> None:
        self.wfile.write(f"{words}\r\n".encode())


@pytest.fixture
def smtp(settings: Settings) -> Iterator[TCPServer]:
    with ThreadingTCPServer(("127.0.0.1", 0), Smtp) as server:
        server.taken = []  # type: ignore[attr-defined]
        Thread(target=server.serve_forever, daemon=True).start()
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = server.server_address
        yield server
        server.shutdown()


def test_over_smtp_too(smtp: Any) -> None:
    """With the answers of a real server, as the library of the mail tells them."""
    odd, other, accented = write("raro"), write("rosa"), write("josé")
    deliver_mail()
    assert len(smtp.taken) == 2
    assert f"Message-ID: <{other.key}@localhost>" in smtp.taken[0]
    odd.refresh_from_db()
    accented.refresh_from_db()
    assert (odd.status, odd.reason) == (NoticeStatus.REFUSED, "550 no such user")
    assert accented.status == NoticeStatus.SENT


def test_a_silent_server_loses_nothing() -> None:
    for name in ("ana", "rosa"):
        write(name)
    with patch(SEND, side_effect=ConnectionRefusedError) as send:
        deliver_mail()
    assert send.call_count == 1
    assert Notice.objects.filter(status=NoticeStatus.WAITING).count() == 2
    in_minutes(2)
    assert sorted(names()) == ["ana", "rosa"]


def test_pauses_grow_to_an_hour_and_end_when_the_message_serves_no_more() -> None:
    begun, pauses = now(), []
    notice = write(at=begun)
    with patch(SEND, side_effect=SMTPDataError(451, b"later")):
        for _time in range(9):
            at = notice.due_at
            deliver(clock=lambda at=at: at)  # type: ignore[misc]
            notice.refresh_from_db()
            pauses.append((notice.due_at - at).seconds // 60)
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    deliver(clock=lambda: begun + timedelta(days=7, minutes=1))
    notice.refresh_from_db()
    assert (notice.status, notice.sealed, mail.outbox) == (NoticeStatus.NEEDLESS, "", [])


def test_a_later_message_about_the_same_takes_the_place_of_what_waits() -> None:
    first, second, other = write(about="x:1"), write(about="x:1"), write("ana", about="x:2")
    drop_notices(about="x:2", at=now())
    states = [Notice.objects.get(pk=row.pk).status for row in (first, second, other)]
    assert states == [NoticeStatus.NEEDLESS, NoticeStatus.WAITING, NoticeStatus.NEEDLESS]


def test_what_another_key_sealed_is_refused_and_said(settings: Settings) -> None:
    notice = write()
    settings.SECRET_KEY = "another one, without the one before among its fallbacks"
    deliver_mail()
    notice.refresh_from_db()
    assert (notice.status, notice.reason) == (NoticeStatus.REFUSED, "InvalidToken")


def test_without_mail_nothing_leaves(settings: Settings) -> None:
    write()
    settings.SENDS_MAIL = False
    deliver_mail()
    assert mail.outbox == []


def test_a_row_tells_what_it_is() -> None:
    words: Any = str(write())
    assert words == "An invitation · rosa@example.org · Waits to leave"
