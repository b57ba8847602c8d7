"""A chaining result as a run stores it. Pure."""

from dataclasses import dataclass

from evaluation.estimators.chaining.results import ChainingResult
from evaluation.estimators.results import from_data
from evaluation.runs.jobs import Parts

#: What producers report at a level, by the names of its fields.
REPORTED = ("income_improved", "income_change_cop", "wellbeing", "organisation_age_years")


@dataclass(frozen=True)
class WaveChaining(ChainingResult):
    """What was estimated, and how many answered in the wave, in analysed alliances or not."""

    responses_in_wave: int


def result_of(parts: Parts) -> WaveChaining | None:
    """The result; None before it is there."""
    return from_data(WaveChaining, parts["chaining"]) if "chaining" in parts else None
