"""Addresses of the register of persons."""

from django.urls import path

from alliances.persons import views

urlpatterns = [
    path("participantes/<int:pk>/", views.person_detail, name="participant-detail"),
    path("participantes/repetidas/", views.duplicate_list, name="duplicate-list"),
    path(
        "participantes/repetidas/<int:first>/<int:second>/",
        views.duplicate_detail,
        name="duplicate-detail",
    ),
    path(
        "participantes/repetidas/<int:first>/<int:second>/distintas/",
        views.duplicate_apart,
        name="duplicate-apart",
    ),
]
