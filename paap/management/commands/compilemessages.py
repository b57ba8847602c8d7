"""Compile the translations in Python: Django's own command needs gettext on the machine."""

import os
from pathlib import Path
from typing import Any

import polib
from django.conf import settings
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Compile every .po of LOCALE_PATHS whose .mo is missing or older. Needs no gettext."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        for folder in settings.LOCALE_PATHS:
            for source in sorted(Path(folder).glob("*/LC_MESSAGES/*.po")):
                if _compile_if_older(source):
                    self.stdout.write(f"Compiled {source}")


def _compile_if_older(source: Path) -> bool:
    target = source.with_suffix(".mo")
    if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
        return False
    draft = target.with_suffix(f".{os.getpid()}")  # processes may compile at once
    polib.pofile(str(source)).save_as_mofile(str(draft))
    draft.replace(target)
    return True
