"""Addresses of visits."""

from django.urls import path

from alliances.field import views

urlpatterns = [
    path("campo/", views.visit_list, name="visit-list"),
    path("alianzas/<str:code>/visitas/", views.alliance_visits, name="alliance-visits"),
    path("alianzas/<str:code>/visitas/nueva/", views.visit_new, name="visit-new"),
]
