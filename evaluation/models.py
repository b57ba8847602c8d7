"""Where Django looks for models: the rooms' own, and nothing else."""

from evaluation.qualitative.models import Excerpt, Exercise
from evaluation.runs.models import Reading, Run, RunDrawing, RunPart
from evaluation.runs.rows.models import RunRows
from evaluation.studies.models import Study
from evaluation.surveys.models import Response, SurveyImport, Variable, Wave

__all__ = [
    "Excerpt",
    "Exercise",
    "Reading",
    "Response",
    "Run",
    "RunDrawing",
    "RunPart",
    "RunRows",
    "Study",
    "SurveyImport",
    "Variable",
    "Wave",
]
