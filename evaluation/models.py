"""Where Django looks for models: the rooms' own, and nothing else."""

from evaluation.runs.models import Run, RunFigure
from evaluation.studies.models import Study
from evaluation.surveys.models import Response, SurveyImport, Variable, Wave

__all__ = ["Response", "Run", "RunFigure", "Study", "SurveyImport", "Variable", "Wave"]
