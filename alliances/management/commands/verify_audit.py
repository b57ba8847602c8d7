"""``manage.py verify_audit``: recompute every hash of the audit chain in the database."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from alliances.lifecycle.audit import verify_audit
from alliances.lifecycle.models import Alliance


class Command(BaseCommand):
    help = "Verify the audit chain of one alliance or of all; exit 1 when a link is broken."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--alliance", metavar="CODE", help="Only this alliance.")

    def handle(self, *_args: Any, **options: Any) -> None:
        chain = None
        if options["alliance"]:
            alliances = Alliance.objects.filter(code=options["alliance"])
            chain = alliances.values_list("pk", flat=True).first()
            if chain is None:
                raise CommandError(f"There is no alliance {options['alliance']}.")
        report = verify_audit(chain=chain)
        for link in report.broken:
            self.stderr.write(f"chain {link.chain}, event {link.sequence}: wrong {link.problem}")
        if report.broken:
            raise CommandError(f"{len(report.broken)} broken links in {report.events} events.")
        self.stdout.write(f"{report.events} events verified, every link holds.")
