"""Write the files of a finished run into a folder: rows, dictionary, replication kit."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import translation

from evaluation.runs.drawing import LANGUAGES
from evaluation.runs.rows.exports import all_files, files_of
from evaluation.runs.selectors import whole_runs
from kit.errors import DomainError


class Command(BaseCommand):
    """``export_run 12 --to salida``: the same files as the page gives."""

    help = "Write the data set of a finished run, its dictionary and its replication kit."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("run", type=int, help="number of the run")
        parser.add_argument("--to", required=True, type=Path, help="folder, made if need be")
        parser.add_argument(
            "--language", choices=list(LANGUAGES), default="es", help="of labels and of the CSV"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        run = whole_runs().filter(pk=options["run"]).first()
        if run is None:
            raise CommandError(f"There is no run {options['run']}.")
        if not files_of(run):
            raise CommandError(f"Run {run.pk} has not finished, or kept no rows: nothing to give.")
        folder: Path = options["to"]
        folder.mkdir(parents=True, exist_ok=True)
        with translation.override(LANGUAGES[options["language"]]):
            try:
                for name, content in all_files(run):
                    (folder / name).write_bytes(content)
                    self.stdout.write(f"{folder / name}  {len(content):,} bytes")
            except DomainError as error:
                raise CommandError(error.message) from error
