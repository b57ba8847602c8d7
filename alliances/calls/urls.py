"""Addresses of calls."""

from django.urls import path

from alliances.calls import views

urlpatterns = [
    path("convocatorias/", views.call_list, name="call-list"),
    path("convocatorias/primera/", views.call_first, name="call-first"),
    path("convocatorias/<str:code>/", views.call_detail, name="call-detail"),
    path("convocatorias/<str:code>/reglas.json", views.call_rules, name="call-rules"),
    path("convocatorias/<str:code>/nueva/", views.call_create, name="call-create"),
    path("convocatorias/<str:code>/abrir/", views.call_open, name="call-open"),
    path("convocatorias/<str:code>/descartar/", views.call_discard, name="call-discard"),
]
