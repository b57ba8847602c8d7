"""What it takes to read and check 100,000 rows × 60 columns of Stata, beside pandas alone.

``python -m tests.evaluation.surveys.bench`` times ``read_table`` (its child process included) and
``check_rows`` on a file made here, and ``pandas.read_stata`` on the same bytes; storing is not in
it. Times are medians; on a machine that others use, the ratio says more.
"""

import argparse
import io
import os
import statistics
import time
from collections.abc import Callable

import django
import numpy as np
import pandas as pd

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "paap.settings")
AIM_SECONDS = 20.0
AMOUNTS = 9


def stata(rows: int, columns: int) -> bytes:
    """A document, some amounts, and codes of 1 to 5 with gaps of «no answer» (99)."""
    random = np.random.default_rng(7)
    data = {"documento": [f"{10_000_000 + number}" for number in range(rows)]}
    for place in range(1, columns):
        name = f"v{place}"
        if place <= AMOUNTS:
            data[name] = random.uniform(0, 5e6, rows).round(0)
        else:
            data[name] = random.choice([1, 2, 3, 4, 5, 99], rows).astype("int8")
    content = io.BytesIO()
    pd.DataFrame(data).to_stata(content, write_index=False, version=118)
    return content.getvalue()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--columns", type=int, default=60)
    parser.add_argument("--times", type=int, default=3)
    asked = parser.parse_args()
    django.setup()
    from evaluation.surveys.checking import Known, check_rows, guess_mapping, known_headings
    from evaluation.surveys.rules import Field
    from kit.files.tables import read_table

    content = stata(asked.rows, asked.columns)
    labels = {str(code): f"Respuesta {code}" for code in range(1, 6)}
    fields = [
        Field(f"v{place}", f"Pregunta {place}", "number")
        if place <= AMOUNTS
        else Field(
            f"v{place}",
            f"Pregunta {place}",
            "choice",
            labels=labels,
            missing_codes=frozenset({"99"}),
        )
        for place in range(1, asked.columns)
    ]
    producers = {str(10_000_000 + number): (number + 1,) for number in range(asked.rows)}
    known = Known(producers, frozenset(), {})

    def ours() -> None:
        table = read_table("encuesta.dta", content, known=known_headings(fields))
        checked = check_rows(table, guess_mapping(table.columns, fields), fields, known)
        assert len(checked.rows) == asked.rows, checked.errors[:3]

    seconds = timed(ours, asked.times)
    plain = timed(lambda: pd.read_stata(io.BytesIO(content)), asked.times)
    print(
        f"{asked.rows:,} rows × {asked.columns} columns, {len(content) / 2**20:.1f} MiB: "
        f"{seconds:.1f} s (aim {AIM_SECONDS:.0f} s); pandas alone {plain:.2f} s; "
        f"ratio {seconds / plain:.0f}"
    )


def timed(job: Callable[[], object], times: int) -> float:
    """The median of the seconds that a job takes."""
    taken = []
    for _time in range(times):
        began = time.perf_counter()
        job()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


if __name__ == "__main__":
    main()
