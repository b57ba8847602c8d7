"""Addresses of scoring, committee decisions and rankings."""

from django.urls import path

from alliances.selection import views

urlpatterns = [
    path("alianzas/<str:code>/puntajes/", views.score_summary, name="score-summary"),
    path("alianzas/<str:code>/puntaje/", views.score, name="score"),
    path("alianzas/<str:code>/puntaje/comenzar/", views.score_start, name="score-start"),
    path(
        "alianzas/<str:code>/puntaje/criterios/<int:criterion_id>/",
        views.score_line,
        name="score-line",
    ),
    path("alianzas/<str:code>/puntaje/sellar/", views.score_seal, name="score-seal"),
    path("alianzas/<str:code>/decision/", views.decide_alliance, name="decide"),
    path("convocatorias/<str:code>/clasificacion/", views.ranking, name="ranking"),
]
