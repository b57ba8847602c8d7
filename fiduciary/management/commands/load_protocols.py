"""Load disbursement protocols and reasons to return; safe to run at every start."""

from typing import Any

from django.core.management.base import BaseCommand

from alliances.reference.selectors import files_kept_by_people
from fiduciary.disbursements.services.protocols import load_protocols


class Command(BaseCommand):
    help = "Load disbursement protocols and reasons to return."

    def handle(self, *args: Any, **options: Any) -> None:
        count = load_protocols(except_for=files_kept_by_people())
        self.stdout.write(f"{count} disbursement protocols are loaded.")
