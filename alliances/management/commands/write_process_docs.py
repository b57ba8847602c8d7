"""``manage.py write_process_docs``: docs/lifecycle.md, duties.md and acts.md from the tables."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from alliances.lifecycle.docs import acts_page, duties_page, lifecycle_page


class Command(BaseCommand):
    help = "Write docs/lifecycle.md, docs/duties.md and docs/acts.md from the tables in code."

    def handle(self, *_args: Any, **_options: Any) -> None:
        pages = {"lifecycle": lifecycle_page, "duties": duties_page, "acts": acts_page}
        for name, page in pages.items():
            path = settings.BASE_DIR / "docs" / f"{name}.md"
            path.write_text(page(), encoding="utf-8")
            self.stdout.write(f"{path} written.")
