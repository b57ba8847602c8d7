"""Addresses of this app."""

from django.urls import URLPattern, URLResolver

app_name = "fiduciary"
urlpatterns: list[URLPattern | URLResolver] = []
