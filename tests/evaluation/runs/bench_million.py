"""A million surveyed rows: the frame alone, the whole impact run, and pages meanwhile.

``python -m tests.evaluation.runs.bench_million`` writes the rows into an installation of its own
(minutes), times ``impact_rows`` with forty variables in a process of its own, then launches the
study over HTTP and asks for pages until the run has ended. Beside it stands one estimate by
rdrobust on the same rows: all of them would take hours. ``--write`` puts the table between the
marks of docs/run-speed.md; ``--rows`` is for trying it out.
"""

import argparse
import json
import os
import resource
import statistics
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from tests.evaluation.estimators import marked
from tests.evaluation.runs.bench import PAGE, Timed, click
from tests.evaluation.runs.installation import Installation, installed
from tests.evaluation.runs.many_rows import OTHERS
from tests.paap.machine import ALL_WELL, free_port, health, wait_until

ROWS = 1_000_000
AIM_FRAME, AIM_RUN, AIM_MB, AIM_PAGE_MS = 40, 120, 2_000, 100
PAUSE_SECONDS = 0.2
#: Calls that rdrobust and rddensity would need for the same run.
CALLS = 3 * (4 + 2 + 2 + 2 + 3 + 2 + 4 + 5 + 20 + 33) + 5 + 34
PAGES = (
    "/evaluacion/",
    "/evaluacion/estudios/",
    "/evaluacion/estudios/{study}/",
    "/evaluacion/encuestas/",
    "/evaluacion/corridas/1/",  # there from the click on
    "/api/v1/runs/",
)


@dataclass
class Asked:
    """Milliseconds of each page, asked for one after the other by one person."""

    taken: dict[str, list[float]] = field(default_factory=dict)

    def ask(self, port: int, session: str, study: str, ended: threading.Event) -> None:
        browser = requests.Session()
        browser.cookies.set("sessionid", session)
        while not ended.is_set():
            for page in PAGES:
                begun = time.perf_counter()
                answer = browser.get(f"http://127.0.0.1:{port}{page.format(study=study)}")
                taken = 1000 * (time.perf_counter() - begun)
                assert answer.ok or answer.status_code == 404, (page, answer.status_code)
                self.taken.setdefault(page, []).append(taken)
                ended.wait(PAUSE_SECONDS)


def main() -> None:
    """Measure, print, and write where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--frame", action="store_true", help="only the frame, in this database")
    parser.add_argument("--library", action="store_true", help="only rdrobust, in this database")
    asked = parser.parse_args()
    if asked.frame or asked.library:
        print(json.dumps(frame_alone() if asked.frame else library_alone()))
        return
    with installed() as made:
        port = free_port()
        made.group.environment["GUNICORN_CMD_ARGS"] = f"--bind=127.0.0.1:{port}"
        this = "tests.evaluation.runs.bench_million"
        session, study = made.python(
            "-m", "tests.evaluation.runs.many_rows", str(asked.rows)
        ).split()
        frame = json.loads(made.python("-m", this, "--frame"))
        print(frame, file=sys.stderr)
        for service in ("web", "worker", "beat"):
            made.group.start(service)
        wait_until(lambda: health(port) == ALL_WELL, seconds=60)
        load = os.getloadavg()[0]
        pages, ended = Asked(), threading.Event()
        reader = threading.Thread(target=pages.ask, args=(port, session, study, ended))
        reader.start()
        try:
            run = click(made, port, session, study, patience=1200)
        finally:
            ended.set()
            reader.join()
        memory = peak_megabytes(made)
        made.group.stop()
        print(run, memory, pages.taken, file=sys.stderr)
        library = json.loads(made.python("-m", this, "--library").splitlines()[-1])
    table = written(asked.rows, frame, run, memory, pages, library, load)
    print(table)
    if asked.write:
        marked.put(PAGE, "million", table)


def frame_alone() -> dict[str, float]:
    """Forty variables of the stored answers as one frame: seconds, and megabytes at most."""
    import django

    django.setup()
    from dataclasses import replace

    from django.db import connection

    from evaluation.estimators.memory import keep_freed_memory
    from evaluation.models import Study
    from evaluation.studies.dataset import impact_rows
    from evaluation.studies.impact_spec import ImpactSpec
    from kit.waits import patient

    keep_freed_memory()  # as the worker does
    study = Study.objects.get(kind="impact")
    spec = ImpactSpec.from_data(study.specification)
    spec = replace(spec, outcomes=(*spec.outcomes, *OTHERS))
    with patient(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        server = cursor.fetchone()[0]
        begun, worked = time.perf_counter(), time.process_time() + processor_seconds(server)
        rows = impact_rows(study.required_wave, spec)
        seconds = time.perf_counter() - begun
        worked = time.process_time() + processor_seconds(server) - worked
    return {
        "seconds": seconds,
        "worked": worked,
        "rows": len(rows),
        "variables": len({*spec.outcomes, spec.treatment_variable, "schooling_years"}),
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def library_alone() -> dict[str, float]:
    """One estimate of rdrobust on the same rows: what every one of the run's costs it."""
    import django

    django.setup()
    import numpy as np
    from rdrobust import rdrobust

    from evaluation.models import Study
    from evaluation.studies.dataset import ALLIANCE, SCORE, TREATED, impact_rows
    from evaluation.studies.impact_spec import ImpactSpec
    from kit.waits import patient

    study = Study.objects.get(kind="impact")
    spec = ImpactSpec.from_data(study.specification)
    with patient():
        rows = impact_rows(study.required_wave, spec)
    columns = [np.asarray(rows[name]) for name in ("sales_cop", SCORE, TREATED, ALLIANCE)]
    begun = time.perf_counter()
    rdrobust(columns[0], columns[1], fuzzy=columns[2], cluster=columns[3], vce="cr3")
    return {"seconds": time.perf_counter() - begun}


