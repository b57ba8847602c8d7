"""Addresses of the studies."""

from django.urls import path

from evaluation.studies import views

STUDY = "evaluacion/estudios/<int:pk>/"

urlpatterns = [
    path("evaluacion/estudios/", views.study_list, name="study-list"),
    path("evaluacion/estudios/nuevo/", views.study_begin, name="study-begin"),
    path(
        "evaluacion/estudios/nuevo/<slug:kind>/<int:wave>/",
        views.study_create,
        name="study-create",
    ),
    path(STUDY, views.study_detail, name="study-detail"),
    path(f"{STUDY}cambiar/", views.study_revise, name="study-revise"),
    path(f"{STUDY}congelar/", views.study_freeze, name="study-freeze"),
]
