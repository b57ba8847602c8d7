"""Addresses of reference rows."""

from django.urls import path

from alliances.reference import views

urlpatterns = [
    path("referencias/", views.reference_list, name="reference-list"),
    path("referencias/<slug:word>/", views.reference_table, name="reference-table"),
    path("referencias/<slug:word>/archivo.csv", views.reference_file, name="reference-file"),
]
