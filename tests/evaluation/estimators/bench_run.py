"""A whole impact run of 256 estimates and tests from one sample: its time and its memory.

``python -m tests.evaluation.estimators.bench_run`` prints the table; ``--write`` puts it between
the marks of docs/estimator-speed.md. Each size runs in a process of its own, twice, and the faster
counts; memory is the most that the process ever held, libraries and data frame included.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from evaluation.estimators import (
    DensitySpec,
    NotEstimable,
    RDEstimate,
    RDSample,
    RDSpec,
    bandwidth_path,
    covariate_balance,
    density_by,
    density_test,
    donut,
    leave_one_out,
    placebo_cutoffs,
)
from evaluation.estimators.memory import keep_freed_memory
from tests.evaluation.estimators import marked
from tests.evaluation.estimators.bench import MEMBERS, PAGE, SEED
from tests.evaluation.estimators.coverage import Design, draw

SIZES = (1_126, 1_000_000)
OUTCOMES, DEPARTMENTS = ("y0", "y1", "y2"), 33
TRAITS = tuple(f"z{number}" for number in range(15))
#: Of the traits, how many are inside the estimation: the headline's none, and the second row's.
COVARIATES = (0, 5)
SPEC = RDSpec("y0", "score", treatment="takes_part", cluster="alliance")
#: Seconds that a run may take, and megabytes.
AIMS = {1_126: 0.5, 1_000_000: 30.0}
MOST = 1_000


def frame(rows: int, shared: bool) -> pd.DataFrame:
    """Members of alliances in 33 departments, with three outcomes and fifteen traits."""
    chance = np.random.default_rng([SEED, rows, shared])
    data = draw(Design(-(-rows // MEMBERS), MEMBERS, shared), chance).head(rows)
    data["department"] = data["alliance"] % DEPARTMENTS
    for name in TRAITS:
        data[name] = 0.2 * data["score"] + chance.normal(size=rows)
    for name in OUTCOMES:
        data[name] = data["outcome"] + 0.2 * data["z0"] + chance.normal(size=rows)
    return data.sample(frac=1, random_state=SEED, ignore_index=True)


def run(data: pd.DataFrame, covariates: int) -> Iterator[Any]:
    """Everything that one impact run asks of the data."""
    sample = RDSample(data, groups=("department",))
    for outcome in OUTCOMES:
        spec = replace(SPEC, outcome=outcome, covariates=TRAITS[:covariates])
        yield sample.estimate(spec)
        yield from _found(leave_one_out(sample, spec, by="department"))
        placebo = placebo_cutoffs(sample, spec, number=20)
        yield from _found(placebo if isinstance(placebo, NotEstimable) else placebo.points)
        yield from _found(bandwidth_path(sample, spec, tuple(np.linspace(0.5, 2.0, 10))))
        yield from _found(donut(sample, spec))
    yield from _found(covariate_balance(sample, SPEC, TRAITS).rows)
    scores = DensitySpec("score", unit="alliance" if _is_shared(data) else None)
    yield density_test(sample, scores)
    by_department = density_by(sample, scores, by="department")
    yield from _found(getattr(by_department, "groups", by_department))


def _found(points: Any) -> list[Any]:
    if isinstance(points, NotEstimable):
        raise ValueError(points.detail)
    return [point.found for point in points]


def _is_shared(data: pd.DataFrame) -> bool:
    return bool(2 * data["score"].nunique() < len(data))


# -- Measuring, in a process of its own ------------------------------------------------------------
def measure(rows: int, shared: bool, covariates: int) -> dict[str, Any]:
    """Seconds of the faster of two runs, megabytes, and what was answered."""
    keep_freed_memory()  # as the worker does
    data, taken = frame(rows, shared), []
    for _turn in range(2):
        start = time.perf_counter()
        found = list(run(data, covariates))
        taken.append(time.perf_counter() - start)
    return {
        "rows": rows,
        "shared": shared,
        "covariates": covariates,
        "seconds": min(taken),
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "jobs": len(found),
        "estimates": sum(isinstance(each, RDEstimate) for each in found),
        "reasons": sum(isinstance(each, NotEstimable) for each in found),
    }


def apart(rows: int, shared: bool, covariates: int) -> dict[str, Any]:
    """The same in a fresh interpreter, whose memory is that of this run alone."""
    code = (
        "import json; from tests.evaluation.estimators.bench_run import measure; "
        f"print(json.dumps(measure({rows}, {shared}, {covariates})))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout))


def page(found: list[dict[str, Any]]) -> str:
    lines = [
        "`make bench WHAT=estimator`: three outcomes, each with its estimate, without each of 33",
        "departments, at 20 placebo cut-offs, 10 bandwidths and 5 donuts; the balance of 15",
        "traits; the density test, whole and by department. Fuzzy, cr3 by alliance, one process.",
        "Memory is all that the process held at most, data frame and libraries included. The aims",
        "are for a shared score; what cannot be estimated is answered with its reason and counts.",
        "",
        "| rows | score | covariates | jobs | without an estimate | seconds | aim | MB | aim |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for each in found:
        score = "shared by the alliance" if each["shared"] else "of its own"
        lines.append(
            f"| {each['rows']:,} | {score} | {each['covariates']} | {each['jobs']} | "
            f"{each['reasons']} | {each['seconds']:.2f} | {AIMS[each['rows']]:g} | "
            f"{each['megabytes']:.0f} | {MOST:,} |"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)), help="rows, with commas")
    parser.add_argument("--write", action="store_true", help="into docs/estimator-speed.md")
    options = parser.parse_args()
    sizes = [int(rows) for rows in options.sizes.split(",")]
    found = [apart(*each) for each in product(sizes, (True, False), COVARIATES)]
    print(page(found))
    if options.write:
        marked.put(PAGE, "run", page(found))


if __name__ == "__main__":
    main()
