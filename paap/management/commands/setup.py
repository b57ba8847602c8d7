"""Bring a database up to date before the application starts on it."""

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand

STEPS = ("migrate", "load_reference", "load_protocols")


class Command(BaseCommand):
    help = "Migrate the database and load the reference data. Safe to run again."

    def handle(self, *args: Any, verbosity: int, **options: Any) -> None:
        for step in STEPS:
            call_command(step, verbosity=verbosity, stdout=self.stdout, stderr=self.stderr)
