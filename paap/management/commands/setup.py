"""Bring a database up to date before the application starts on it."""

from typing import Any

from django.core.management import call_command

from kit.waits import patient
from paap.roles import OwnersCommand

STEPS = ("migrate", "load_reference", "load_protocols")


class Command(OwnersCommand):
    help = (
        "Migrate the database, give the application its rights, load the reference. Safe to repeat."
    )

    def handle(self, *args: Any, verbosity: int, **options: Any) -> None:
        with patient():
            for step in STEPS:
                call_command(step, verbosity=verbosity, stdout=self.stdout, stderr=self.stderr)
