"""Reads about studies."""

from typing import Any

from django.db.models import Count, Q, QuerySet

from alliances.models import Event, User
from evaluation.studies.models import Study
from evaluation.studies.specs import asked_of_wave
from evaluation.surveys.models import Measured


def studies() -> QuerySet[Study]:
    """Every study that was not discarded, newest first, with wave, author and how often it ran."""
    return (
        Study.objects.filter(discarded_at__isnull=True)
        .select_related("wave", "amends", "author__user", "author__organisation")
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
    shown = Study.objects.filter(_same_data(study), runs__parts__isnull=False).order_by("runs__pk")
    return list(shown.values_list("runs__pk", flat=True).distinct())


def readings(study: Study) -> list[dict[str, Any]]:
    """Who has read what the runs of the same data found: a row for each run and person."""
    rows = (
        Study.objects.filter(_same_data(study), runs__readings__isnull=False)
        .order_by("runs__readings__read_at", "runs__readings__pk")
        .values_list("runs__pk", "runs__readings__reader", "runs__readings__read_at")
    )
    people = User.objects.in_bulk({person for _run, person, _at in rows})
    return [
        {"run": run, "person": person, "name": people[person].display_name, "at": at.isoformat()}
        for run, person, at in rows
    ]


def late_variables(study: Study) -> list[str]:
    """Names of the variables the study asks about that were measured after selection."""
    if study.wave is None:
        return []
    late = study.wave.variables.filter(
        measured=Measured.AFTER, name__in=asked_of_wave(study.kind, study.specification)
    )
    return sorted(late.values_list("name", flat=True))


def _same_data(study: Study) -> Q:
    return Q(wave=study.wave) if study.wave else Q(wave__isnull=True, kind=study.kind)
