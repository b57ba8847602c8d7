"""What the page of an impact run shows beside what every run shows."""

from typing import Any

from evaluation.runs.impact.results import result_of
from evaluation.runs.jobs import Parts
from evaluation.runs.models import Run


def findings(run: Run, parts: Parts) -> dict[str, Any]:
    """Everything that is there, {} before the headline."""
    result = result_of(parts)
    return {"result": result} if result.headline else {}
