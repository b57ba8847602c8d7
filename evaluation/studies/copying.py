"""Rows of a query as a data frame, without a Python object for every cell.

Decision: PostgreSQL writes the rows as text (COPY) and Arrow reads them. A million rows of forty
numbers take seconds so, and minutes and gigabytes as tuples; what a number is does not change,
for both ends write and read the shortest digits that tell it.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd
import pyarrow
from django.db import connection
from django.db.models import QuerySet
from pyarrow import csv

#: How a column is read: Arrow's name of its type.
NUMBER, WHOLE, TEXT, DAY = "double", "int64", "string", "date32"
#: Bytes of text that are held at a time.
BLOCK = 16 * 1024 * 1024


def copied(rows: "QuerySet[Any, Any]", types: Mapping[str, str]) -> pd.DataFrame:
    """The values of a ``values_list`` query under these names; what is null is missing.

    Raises ValueError where a value is not of its column's type.
    """
    schema = pyarrow.schema([(name, pyarrow.type_for_alias(kind)) for name, kind in types.items()])
    tables = [_read(content, schema) for content in _written(rows)]
    table = pyarrow.concat_tables(tables) if tables else schema.empty_table()
    del tables
    return table.to_pandas(date_as_object=False, split_blocks=True, self_destruct=True)


def _written(rows: "QuerySet[Any, Any]") -> Iterator[bytes]:
    """Whole lines of text, so many bytes at a time."""
    sql, params = rows.query.sql_with_params()
    with connection.wrap_database_errors, connection.cursor() as cursor:
        query = cursor.mogrify(sql, params)  # COPY takes no parameters
        with cursor.copy(f"COPY ({query}) TO STDOUT (FORMAT csv)") as copy:
            lines: list[bytes] = []
            size = 0
            for line in copy:  # the server sends a message for each row
                lines.append(bytes(line))
                size += len(line)
                if size > BLOCK:
                    yield b"".join(lines)
                    lines, size = [], 0
            if lines:
                yield b"".join(lines)


def _read(content: bytes, schema: pyarrow.Schema) -> pyarrow.Table:
    return csv.read_csv(
        pyarrow.BufferReader(content),
        read_options=csv.ReadOptions(column_names=schema.names),
        convert_options=csv.ConvertOptions(
            column_types=schema, null_values=[""], strings_can_be_null=True
        ),
    )
