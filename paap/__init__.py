"""Composition: settings, URLs, Celery, embedded servers, home, the data of the demonstration."""

from paap.celery import app as celery_app

__all__ = ["celery_app"]
