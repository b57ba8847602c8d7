"""Composition: settings, URLs, Celery, embedded servers, home, health."""

from paap.celery import app as celery_app

__all__ = ["celery_app"]
