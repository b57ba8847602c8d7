"""What importing the estimators costs: they run in workers and in a shell, without the site."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
OURS, BARE = "import evaluation.estimators, evaluation.estimators.rd", "import numpy, scipy.stats"
UNWANTED = {"django", "matplotlib", "plotnine", "plotly", "seaborn", "altair", "statsmodels"}
#: Most seconds that ours may take beyond the bare libraries; pandas is part of them.
LIMIT = 0.6


def in_fresh_interpreter(code: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout


def seconds(statement: str) -> float:
    clock = "import time; start = time.perf_counter()"
    return float(in_fresh_interpreter(f"{clock}; {statement}; print(time.perf_counter() - start)"))


@pytest.mark.parametrize("module", ["evaluation.estimators", "evaluation.estimators.rd"])
def test_the_estimators_load_neither_django_nor_plotting(module: str) -> None:
    listing = f"import sys, {module}; print(*{{name.partition('.')[0] for name in sys.modules}})"
    loaded = set(in_fresh_interpreter(listing).split())

    assert module.partition(".")[0] in loaded
    assert not loaded & UNWANTED


def test_importing_the_estimators_takes_little_more_than_numpy_and_scipy() -> None:
    # In turns and the best of them: only what both always pay is left.
    taken = [(seconds(OURS), seconds(BARE)) for _turn in range(3)]
    ours, bare = (min(each) for each in zip(*taken, strict=True))

    assert ours - bare < LIMIT, f"{ours:.2f} s against {bare:.2f} s"
