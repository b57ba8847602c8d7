"""The charts of an impact run."""

from collections.abc import Iterator

from evaluation.runs.drawing import Drawn
from evaluation.runs.jobs import Parts
from evaluation.runs.models import Run


def draw(run: Run, parts: Parts) -> Iterator[Drawn]:
    """Every chart, in the language that is active."""
    yield from ()
