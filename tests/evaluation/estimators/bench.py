"""One fit of ours beside the same fit by rdrobust: time, memory and agreement.

``python -m tests.evaluation.estimators.bench`` prints the tables; ``--write`` puts them between
the marks of docs/estimator-speed.md. Ours is timed from the data frame on, with the pass over its
rows. The two take turns, so that what else the machine does falls on both; times are medians.
"""

import argparse
import time
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pandas as pd

from evaluation.estimators.memory import keep_freed_memory
from evaluation.estimators.rd import NotEstimable, RDSpec, estimate_rd
from evaluation.estimators.rd.spec import Variance
from tests.evaluation.estimators import marked
from tests.evaluation.estimators.coverage import Design, draw
from tests.evaluation.estimators.rd.test_oracle import numbers, oracle

PAGE = Path(__file__).parents[3] / "docs" / "estimator-speed.md"
EMPTY = """\
# How fast the estimator is

## One fit

<!-- fits:start -->
<!-- fits:end -->

## A whole run

<!-- run:start -->
<!-- run:end -->
"""
SEED = 2016
#: Of an alliance, about as in the surveys of the programme.
MEMBERS = 10
COVARIATES = ("z1", "z2", "z3", "z4", "z5")

#: How many turns each of the two has, and of how many calls in a row, by rows: of one short call
#: a good part would be what the other of the two left in the processor's caches, and a run makes
#: its estimates one after the other.
TURNS = {1_126: (15, 15, 5), 10_000: (7, 7, 3), 100_000: (3, 3, 1), 1_000_000: (3, 1, 1)}
#: How many times faster ours should be, by rows and whether alliances share a score.
AIMS = {
    (1_126, True): 15,
    (1_126, False): 15,
    (1_000_000, True): 100,
    (1_000_000, False): 30,
}

SHARP = RDSpec("y", "x")
FUZZY = replace(SHARP, treatment="takes_part")
DESIGNS = {
    "sharp": SHARP,
    "fuzzy": FUZZY,
    "fuzzy + 5 covariates": replace(FUZZY, covariates=COVARIATES),
}
VARIANCES: tuple[Variance, ...] = ("nn", "cr1", "cr3")
#: The fit that the aims were set for.
USUAL = ("cr3", "fuzzy + 5 covariates")
#: Relative difference from which the two did not do the same work, so that times say nothing.
DIFFERENT = 1e-6


@dataclass(frozen=True)
class Cell:
    """One row of a table. ours, theirs: seconds. peak: bytes that our fit takes at most, beyond
    the data frame. apart: the largest relative difference of a coefficient, error or bandwidth."""

    rows: int
    shared: bool
    variance: Variance
    design: str
    ours: float
    theirs: float
    peak: int
    apart: float

    @property
    def times(self) -> float:
        return self.theirs / self.ours


