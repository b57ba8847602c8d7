"""Addresses of the studies."""

from django.urls import path

from evaluation.studies import views

NEW = "evaluacion/estudios/nuevo/"
STUDY = "evaluacion/estudios/<int:pk>/"

urlpatterns = [
    path("evaluacion/estudios/", views.study_list, name="study-list"),
    path(NEW, views.study_begin, name="study-begin"),
    path(f"{NEW}<slug:kind>/", views.study_create, name="study-create-stored"),
    path(f"{NEW}<slug:kind>/<int:wave>/", views.study_create, name="study-create"),
    path(STUDY, views.study_detail, name="study-detail"),
    path(f"{STUDY}potencia/", views.study_power, name="study-power"),
    path(f"{STUDY}cambiar/", views.study_revise, name="study-revise"),
    path(f"{STUDY}enmendar/", views.study_amend, name="study-amend"),
    path(f"{STUDY}descartar/", views.study_discard, name="study-discard"),
    path(f"{STUDY}congelar/", views.study_freeze, name="study-freeze"),
]
