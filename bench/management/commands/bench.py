"""``manage.py bench``: every page at scale 1 and 10, written to docs/benchmark.md."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from alliances.models import Alliance
from bench import pages


class Command(BaseCommand):
    help = "Measure every page and API list at two sizes of portfolio (make bench)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--runs", type=int, default=30)
        parser.add_argument("--scales", nargs=2, default=("1", "10"))
        parser.add_argument("--measure", action="store_true", help="This database only, as JSON.")
        parser.add_argument("--is-empty", action="store_true", help="Say yes without alliances.")

    def handle(self, *_args: Any, **options: Any) -> None:
        if options["is_empty"]:
            self.stdout.write("no" if Alliance.objects.exists() else "yes")
        elif options["measure"]:
            self.stdout.write(pages.as_json(pages.measure(options["runs"])))
        else:
            told = pages.compare(tuple(options["scales"]), options["runs"])
            path = settings.BASE_DIR / "docs" / "benchmark.md"
            path.write_text(told, encoding="utf-8")
            self.stdout.write(told)
