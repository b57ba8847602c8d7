"""Composition: settings, URLs, Celery, embedded servers, and a few leaves the apps may use."""

from paap.celery import app as celery_app

__all__ = ["celery_app"]
