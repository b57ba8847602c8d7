"""The Celery application. Tasks live in the rooms; the schedule of ticks is in the settings."""

import gc
import os
import pkgutil
from typing import Any

from celery import Celery
from celery.signals import beat_init, heartbeat_sent, worker_init, worker_process_init
from django.core.cache import cache

from evaluation.estimators.memory import keep_freed_memory

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "paap.settings")


def rooms() -> list[str]:
    """``paap`` and every room of our apps, such as ``evaluation.runs``: they may have tasks."""
    from django.apps import apps  # noqa: PLC0415 - Celery asks once the apps are ready

    return ["paap"] + [
        f"{app}.{module.name}"
        for app in ("alliances", "fiduciary", "evaluation")
        for module in pkgutil.iter_modules([apps.get_app_config(app).path])
        if module.ispkg
    ]


app = Celery("alianzas")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(rooms)


WORKER_ALIVE = "worker-alive"
WORKER_ALIVE_SECONDS = 10


@worker_init.connect
@beat_init.connect
def refuse_to_rewrite_history(**_: Any) -> None:
    """No job is taken as a database role that could."""
    from paap.roles import guard_celery  # noqa: PLC0415 - it reads models, once apps are ready

    guard_celery()


@worker_process_init.connect
def be_ready_for_runs(**_: Any) -> None:
    """Load what runs work with, so that the first evaluator does not wait for it.

    Impact runs are the worker's longest work, and go over their rows again and again.
    """
    from evaluation.runs.kinds import KINDS  # noqa: PLC0415 - models exist once apps are ready

    keep_freed_memory()
    for kind in KINDS.values():
        kind.load_worker()
    # statsmodels sweeps all memory whenever it adjusts p-values: what was loaded stays out of it.
    gc.collect()
    gc.freeze()


@heartbeat_sent.connect
def say_alive(**_: Any) -> None:
    """Leave a sign of life that vanishes by itself: what ``/healthz`` looks for.

    The worker's event loop calls this every two seconds, also while its pool is busy for an hour.
    A tick of the beat would wait behind such work, and asking with ``inspect ping`` costs a second.
    """
    cache.set(WORKER_ALIVE, True, timeout=WORKER_ALIVE_SECONDS)
