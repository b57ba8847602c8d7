"""Addresses of the runs; launching belongs to the study that is run."""

from django.urls import path, re_path

from evaluation.runs import views
from evaluation.runs.rows.views import run_file

RUN = "evaluacion/corridas/<int:pk>/"

urlpatterns = [
    path("evaluacion/", views.run_list, name="run-list"),
    path("evaluacion/estudios/<int:pk>/correr/", views.run_launch, name="run-launch"),
    path(RUN, views.run_detail, name="run-detail"),
    path(f"{RUN}cancelar/", views.run_cancel, name="run-cancel"),
    re_path(
        r"^evaluacion/corridas/(?P<pk>[0-9]+)/resultado\.(?P<format>json|csv)$",
        views.run_result,
        name="run-result",
    ),
    re_path(
        r"^evaluacion/corridas/(?P<pk>[0-9]+)/informe\.(?P<format>pdf|docx|xlsx|md)$",
        views.run_report,
        name="run-report",
    ),
    path(f"{RUN}comparar/", views.run_compare, name="run-compare"),
    re_path(
        r"^evaluacion/corridas/(?P<pk>[0-9]+)/(?P<name>[a-z0-9-]+)\.(?P<language>es|en)\."
        r"(?P<theme>light|dark)\.(?P<format>svg|png)$",
        views.run_drawing,
        name="run-drawing",
    ),
    re_path(
        r"^evaluacion/corridas/(?P<pk>[0-9]+)/(?P<file>(datos|diccionario|replica)\.(csv|parquet|dta|zip))$",
        run_file,
        name="run-file",
    ),
]
