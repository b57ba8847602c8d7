"""What importing the estimators costs: they run in workers and in a shell, without the site."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import evaluation.estimators

ROOT = Path(__file__).parents[3]
OURS = "from evaluation.estimators import RDSample, density_test, estimate_rd, romano_wolf"
BARE = "import numpy, scipy.stats"
UNWANTED = {"django", "matplotlib", "plotnine", "plotly", "seaborn", "altair", "statsmodels"}
#: Most seconds that ours may take beyond the bare libraries; pandas is part of them.
LIMIT = 0.6


def in_fresh_interpreter(code: str, **environment: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def seconds(statement: str) -> float:
    """Taken by a statement; the first time also by compiling what it imports."""
    code = f"import time; a = time.process_time(); {statement}; print(time.process_time() - a)"
    return float(in_fresh_interpreter(code, PYTHONDONTWRITEBYTECODE=""))


def loaded(statement: str) -> set[str]:
    listing = "import sys; print(*{name.partition('.')[0] for name in sys.modules})"
    return set(in_fresh_interpreter(f"{statement}; {listing}").split())


def test_the_estimators_load_neither_django_nor_plotting() -> None:
    found = loaded(OURS)

    assert "pandas" in found
    assert not found & UNWANTED


def test_a_page_that_needs_a_specification_does_without_pandas() -> None:
    assert "pandas" not in loaded("from evaluation.estimators.chaining.spec import ChainingSpec")


def test_a_name_that_is_nowhere_is_none_of_the_package() -> None:
    assert not hasattr(evaluation.estimators, "estimate_everything")


def test_importing_the_estimators_takes_little_more_than_numpy_and_scipy() -> None:
    # In turns and the best of them: only what both always pay is left.
    ours = bare = float("inf")
    for _turn in range(4):
        ours, bare = min(ours, seconds(OURS)), min(bare, seconds(BARE))
        if ours - bare < LIMIT:
            return
    pytest.fail(f"{ours:.2f} s against {bare:.2f} s")
