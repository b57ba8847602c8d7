"""Addresses of the qualitative register."""

from django.urls import path

from evaluation.qualitative import views

EXCERPTS = "evaluacion/cualitativo/"

urlpatterns = [
    path(EXCERPTS, views.excerpt_list, name="excerpt-list"),
    path(f"{EXCERPTS}fragmentos.csv", views.excerpt_file, name="excerpt-file"),
    path(f"{EXCERPTS}ejercicios/", views.exercise_list, name="exercise-list"),
    path(f"{EXCERPTS}ejercicios/nuevo/", views.exercise_create, name="exercise-create"),
    path(f"{EXCERPTS}ejercicios/<int:pk>/", views.exercise_detail, name="exercise-detail"),
    path(
        f"{EXCERPTS}fragmentos/<int:pk>/retirar/", views.excerpt_withdraw, name="excerpt-withdraw"
    ),
    path(f"{EXCERPTS}fragmentos/<int:pk>/estudio/", views.excerpt_link, name="excerpt-link"),
]
