"""A synthetic portfolio in an empty database: ``manage.py seed_demo --scale 1 --seed 42``."""

from datetime import date
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db import connection
from django.utils.timezone import localdate

from demo.portfolio import seed_portfolio
from demo.progress import Progress
from kit.errors import DomainError
from kit.waits import patient
from paap.roles import OwnersCommand


class Command(OwnersCommand):
    help = "Write a portfolio of invented alliances. Refuses a database that already has some."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--scale", type=float, default=1.0, help="1 is the size of phase 3: 1,600 profiles"
        )
        parser.add_argument("--seed", type=int, default=42, help="the same seed, the same rows")
        parser.add_argument(
            "--today", type=date.fromisoformat, help="the day it is (YYYY-MM-DD; by default today)"
        )

    def handle(self, *args: Any, scale: float, seed: int, **options: Any) -> None:
        today = options["today"] or localdate()
        progress = Progress(is_quiet=options["verbosity"] == 0)
        with patient():
            try:
                world = seed_portfolio(scale=scale, seed=seed, today=today, progress=progress)
            except DomainError as error:
                raise CommandError(error.message) from error
            _tidy()
        self.stdout.write(f"{len(world.profiles)} profiles are in the portfolio.")


def _tidy() -> None:
    """Clear what so many changes in one transaction left behind, so that pages are quick at once.

    PostgreSQL would do it by itself a minute later. Impossible inside a transaction (of a test).
    """
    if not connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("VACUUM (ANALYZE)")
