"""Addresses of the programme in aggregates."""

from django.urls import path

from fiduciary.programme import views

urlpatterns = [
    path("programa/", views.programme, name="programme"),
    path("programa/tablas.csv", views.programme_file, name="programme-file"),
]