# -- Measuring -------------------------------------------------------------------------------------
def sample(rows: int, shared: bool) -> pd.DataFrame:
    """The rows of the coverage experiment, in no order, with five covariates."""
    chance = np.random.default_rng([SEED, rows, shared])
    data = draw(Design(-(-rows // MEMBERS), MEMBERS, shared), chance).head(rows)
    data = data.rename(columns={"outcome": "y", "score": "x"})  # as the oracle calls them
    for name in COVARIATES:
        data[name] = 0.2 * data["x"] + chance.normal(size=rows)
        data["y"] += 0.2 * data[name]
    return data.sample(frac=1, random_state=SEED, ignore_index=True)


def measure(rows: int) -> Iterator[Cell]:
    """All the cells of one size."""
    for shared in (True, False):
        data = sample(rows, shared)
        for variance, (design, spec) in product(VARIANCES, DESIGNS.items()):
            cluster = None if variance == "nn" else "alliance"
            asked = replace(spec, vce=variance, cluster=cluster)
            yield Cell(rows, shared, variance, design, *compare(data, asked))


def compare(data: pd.DataFrame, spec: RDSpec) -> tuple[float, float, int, float]:
    """Seconds of ours and of theirs, bytes at the peak of ours, and how far apart they are.

    Raises ValueError where ours has no estimate, or another one: there is nothing to compare.
    """
    peak = peak_bytes(lambda: estimate_rd(data, spec))  # first, so that it warms ours up too
    *turns, calls = TURNS.get(len(data), (3, 3, 1))
    ours: list[float] = []
    theirs: list[float] = []
    for turn in range(max(turns)):
        if turn < turns[0]:
            seconds, found = timed(lambda: estimate_rd(data, spec), calls)
            ours.append(seconds)
        if turn < turns[1]:
            seconds, expected = timed(lambda: oracle(data, spec), calls)
            theirs.append(seconds)
    if isinstance(found, NotEstimable):
        raise ValueError(found.detail)
    apart = float(np.abs(np.array(numbers(found)) / np.array(expected) - 1).max())
    if not apart < DIFFERENT:
        raise ValueError(f"{spec} differs from the other implementation by {apart:.1e}")
    return median(ours), median(theirs), peak, apart


def timed(call: Callable[[], Any], calls: int) -> tuple[float, Any]:
    """Seconds of one of so many calls in a row, and what the last one answers."""
    start = time.perf_counter()
    for _call in range(calls):
        answer = call()
    return (time.perf_counter() - start) / calls, answer


def peak_bytes(call: Callable[[], object]) -> int:
    """What is allocated at most during a call, beyond what was there before.

    As Python and numpy report it; the process's own figure would keep the peak of drawing the
    sample, which is higher.
    """
    tracemalloc.start()
    try:
        call()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


# -- The page --------------------------------------------------------------------------------------
def page(cells: list[Cell]) -> str:
    """The tables in Markdown, one a size, each with its aim and whether it is met."""
    sizes = dict.fromkeys(cell.rows for cell in cells)
    tables = (_table([cell for cell in cells if cell.rows == rows]) for rows in sizes)
    apart = max(cell.apart for cell in cells)
    text = f"""\
`make bench WHAT=estimator`: one call of `estimate_rd` on a data frame beside the same fit by
rdrobust, in turns of several calls where they are short, medians; a lone call with 1,126 rows
takes about a quarter longer, as it finds the processor's caches full of something else. Alliances
of {MEMBERS} members; nn without cluster, cr1 and cr3 by alliance. Peak: the most that Python and
numpy allocate in our fit beyond the data frame (`tracemalloc`). Coefficients, errors and bandwidths
of the two differ by {apart:.0e} at most.
"""
    return "\n\n".join([text.rstrip(), *tables])


def _table(cells: list[Cell]) -> str:
    lines = [
        f"### {cells[0].rows:,} rows",
        "",
        "| score | variance | design | ours, ms | rdrobust, ms | times faster | peak, MB |",
        "|---|---|---|---|---|---|---|",
        *(_line(cell) for cell in cells),
    ]
    return "\n".join([*lines, *_aims(cells)])


def _line(cell: Cell) -> str:
    return (
        f"| {_score(cell.shared)} | {cell.variance} | {cell.design} | {1000 * cell.ours:.1f} | "
        f"{1000 * cell.theirs:.0f} | {cell.times:.0f} | {cell.peak / 1e6:.1f} |"
    )


def _aims(cells: list[Cell]) -> Iterator[str]:
    """For each aim of this size: whether the usual fit meets it, and how the others fare."""
    for shared in (True, False):
        aim = AIMS.get((cells[0].rows, shared))
        if aim is None:
            continue
        these = [cell for cell in cells if cell.shared == shared]
        usual = next(cell.times for cell in these if (cell.variance, cell.design) == USUAL)
        times = [cell.times for cell in these]
        yield (
            f"\nAim with a score {_score(shared)}: {aim} times faster. "
            f"{USUAL[1].capitalize()} with {USUAL[0]} is {usual:.0f} times: "
            f"{'met' if usual >= aim else 'not met'}. "
            f"Of all {len(times)} fits {sum(each >= aim for each in times)} reach it; "
            f"from {min(times):.0f} to {max(times):.0f} times, median {median(times):.0f}."
        )


def _score(shared: bool) -> str:
    return "shared by the alliance" if shared else "of its own"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default=",".join(map(str, TURNS)), help="rows, with commas")
    parser.add_argument("--write", action="store_true", help="into docs/estimator-speed.md")
    options = parser.parse_args()
    keep_freed_memory()  # as the worker does, for both
    oracle(sample(min(TURNS), shared=False), SHARP)  # imports it, which is not timed
    cells: list[Cell] = []
    for rows in map(int, options.sizes.split(",")):
        for cell in measure(rows):
            print(_line(cell), flush=True)
            cells.append(cell)
    text = page(cells)
    print(f"\n{text}")
    if options.write:
        if not PAGE.exists():
            PAGE.write_text(EMPTY, encoding="utf-8")
        marked.put(PAGE, "fits", text)


if __name__ == "__main__":
    main()
