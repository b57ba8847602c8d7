"""``manage.py verify_audit``: recompute the audit chain and compare rows, files and anchors."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from alliances.lifecycle.anchoring import known_anchors
from alliances.lifecycle.audit import verify_audit
from alliances.lifecycle.models import Alliance
from kit.waits import patient


class Command(BaseCommand):
    help = "Verify the history of one alliance or of all; exit 1 naming what does not agree."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--alliance", metavar="CODE", help="Only this alliance.")
        parser.add_argument(
            "--anchor",
            type=Path,
            metavar="FILE",
            help="An anchor, or a folder of them, kept elsewhere; else this installation's own.",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        chain = None
        if options["alliance"]:
            alliances = Alliance.objects.filter(code=options["alliance"])
            chain = alliances.values_list("pk", flat=True).first()
            if chain is None:
                raise CommandError(f"There is no alliance {options['alliance']}.")
        try:
            anchors = known_anchors(options["anchor"])
        except (OSError, ValueError) as error:
            raise CommandError(str(error)) from error
        with patient():
            report = verify_audit(chain=chain, anchors=anchors)
        for link in report.broken:
            self.stderr.write(f"chain {link.chain}, event {link.sequence}: wrong {link.problem}")
        for difference in report.differences:
            self.stderr.write(str(difference))
        if not report.is_well:
            raise CommandError(
                f"{len(report.broken)} broken links and {len(report.differences)} differences"
                f" in {report.events} events."
            )
        until = f"as {anchors[-1]} says" if anchors else "compared with no anchor"
        self.stdout.write(f"{report.events} events verified, every link holds, {until}.")
