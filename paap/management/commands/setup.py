"""Bring a database up to date before the application starts on it, and let the first one in."""

from typing import Any

from django.core.management import call_command
from django.core.management.base import CommandParser
from django.utils.timezone import now

from alliances.invitations.mail import link_of
from alliances.invitations.services import invite_first_administrator
from kit.waits import patient
from paap.roles import OwnersCommand

STEPS = ("migrate", "load_reference", "load_protocols")


class Command(OwnersCommand):
    help = (
        "Migrate the database, give the application its rights, load the reference, and print the"
        " one-time link of the first administrator until somebody used it. Safe to repeat."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--without-administrator",
            action="store_true",
            help="invite nobody: people come from elsewhere, as in the demonstration",
        )

    def handle(
        self, *args: Any, verbosity: int, without_administrator: bool, **options: Any
    ) -> None:
        with patient():
            for step in STEPS:
                call_command(step, verbosity=verbosity, stdout=self.stdout, stderr=self.stderr)
            if not without_administrator and (issued := invite_first_administrator(at=now())):
                self.stdout.write(
                    "Nobody administers yet. This link makes the first administrator; it serves"
                    f" once, for seven days:\n{link_of(issued.token)}"
                )
