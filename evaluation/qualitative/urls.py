"""Addresses of the qualitative register."""

from django.urls import path

from evaluation.qualitative import views

SAID = "evaluacion/cualitativo/"

urlpatterns = [
    path(SAID, views.excerpt_list, name="excerpt-list"),
    path(f"{SAID}fragmentos.csv", views.excerpt_file, name="excerpt-file"),
    path(f"{SAID}ejercicios/", views.exercise_list, name="exercise-list"),
    path(f"{SAID}ejercicios/nuevo/", views.exercise_create, name="exercise-create"),
    path(f"{SAID}ejercicios/<int:pk>/", views.exercise_detail, name="exercise-detail"),
    path(f"{SAID}fragmentos/<int:pk>/retirar/", views.excerpt_withdraw, name="excerpt-withdraw"),
    path(f"{SAID}fragmentos/<int:pk>/estudio/", views.excerpt_link, name="excerpt-link"),
]