def processor_seconds(process: int) -> float:
    """What a process has used of the processors so far."""
    words = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def peak_megabytes(made: Installation) -> float:
    """The most that any process of the worker ever held."""
    session = made.group.running["worker"].process.pid
    peaks = [0.0]
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            stat = (folder / "stat").read_text().rpartition(")")[2].split()
            if int(stat[3]) == session:
                status = (folder / "status").read_text()
                peaks.append(int(status.partition("VmHWM:")[2].split()[0]) / 1024)
        except (OSError, IndexError):
            continue  # it ended meanwhile
    return max(peaks)


def written(
    rows: int,
    frame: dict[str, float],
    run: Timed,
    memory: float,
    pages: Asked,
    library: dict[str, float],
    load: float,
) -> str:
    """The table, with the aims."""
    every = sorted(taken for of_page in pages.taken.values() for taken in of_page)
    slowest = max(pages.taken, key=lambda page: statistics.median(pages.taken[page]))
    figures: list[tuple[str, Any, Any]] = [
        (f"frame of {frame['variables']:.0f} variables, s", f"{frame['seconds']:.1f}", AIM_FRAME),
        ("– of them of a processor, PostgreSQL's included", f"{frame['worked']:.1f}", ""),
        ("– memory of its process at most, MB", f"{frame['megabytes']:,.0f}", f"{AIM_MB:,}"),
        ("from the click to the headline, s", f"{run.headline:.1f}", ""),
        ("from the click to the end, s", f"{run.whole:.1f}", AIM_RUN),
        ("– memory of the worker at most, MB", f"{memory:,.0f}", f"{AIM_MB:,}"),
        ("pages meanwhile, ms, median", f"{statistics.median(every):.0f}", AIM_PAGE_MS),
        ("– of the slowest of them, median", statistics.median(pages.taken[slowest]), AIM_PAGE_MS),
        ("– 19 of 20 within", every[int(0.95 * len(every))], ""),
        ("one estimate by rdrobust, s", f"{library['seconds']:.1f}", ""),
    ]
    hours = CALLS * library["seconds"] / 3600
    return "\n".join(
        [
            f"`make bench WHAT=million`: {rows:,} answers of 40 variables, three outcomes, five",
            "covariates, 33 departments; over HTTP, one worker, two cores; load average before the",
            f"click {load:.1f}. The slowest page is `{slowest}`.",
            "",
            "| | | aim |",
            "|---|---|---|",
            *(
                f"| {label} | {value if isinstance(value, str) else f'{value:.0f}'} | {aim} |"
                for label, value, aim in figures
            ),
            "",
            f"The {CALLS} calls that rdrobust and rddensity need for such a run would take",
            f"{hours:.1f} hours at that pace, alone, in memory, without rows to read.",
        ]
    )


if __name__ == "__main__":
    main()
