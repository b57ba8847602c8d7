"""``manage.py write_data_dictionary``: docs/data-dictionary.md from the columns in code."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from evaluation.runs.rows.docs import dictionary_page


class Command(BaseCommand):
    help = "Write docs/data-dictionary.md from the columns of the bridge."

    def handle(self, *_args: Any, **_options: Any) -> None:
        path = settings.BASE_DIR / "docs" / "data-dictionary.md"
        path.write_text(dictionary_page(), encoding="utf-8")
        self.stdout.write(f"{path} written.")
