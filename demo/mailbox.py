"""The mailbox of the demonstration: what the system would have sent, for whoever looks around.

Nothing leaves the machine there: Django's file backend keeps each message in ``EMAIL_FILE_PATH``,
so that it outlives a restart and production needs no table for it. The address exists only in
``demo.urls``, which is the root of addresses with ``DEMO`` alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

#: Messages on the page; older ones stay in their files.
SHOWN = 60
#: What the file backend writes after each message.
_LINE = b"\n" + b"-" * 79 + b"\n"


@dataclass(frozen=True)
class Letter:
    """One message as its reader would have got it."""

    to: str
    subject: str
    at: datetime
    text: str


def letters(folder: Path) -> list[Letter]:
    """The last messages, the newest first."""
    files = sorted(folder.glob("*.log"), key=lambda file: file.stat().st_mtime_ns)[-SHOWN:]
    rows = [row for file in files for row in _letters_in(file.read_bytes())][::-1]
    return sorted(rows, key=lambda row: row.at, reverse=True)[:SHOWN]


def _letters_in(content: bytes) -> Iterator[Letter]:
    """The messages of one file; what is only half written yet is left out."""
    *whole, _rest = content.split(_LINE)
    for part in whole:
        message = message_from_bytes(part, EmailMessage, policy=default)
        body = message.get_body(("plain",))
        yield Letter(
            to=str(message["To"]),
            subject=str(message["Subject"]),
            at=message["Date"].datetime,
            text=body.get_content().strip() if body else "",
        )


@login_not_required
@never_cache
@require_GET
def mailbox(request: HttpRequest) -> HttpResponse:
    """All that was written to anybody."""
    rows = letters(Path(settings.EMAIL_FILE_PATH))
    return render(request, "mail/mailbox.html", {"letters": rows})
