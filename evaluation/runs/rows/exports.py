"""Every file that goes home with a finished run; pages and the command ask here.

Data frames are loaded when a file is asked for, not with the pages that link to it.
"""

from collections.abc import Iterator
from importlib import import_module
from typing import cast

from evaluation.runs.hiding import result_of
from evaluation.runs.kinds import kind_of
from evaluation.runs.models import Run
from evaluation.runs.rows.models import ROWS, RunRows
from kit.exports import table_file

DATA = ("datos.csv", "datos.parquet", "datos.dta", "diccionario.csv")
REPLICA = "replica.zip"
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
    "dta": "application/x-stata-dta",
    "zip": "application/zip",
}


def files_of(run: Run) -> tuple[str, ...]:
    """The names of the files that this run can give; none before it has finished."""
    if not run.has_succeeded or not RunRows.objects.filter(run=run, name=ROWS).exists():
        return ()
    return (*DATA, REPLICA) if kind_of(run).replica else DATA


def file_of(run: Run, name: str) -> bytes:
    """One of them, in the language that is active. Raises DamagedRows."""
    from evaluation.runs.rows import files, public  # noqa: PLC0415  they load data frames

    stored = RunRows.objects.select_related("run__study__wave").get(run=run, name=ROWS)
    if name == REPLICA:
        kit = import_module(kind_of(run).replica)
        return cast(bytes, kit.replica(stored, result_of(run, whole=True)))
    rows, columns = public.public_rows(stored)
    source = provenance(run)
    match name:
        case "datos.csv":
            return files.csv_file(rows)
        case "datos.parquet":
            return files.parquet_file(rows, columns, source)
        case "datos.dta":
            return files.stata_file(rows, columns, source)
        case "diccionario.csv":
            headings = (*files.DICTIONARY, *source)
            return table_file(name, headings, files.dictionary_rows(columns, source)).content
    raise ValueError(f"a run gives no {name}")


def all_files(run: Run) -> Iterator[tuple[str, bytes]]:
    """Every file with its name."""
    for name in files_of(run):
        yield name, file_of(run, name)


def provenance(run: Run) -> dict[str, str]:
    """Whence the rows come, for whoever finds the file years later."""
    return {"run": str(run.pk), "study": run.study.slug, "fingerprint": run.fingerprint}


def download_name(run: Run, name: str) -> str:
    """A name that says whence the file comes."""
    return f"corrida-{run.pk}-{run.study.slug}-{run.fingerprint[:12]}-{name}"
