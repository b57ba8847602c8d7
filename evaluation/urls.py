"""Addresses of this app: each room brings its own."""

from django.urls import include, path

app_name = "evaluation"
urlpatterns = [
    path("", include("evaluation.surveys.urls")),
    path("", include("evaluation.studies.urls")),
    path("", include("evaluation.qualitative.urls")),
    path("", include("evaluation.runs.urls")),
]
