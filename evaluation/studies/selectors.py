"""Reads about studies."""

from django.db.models import Count, QuerySet

from alliances.models import Event
from evaluation.studies.models import Study
from evaluation.surveys.models import Wave


def studies() -> QuerySet[Study]:
    """Every study, newest first, with its wave, its author and how often it was run."""
    return (
        Study.objects.select_related("wave", "author__user", "author__organisation")
        .annotate(run_count=Count("runs"))
        .order_by("-created_at", "-pk")
    )


def last_revision(study: Study) -> Event | None:
    """The act that gave an open study what it says now; None while it says what it began with."""
    acts = Event.objects.filter(verb="revise_study", data__study=study.pk)
    return acts.select_related("actor").order_by("pk").last()


def finished_runs(wave: Wave) -> list[int]:
    """Ids of the runs of this wave that have shown anything. (Runs stand on the floor above.)

    Parts are read while their run works, and stay when it is cancelled or fails.
    """
    studies = wave.studies.filter(runs__parts__isnull=False).order_by("runs__pk")
    return list(studies.values_list("runs__pk", flat=True).distinct())
