"""From the click that launches an impact run to its headline and to its end, at 1,126 surveys.

``python -m tests.evaluation.runs.bench`` starts web, worker and beat in an installation of its own,
launches the synthetic survey's study over HTTP as a browser would, and prints medians; beside them
stands the time that rdrobust and rddensity take for the same jobs, alone and in memory.
``--write`` puts the table between the marks of docs/run-speed.md.
"""

import argparse
import re
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import psycopg
import requests

from tests.evaluation.estimators import marked
from tests.evaluation.runs.impact.columns import COVARIATES, OUTCOMES
from tests.evaluation.runs.installation import Installation, installed
from tests.paap.machine import ALL_WELL, free_port, health, wait_until

PAGE = Path(__file__).parents[3] / "docs" / "run-speed.md"
LAUNCHES = 7
LOOK_EVERY_SECONDS = 0.02
AIM_HEADLINE, AIM_WHOLE = 2.0, 10.0


@dataclass(frozen=True)
class Timed:
    """Seconds since the click."""

    answered: float
    headline: float
    whole: float


def main() -> None:
    """Measure, print, and write where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true")
    write = parser.parse_args().write
    with installed() as made:
        port = free_port()
        made.group.environment["GUNICORN_CMD_ARGS"] = f"--bind=127.0.0.1:{port}"
        session, study = made.python("-m", "tests.evaluation.runs.scene", "visitor").split()
        for service in ("web", "worker", "beat"):
            made.group.start(service)
        wait_until(lambda: health(port) == ALL_WELL, seconds=60)
        clicks = [click(made, port, session, study) for _launch in range(1 + LAUNCHES)]
    table = written(clicks[1:], library_seconds())
    print(table)
    if write:
        marked.put(PAGE, "run", table)


def click(
    made: Installation, port: int, session: str, study: str, *, patience: float = 120
) -> Timed:
    """Launch the study from its page and wait until its run has ended."""
    browser = requests.Session()
    browser.cookies.set("sessionid", session)
    address = f"http://127.0.0.1:{port}/evaluacion/estudios/{study}/"
    page = browser.get(address)
    key = re.search(r'name="key" value="([^"]+)"', page.text)
    assert key, made.group.running["web"].last_lines(30)
    sent = {"key": key[1], "csrfmiddlewaretoken": browser.cookies["csrftoken"]}
    begun = time.perf_counter()
    answer = browser.post(
        f"{address}correr/", data=sent, headers={"Referer": address}, allow_redirects=False
    )
    answered = time.perf_counter() - begun
    run = int(re.findall(r"(\d+)/$", answer.headers["Location"])[0])
    with psycopg.connect(made.database_url, autocommit=True) as connection:
        headline = _seconds_until(partial(_has_headline, connection, run), begun, patience)
        whole = _seconds_until(partial(_has_ended, connection, run), begun, patience)
    return Timed(answered, headline, whole)


def _seconds_until(condition: Callable[[], bool], begun: float, patience: float) -> float:
    while not condition():
        assert time.perf_counter() - begun < patience
        time.sleep(LOOK_EVERY_SECONDS)
    return time.perf_counter() - begun


def _has_headline(connection: "psycopg.Connection[Any]", run: int) -> bool:
    query = "SELECT 1 FROM evaluation_runpart WHERE run_id = %s AND name = 'headline'"
    return connection.execute(query, [run]).fetchone() is not None


def _has_ended(connection: "psycopg.Connection[Any]", run: int) -> bool:
    row = connection.execute("SELECT status FROM evaluation_run WHERE id = %s", [run]).fetchone()
    assert row
    assert row[0] in ("queued", "running", "succeeded"), row
    return bool(row[0] == "succeeded")


# -- The same jobs with the library -------------------------------------------------------------
def library_seconds() -> tuple[int, float]:
    """How many jobs rdrobust and rddensity are asked for, and how long they take."""
    from tests.evaluation.estimators.rd.test_expected import table

    data = table("alianzas_sintetico.csv")
    jobs = list(library_jobs(data))
    begun = time.perf_counter()
    for job in jobs:
        job()
    return len(jobs), time.perf_counter() - begun


def library_jobs(data: pd.DataFrame) -> Iterator[Callable[[], Any]]:
    """What ``Design`` estimates of this survey, one call a job."""
    covariates = data[list(COVARIATES)]
    for name in OUTCOMES:
        whole = partial(_robust, data, name)
        yield from (whole, partial(whole, fuzzy=None), partial(whole, covs=covariates), whole)
        for kernel in ("epanechnikov", "uniform"):
            yield partial(whole, kernel=kernel)
        yield from (partial(whole, p=2), partial(whole, bwselect="msetwo"))
        yield from (partial(whole, bwselect="cerrd"), partial(whole, masspoints="off"))
        yield from (partial(whole, vce=vce) for vce in ("cr1", "cr2", "cr3"))
        yield from (partial(whole, vce="nn", cluster=None), whole)
        yield from (partial(whole, h=5 * factor, b=8 * factor) for factor in (0.5, 0.75, 1.5, 2))
        for radius in (0.3, 0.6, 0.9, 1.2, 1.5):
            yield partial(_robust, data[(data["puntaje"] - 70).abs() >= radius], name)
        for side, share in product((-1, 1), np.linspace(0.1, 0.9, 10)):
            half = data[(data["puntaje"] - 70) * side >= 0]
            at = float(half["puntaje"].quantile(share))
            yield partial(_robust, half, name, c=at, fuzzy=None)
        for department in sorted(data["departamento"].unique()):
            yield partial(_robust, data[data["departamento"] != department], name)
    yield from (partial(_robust, data, name, fuzzy=None) for name in COVARIATES)
    scores = data.drop_duplicates("alianza")
    yield partial(_density, scores)
    for _department, rows in scores.groupby("departamento"):
        yield partial(_density, rows)


def _robust(data: pd.DataFrame, outcome: str, **options: Any) -> None:
    """One estimate; what the library cannot estimate costs it what it costs."""
    import contextlib
    import io
    import warnings

    from rdrobust import rdrobust

    asked: dict[str, Any] = {"c": 70, "fuzzy": "participo", "cluster": "alianza", "vce": "cr3"}
    asked |= options
    for name in ("fuzzy", "cluster"):
        if asked[name]:
            asked[name] = data[asked[name]].to_numpy()
    if "covs" in asked:
        asked["covs"] = asked["covs"].loc[data.index].to_numpy()
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        with contextlib.suppress(Exception):
            rdrobust(data[outcome].to_numpy(), data["puntaje"].to_numpy(), **asked)


def _density(data: pd.DataFrame) -> None:
    import contextlib
    import io
    import warnings

    from rddensity import rddensity

    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        with contextlib.suppress(Exception):
            rddensity(data["puntaje"].to_numpy(), c=70)


# -- What is said -------------------------------------------------------------------------------
def written(clicks: list[Timed], library: tuple[int, float]) -> str:
    """The table, with the aims."""
    jobs, seconds = library

    def row(label: str, name: str, aim: str) -> str:
        taken = [getattr(each, name) for each in clicks]
        figures = (statistics.median(taken), min(taken), max(taken))
        return f"| {label} | {' | '.join(f'{figure:.2f}' for figure in figures)} | {aim} |"

    return "\n".join(
        [
            f"`make bench WHAT=run`: {len(clicks)} launches of the synthetic survey's study (three",
            "outcomes, six covariates, 24 departments) over HTTP, after one that is not counted.",
            "",
            "| seconds from the click to | median | least | most | aim |",
            "|---|---|---|---|---|",
            row("the answer of the page", "answered", ""),
            row("the headline, stored and readable", "headline", f"{AIM_HEADLINE:g}"),
            row("the end, checks and charts included", "whole", f"{AIM_WHOLE:g}"),
            "",
            f"rdrobust 2.1.1 and rddensity take {seconds:.1f} s for the same estimates and tests",
            f"({jobs} calls), alone, in memory, without rows to read, joint test or charts.",
        ]
    )


if __name__ == "__main__":
    main()
