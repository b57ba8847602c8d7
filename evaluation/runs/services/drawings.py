"""The charts of a run as they may be given: those of older runs drawn anew, small counts hidden."""

from django.db.models import QuerySet

from evaluation.runs.drawing import draw_all
from evaluation.runs.hiding import result_of
from evaluation.runs.kinds import kind_of
from evaluation.runs.models import Run, RunDrawing


def drawings_of(run: Run) -> QuerySet[RunDrawing]:
    """The charts of a finished run; what it stored before small counts were hidden is left alone.

    An older run is drawn once more when somebody first asks, and stored: two at once store one.
    """
    drawings = RunDrawing.objects.filter(run=run, hides_few=True)
    if run.has_succeeded and not drawings.exists() and run.drawings.exists():
        kind, result = kind_of(run), result_of(run, whole=False)
        drawn = draw_all(run, lambda: kind.drawings.draw(run, result))
        RunDrawing.objects.bulk_create(drawn, ignore_conflicts=True)
    return drawings.all()
