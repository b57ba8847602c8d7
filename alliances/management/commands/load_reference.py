"""Load departments, municipalities, crops, crop windows, wages and prices; safe to repeat.

What administrators changed in the browser stays as they left it.
"""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from alliances.reference.selectors import files_kept_by_people
from alliances.territory.services import DATA, load_reference
from kit.errors import InvalidFile, RowError
from kit.figures import number


class Command(BaseCommand):
    help = "Load the reference data of the territory from CSV files; safe to repeat."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--directory", type=Path, default=DATA, help="folder with the six CSV files"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            counts = load_reference(
                directory=options["directory"], except_for=files_kept_by_people()
            )
        except InvalidFile as error:
            lines = [error.message, *(_in_words(mistake) for mistake in error.errors)]
            raise CommandError("\n".join(lines)) from error
        for count in counts:
            self.stdout.write(
                _(
                    "%(table)s: %(created)s created, %(updated)s updated, "
                    "%(removed)s removed, %(unchanged)s unchanged"
                )
                % {name: number(n) if name != "table" else n for name, n in vars(count).items()}
            )


def _in_words(mistake: RowError) -> str:
    return _("%(sheet)s, row %(row)d, column “%(column)s”: %(message)s") % vars(mistake)
