"""Addresses of saved views and of acts on many rows."""

from django.urls import path

from alliances.lists import views

urlpatterns = [
    path("listas/vistas/guardar/", views.view_save, name="view-save"),
    path("listas/vistas/<int:pk>/olvidar/", views.view_forget, name="view-forget"),
    path("lotes/nuevo/", views.bulk_new, name="bulk-new"),
    path("lotes/<uuid:key>/", views.bulk_detail, name="bulk-detail"),
    path("lotes/<uuid:key>/confirmar/", views.bulk_confirm, name="bulk-confirm"),
]
