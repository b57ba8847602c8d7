"""The rows of a run as they leave: described columns alone, and numbers that lead to nobody.

Context: whoever reads producers' numbers in other pages must not find them in a file again.
Decision: producers and alliances are numbered in an order that only what the file itself holds
decides (a hash of its values), so that not even the rank of a stored number comes out. Texts leave
only as codes that the bridge wrote: never a text of a survey, nor what any wave calls personal.
Consequence: the same rows give the same file, and a new kind of run describes its columns in
``columns`` or in the wave, or its file is refused.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from evaluation.runs.models import Run
from evaluation.runs.rows.columns import BRIDGE, DataColumn
from evaluation.runs.rows.keeping import frame_of
from evaluation.runs.rows.models import RunRows
from evaluation.surveys.models import Variable, VariableKind

_ALLIANCES = ("@alliance", "alliance")
_PEOPLE = ("producer", *_ALLIANCES)


class Undescribed(ValueError):
    """A frame has a column that nothing describes, or one that may not leave."""


def public_rows(stored: RunRows) -> tuple[pd.DataFrame, list[DataColumn]]:
    """The rows as they leave, and what their columns mean. Raises DamagedRows, Undescribed."""
    return published(frame_of(stored), stored.run)


def published(
    frame: pd.DataFrame, run: Run, more: Mapping[str, DataColumn] | None = None
) -> tuple[pd.DataFrame, list[DataColumn]]:
    """The frame renumbered, with public names; ``more`` describes columns that a kit adds."""
    described = described_columns(list(frame.columns), run, more or {})
    texts = [str(name) for name in frame if not pd.api.types.is_numeric_dtype(frame[name])]
    if any(name not in BRIDGE for name in texts):
        raise Undescribed(f"texts do not leave: {', '.join(texts)}")
    numbered = _numbered(frame)
    numbered.columns = pd.Index([column.name for column in described])
    return numbered, described


def described_columns(
    names: list[str], run: Run, more: Mapping[str, DataColumn]
) -> list[DataColumn]:
    """What each column means, under a name that is its own. Raises Undescribed."""
    variables = _variables(run)
    known = {**variables, **BRIDGE, **more}
    if unknown := [name for name in names if name not in known]:
        raise Undescribed(f"nothing describes: {', '.join(unknown)}")
    return [
        _apart(known[name]) if name[:1] == "@" and known[name].name in names else known[name]
        for name in names
    ]


def _variables(run: Run) -> dict[str, DataColumn]:
    """The variables of the wave that may leave: no texts, nothing that any wave calls personal."""
    personal = Variable.objects.filter(is_personal=True).values("name")
    return {
        variable.name: DataColumn(
            name=variable.name,
            label=variable.label,
            kind=variable.kind,
            unit=variable.unit,
            measured=variable.measured,
            source=str(run.study.wave),
            values=variable.value_labels or _yes_no(variable),
        )
        for variable in Variable.objects.filter(wave=run.study.wave_id)
        .exclude(kind=VariableKind.TEXT)
        .exclude(name__in=personal)
        .order_by("position", "pk")
    }


def _yes_no(variable: Variable) -> Mapping[str, Any]:
    return BRIDGE["@offered"].values if variable.kind == VariableKind.YES_NO else {}


def _apart(column: DataColumn) -> DataColumn:
    """A column of the bridge beside a variable of the same name."""
    return DataColumn(**vars(column) | {"name": f"{column.name}_"})


def _numbered(frame: pd.DataFrame) -> pd.DataFrame:
    """Rows by what they hold, members of an alliance together; both numbered from 1."""
    people = [name for name in _PEOPLE if name in frame]
    values = pd.util.hash_pandas_object(frame.drop(columns=people), index=False).to_numpy()
    order: Any = np.argsort(values, kind="stable")
    alliance = next((name for name in _ALLIANCES if name in frame), None)
    if alliance:
        # Unsigned sums wrap around: of the same members in any order they are the same.
        whole = pd.Series(values).groupby(frame[alliance].to_numpy()).transform("sum").to_numpy()
        order = np.lexsort((values, frame[alliance].to_numpy(), whole))
    rows = frame.iloc[order].reset_index(drop=True)
    if alliance:
        rows[alliance] = pd.factorize(rows[alliance])[0] + 1
    if "producer" in rows:
        rows["producer"] = np.arange(1, len(rows) + 1)
    return rows
