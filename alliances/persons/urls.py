"""Addresses of the register of persons."""

from django.urls import path

from alliances.persons import views

urlpatterns = [
    path("personas/<int:pk>/", views.person_detail, name="person-detail"),
    path("personas/repetidas/", views.duplicate_list, name="duplicate-list"),
    path(
        "personas/repetidas/<int:first>/<int:second>/",
        views.duplicate_detail,
        name="duplicate-detail",
    ),
    path(
        "personas/repetidas/<int:first>/<int:second>/distintas/",
        views.duplicate_apart,
        name="duplicate-apart",
    ),
]
