"""Rows by the thousand, through every constraint and trigger: COPY in, and UPDATE from a list.

Ids are given out here, before the rows exist, so that rooms can refer to each other's rows.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import count
from typing import Any

from django.apps import apps
from django.core.management.color import no_style
from django.db import connection
from django.db.models import AutoField, Field, JSONField, Max, Model
from psycopg import sql
from psycopg.types.json import Jsonb

APPS = ("alliances", "fiduciary", "evaluation")


class Ids:
    """The next free ids of each table; nobody else writes while the portfolio is being written.

    All are read at once, because no query may run while a COPY does.
    """

    def __init__(self) -> None:
        self._next: dict[type[Model], Iterator[int]] = {
            model: _free_ids(model)
            for label in APPS
            for model in apps.get_app_config(label).get_models(include_auto_created=True)
            if isinstance(model._meta.pk, AutoField)
        }
        self.settle()  # an attempt that failed must not leave a gap

    def __call__(self, model: type[Model]) -> int:
        """One id."""
        return next(self._next[model])

    def read_again(self, model: type[Model]) -> None:
        """Services wrote rows of this table meanwhile."""
        self._next[model] = _free_ids(model)

    def settle(self) -> None:
        """Tell the database's sequences which ids are taken."""
        with connection.cursor() as cursor:
            for statement in connection.ops.sequence_reset_sql(no_style(), list(self._next)):
                cursor.execute(statement)


def _free_ids(model: type[Model]) -> Iterator[int]:
    last = model._default_manager.aggregate(last=Max("pk"))["last"] or 0
    return count(last + 1)


def copy_in(model: type[Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Write rows given as tuples of ``columns`` (attribute names); gives how many.

    The other columns take the constant default of their field.
    """
    fields = {field.attname: field for field in _written(model)}
    rest = [field for name, field in fields.items() if name not in columns]
    rest = [field for field in rest if not (field.primary_key and field.db_returning)]
    constants = tuple(_default(field) for field in rest)
    names = [*(_column(fields[name]) for name in columns), *map(_column, rest)]
    encode = _json_encoder([fields[name] for name in columns])
    written = 0
    with connection.cursor() as cursor, cursor.copy(_copy(model, names)) as copy:
        for row in rows:
            copy.write_row((*encode(row), *constants))
            written += 1
    return written


def copy_objects(objects: Sequence[Model]) -> int:
    """Write unsaved instances of one model that already have their ids."""
    if not objects:
        return 0
    model = type(objects[0])
    names = [field.attname for field in _written(model)]
    rows = ([getattr(each, name) for name in names] for each in objects)
    return copy_in(model, names, rows)


def change(model: type[Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Update rows by id: each row is the id and then the new values of ``columns``."""
    fields = {field.attname: field for field in model._meta.concrete_fields}
    key = model._meta.pk
    wanted = [sql.Identifier(_column(field)) for field in (key, *(fields[n] for n in columns))]
    table = sql.Identifier(model._meta.db_table)
    news = sql.Identifier("seed_changes")
    setting = sql.SQL(", ").join(
        sql.SQL("{0} = {1}.{0}").format(column, news) for column in wanted[1:]
    )
    with connection.cursor() as cursor:
        cursor.execute(
            sql.SQL("CREATE TEMPORARY TABLE {} ON COMMIT DROP AS SELECT {} FROM {} LIMIT 0").format(
                news, sql.SQL(", ").join(wanted), table
            )
        )
        names = [each.as_string() for each in wanted]
        with cursor.copy(f"COPY seed_changes ({', '.join(names)}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        cursor.execute(sql.SQL("ANALYZE {}").format(news))
        cursor.execute(
            sql.SQL("UPDATE {0} SET {1} FROM {2} WHERE {0}.{3} = {2}.{3}").format(
                table, setting, news, wanted[0]
            )
        )
        cursor.execute(sql.SQL("DROP TABLE {}").format(news))


def analyze(*models: type[Model]) -> None:
    """Refresh what the planner knows, so that triggers and pages find their rows by index."""
    with connection.cursor() as cursor:
        for model in models:
            cursor.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(model._meta.db_table)))


def grouped(pairs: Iterable[tuple[Any, Any]]) -> dict[Any, list[Any]]:
    """Values by key, in the order they come."""
    found: dict[Any, list[Any]] = defaultdict(list)
    for key, value in pairs:
        found[key].append(value)
    return found


def _written(model: type[Model]) -> list[Field]:
    """The columns that somebody writes; PostgreSQL makes the others of them."""
    return [field for field in model._meta.concrete_fields if not field.generated]


def _copy(model: type[Model], columns: Sequence[str]) -> str:
    names = ", ".join(connection.ops.quote_name(name) for name in columns)
    return f"COPY {connection.ops.quote_name(model._meta.db_table)} ({names}) FROM STDIN"


def _column(field: Field) -> str:
    return str(field.column)


def _default(field: Field) -> Any:
    value = field.get_default()
    return Jsonb(value) if isinstance(field, JSONField) and value is not None else value


def _dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _json_encoder(fields: Sequence[Field]) -> Any:
    """A function that wraps the JSON values of a row; the identity when there are none."""
    places = [place for place, field in enumerate(fields) if isinstance(field, JSONField)]

    def encode(row: Sequence[Any]) -> Sequence[Any]:
        cells = list(row)
        for place in places:
            if cells[place] is not None:
                cells[place] = Jsonb(cells[place], dumps=_dumps)
        return cells

    return encode if places else lambda row: row
