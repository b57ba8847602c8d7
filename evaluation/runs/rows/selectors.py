"""Reads about the rows that runs keep."""

from django.db.models import OuterRef, Subquery

from evaluation.runs.models import Run
from evaluation.runs.rows.models import RunRows


def first_reader(run: Run) -> int | None:
    """The run that read the rows of this one from the tables, if that was another."""
    same = RunRows.objects.filter(source=OuterRef("source"), name=OuterRef("name"))
    own = RunRows.objects.filter(run=run).exclude(source="").order_by("pk")
    first = own.values_list(Subquery(same.order_by("pk").values("run")[:1]), flat=True).first()
    return None if first == run.pk else first
