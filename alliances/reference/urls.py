"""Addresses of reference rows."""

from django.urls import path

from alliances.reference import views

urlpatterns = [
    path("referencias/", views.reference_list, name="reference-list"),
    path("referencias/<slug:word>/", views.reference_table, name="reference-table"),
    path("referencias/<slug:word>/archivo.csv", views.reference_file, name="reference-file"),
    path(
        "referencias/<slug:word>/cambios/<uuid:key>/",
        views.reference_preview,
        name="reference-preview",
    ),
    path(
        "referencias/<slug:word>/cambios/<uuid:key>/guardar/",
        views.reference_confirm,
        name="reference-confirm",
    ),
]
