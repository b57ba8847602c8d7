"""The Celery application. Tasks live in the rooms; the schedule of ticks is in the settings."""

import os
import pkgutil

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "paap.settings")


def rooms() -> list[str]:
    """Every room of our apps, such as ``evaluation.runs``: where Celery looks for tasks."""
    from django.apps import apps  # noqa: PLC0415 - Celery asks once the apps are ready

    return [
        f"{app}.{module.name}"
        for app in ("alliances", "fiduciary", "evaluation")
        for module in pkgutil.iter_modules([apps.get_app_config(app).path])
        if module.ispkg
    ]


app = Celery("alianzas")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(rooms)
