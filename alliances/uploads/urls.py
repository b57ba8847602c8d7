"""Addresses of tables that enter row by row."""

from django.urls import path

from alliances.uploads import views

urlpatterns = [
    path("libros/<slug:word>/", views.table_upload, name="table-upload"),
    path("libros/<slug:word>/plantilla.xlsx", views.table_template, name="table-template"),
    path("libros/<slug:word>/<uuid:key>/", views.table_preview, name="table-preview"),
    path("libros/<slug:word>/<uuid:key>/guardar/", views.table_confirm, name="table-confirm"),
    path("libros/<slug:word>/<uuid:key>/marcado.xlsx", views.table_marked, name="table-marked"),
]
