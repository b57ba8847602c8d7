"""Addresses of the surveys."""

from django.urls import path

from evaluation.surveys import views

WAVE = "evaluacion/olas/<slug:slug>/"
FILE = "evaluacion/importaciones/<int:pk>/"

urlpatterns = [
    path("evaluacion/encuestas/", views.wave_list, name="wave-list"),
    path("evaluacion/encuestas/nueva/", views.wave_create, name="wave-create"),
    path(WAVE, views.wave_detail, name="wave-detail"),
    path(f"{WAVE}cambiar/", views.wave_revise, name="wave-revise"),
    path(f"{WAVE}descartar/", views.wave_discard, name="wave-discard"),
    path(f"{WAVE}plantilla.csv", views.wave_template, name="wave-template"),
    path(f"{WAVE}xlsform.xlsx", views.wave_xlsform, name="wave-xlsform"),
    path(f"{WAVE}variables/nueva/", views.variable_create, name="variable-create"),
    path(f"{WAVE}importar/", views.import_create, name="import-create"),
    path(FILE, views.import_detail, name="import-detail"),
    path(f"{FILE}filas-fuera.csv", views.import_set_aside, name="import-set-aside"),
    path(f"{FILE}enlazar/", views.import_link, name="import-link"),
    path(f"{FILE}confirmar/", views.import_confirm, name="import-confirm"),
    path(f"{FILE}descartar/", views.import_discard, name="import-discard"),
    path(f"{FILE}retirar/", views.import_withdraw, name="import-withdraw"),
]
