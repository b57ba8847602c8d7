"""``manage.py write_process_docs``: docs/lifecycle.md and docs/duties.md from the tables."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from alliances.lifecycle.docs import duties_page, lifecycle_page


class Command(BaseCommand):
    help = "Write docs/lifecycle.md and docs/duties.md from the transition and duty tables."

    def handle(self, *_args: Any, **_options: Any) -> None:
        for name, page in (("lifecycle", lifecycle_page()), ("duties", duties_page())):
            path = settings.BASE_DIR / "docs" / f"{name}.md"
            path.write_text(page, encoding="utf-8")
            self.stdout.write(f"{path} written.")
