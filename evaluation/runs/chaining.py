"""A chaining run from stored rows to result, fingerprint and charts. It writes nothing."""

import platform
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from evaluation.runs.models import Run, RunFigure
from evaluation.runs.table import Phase

PACKAGES = ("numpy", "pandas", "scipy")
#: Raised by one whenever the same inputs may give other numbers than before.
METHOD_VERSION = 1


@dataclass(frozen=True)
class Outcome:
    """All that a run leaves behind."""

    result: dict[str, Any]
    fingerprint: str
    versions: dict[str, str]
    figures: list[RunFigure]


def work(run: Run, progress: Callable[[str, float], None]) -> Outcome:
    """Load, estimate and draw. ``progress`` may raise to stop; ValueError means unfit data."""
    # Data frames are for workers: a page that imports this module must not pay for them.
    from evaluation.estimators.chaining import estimate_chaining  # noqa: PLC0415
    from evaluation.estimators.chaining_spec import ChainingSpec  # noqa: PLC0415
    from evaluation.runs.figures import draw_all  # noqa: PLC0415
    from evaluation.studies.dataset import chaining_rows, fingerprint  # noqa: PLC0415

    progress(Phase.LOAD, 0)
    spec = ChainingSpec.from_data(run.specification)
    wave = run.study.wave
    rows = chaining_rows(wave, spec)
    digits = fingerprint(rows)
    estimate = estimate_chaining(rows, spec, seed=run.seed, progress=progress)
    result = {"responses_in_wave": wave.responses.count(), **estimate.to_data()}
    progress(Phase.STORE, 0)
    return Outcome(result, digits, _versions(), draw_all(run, result))


def _versions() -> dict[str, str]:
    packages = {name: version(name) for name in PACKAGES}
    return {"method": str(METHOD_VERSION), "python": platform.python_version(), **packages}
