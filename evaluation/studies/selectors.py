"""Reads about studies."""

from django.db.models import Count, Q, QuerySet

from alliances.models import Event
from evaluation.studies.models import Study


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


def finished_runs(study: Study) -> list[int]:
    """Ids of the runs of the same data that have shown anything. (Runs stand on the floor above.)

    The same data are the wave of the study; without one, the stored rows that its kind reads.
    Parts are read while their run works, and stay when it is cancelled or fails.
    """
    same = Q(wave=study.wave) if study.wave else Q(wave__isnull=True, kind=study.kind)
    shown = Study.objects.filter(same, runs__parts__isnull=False).order_by("runs__pk")
    return list(shown.values_list("runs__pk", flat=True).distinct())
