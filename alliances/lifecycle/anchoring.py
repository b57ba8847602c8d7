"""Taking an anchor: the ends of all chains into a file, and to an address outside."""

from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction

from alliances.lifecycle.anchors import Anchor, read_anchor, read_anchors, write_anchor
from alliances.lifecycle.audit import chain_ends, current_seals
from kit.errors import DomainError

SEND_SECONDS = 20


def take_anchor(*, at: datetime) -> Path:
    """Write the next anchor and send it to ``ANCHOR_ADDRESS``, if there is one; gives the file.

    What cannot be sent is kept all the same, and the next one names it. Raises OSError.
    """
    folder = Path(settings.ANCHOR_FOLDER)
    folder.mkdir(parents=True, exist_ok=True)
    with transaction.atomic():
        ends, sealed = chain_ends(), current_seals()
    path = write_anchor(
        folder,
        taken_at=at.isoformat(),
        chains=ends,
        seals=sealed,
        key=settings.ANCHOR_KEY.encode(),
    )
    send_anchor(path)
    return path


def send_anchor(path: Path) -> None:
    """Mail the file (``mailto:``) or put it below an address (``https:``)."""
    address = urlsplit(settings.ANCHOR_ADDRESS)
    if address.scheme == "mailto":
        anchor = read_anchor(path)
        text = f"{anchor}\nSHA-256: {anchor.digest}"
        mail = EmailMessage(f"{path.name}: {anchor.digest[:16]}", text, to=[address.path])
        mail.attach_file(str(path), "application/json")
        mail.send()
    elif address.scheme == "https":
        place = f"{settings.ANCHOR_ADDRESS.rstrip('/')}/{path.name}"
        urlopen(Request(place, data=path.read_bytes(), method="PUT"), timeout=SEND_SECONDS).close()
    elif settings.ANCHOR_ADDRESS:
        raise DomainError(f"{settings.ANCHOR_ADDRESS} is neither mailto: nor https:.")


def known_anchors(given: Path | None = None) -> list[Anchor]:
    """Those of a folder, or a single file; without either, those of this installation."""
    place = given or Path(settings.ANCHOR_FOLDER)
    return read_anchors(place) if given is None or place.is_dir() else [read_anchor(place)]
