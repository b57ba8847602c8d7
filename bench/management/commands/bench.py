"""``manage.py bench``: pages at scale 1 and 10, lists at 10, written to docs/benchmark.md."""

import re
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from alliances.models import Alliance
from bench import lists, pages

PATH = settings.BASE_DIR / "docs" / "benchmark.md"


class Command(BaseCommand):
    help = "Measure every page at two sizes of portfolio, or every list at one (make bench)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--runs", type=int, default=30)
        parser.add_argument("--scales", nargs=2, default=("1", "10"))
        parser.add_argument("--measure", action="store_true", help="This database only, as JSON.")
        parser.add_argument("--lists", action="store_true", help="Every list instead of pages.")
        parser.add_argument("--measure-lists", action="store_true", help="The same, as JSON.")
        parser.add_argument("--is-empty", action="store_true", help="Say yes without alliances.")

    def handle(self, *_args: Any, **options: Any) -> None:
        if options["is_empty"]:
            self.stdout.write("no" if Alliance.objects.exists() else "yes")
        elif options["measure"]:
            self.stdout.write(pages.as_json(pages.measure(options["runs"])))
        elif options["measure_lists"]:
            self.stdout.write(lists.as_json(lists.measure(options["runs"])))
        else:
            scales, runs = tuple(options["scales"]), options["runs"]
            is_of_lists = options["lists"]
            told = lists.tell(runs, scales[-1]) if is_of_lists else pages.compare(scales, runs)
            earlier = PATH.read_text(encoding="utf-8")
            PATH.write_text(with_part(earlier, told), encoding="utf-8")
            self.stdout.write(told)


def with_part(text: str, told: str) -> str:
    """The text with this part in the place of the one of the same heading, or at its end."""
    parts = [part for part in re.split(r"^(?=# )", text, flags=re.MULTILINE) if part.strip()]
    headings = [part.partition("\n")[0] for part in parts]
    heading = told.partition("\n")[0]
    place = headings.index(heading) if heading in headings else len(parts)
    parts[place : place + 1] = [told]
    return "\n".join(part.rstrip("\n") + "\n" for part in parts)
