"""``manage.py anchor``: write where every chain ends to a file, and send it outside."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.timezone import now

from alliances.lifecycle.anchoring import take_anchor
from alliances.lifecycle.anchors import read_anchor
from kit.errors import DomainError


class Command(BaseCommand):
    help = "Take an anchor of the audit chains now, as beat does every day."

    def handle(self, *_args: Any, **_options: Any) -> None:
        try:
            path = take_anchor(at=now())
        except (OSError, DomainError) as error:
            raise CommandError(f"The anchor was not taken whole: {error}") from error
        self.stdout.write(f"{path}\nSHA-256: {read_anchor(path).digest}")
