"""``docs/data-dictionary.md``, written from the columns in code; a test compares them."""

from collections.abc import Iterator

from django.utils import translation

from evaluation.runs.rows.columns import BRIDGE, DataColumn

_TOP = """# Columns of the data sets

Written by `manage.py write_data_dictionary` from `evaluation/runs/rows/columns.py`; a test
compares them.

A finished run gives its rows away as `datos.csv`, `datos.parquet` and `datos.dta`, a row a
producer who answered, and `diccionario.csv` with what each column means in Spanish and English.
`manage.py export_run RUN --to FOLDER` writes the same files. They are for evaluators and the EIP.

- The columns below come from the programme's own rows, through the one bridge
  (`evaluation.studies.dataset`). A file has those that its study reads.
- All others are variables of the survey, under the names of the wave's dictionary: outcomes,
  covariates, items. Their labels, units, codes, and whether they were settled before or after
  selection stand in `diccionario.csv`. Texts of a survey, and what any wave calls personal, never
  leave.
- No name, document, telephone, address or day of birth is read. `producer` and `alliance` are
  numbered anew in each file, in an order that its own values decide, so they lead to no row of
  the system. Members of an alliance share its number: that is the group of clustered errors.
- Every file says whence it comes: its name, the file's metadata (Parquet), its label (Stata) or
  its last columns (`diccionario.csv`) hold run, study and fingerprint.
- A name that a survey has too ends in `_` here. A replication kit adds `in_sample` and `…_std`;
  its README says what they are.

Settled: *before* the committee decided, *after*, or by its *decision*.

| column | meaning | unit or codes | settled | source |
|---|---|---|---|---|
"""


def dictionary_page() -> str:
    """The page, in English."""
    with translation.override("en"):
        return _TOP + "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    shown: set[str] = set()
    for column in BRIDGE.values():
        if column.name not in shown:
            shown.add(column.name)
            cells = (
                f"`{column.name}`",
                column.label,
                _codes(column),
                column.measured,
                column.source,
            )
            yield f"| {' | '.join(map(str, cells))} |"


def _codes(column: DataColumn) -> str:
    codes = ", ".join(f"{code} = {label}" for code, label in column.values.items())
    return codes or str(column.unit)
