"""Which act writes which row, watched while services work: as the triggers bind them, or wrongly.

Tests work as a member of the owner, whom the triggers of ``kit.triggers.with_its_event`` let pass
(they load history of other days). So what they would say is worked out here from each statement.
"""

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pgtrigger
from django.apps import apps

EVENTS = "alliances_event"
_INSERT = re.compile(r'INSERT INTO "(\w+)" \(([^)]*)\)')
_UPDATE = re.compile(r'UPDATE "(\w+)" SET (.*?) WHERE', re.DOTALL)
_DELETE = re.compile(r'DELETE FROM "(\w+)"')
_NAMES = re.compile(r'"(\w+)"')
_ACTS = re.compile(r"verb IN \(([^)]*)\)")


@cache
def bound() -> dict[str, tuple[frozenset[str], frozenset[str] | None]]:
    """For each guarded table: the verbs that may change it, and the columns whose change counts."""
    return {
        model._meta.db_table: (_verbs(trigger), _columns(trigger))
        for model in apps.get_models()
        for trigger in getattr(model._meta, "triggers", ())
        if trigger.name == "with_its_event"
    }


def _verbs(trigger: pgtrigger.Trigger) -> frozenset[str]:
    acts = _ACTS.search(str(trigger.func))
    return frozenset(re.findall(r"'(\w+)'", acts[1] if acts else ""))


def _columns(trigger: pgtrigger.Trigger) -> frozenset[str] | None:
    """None for all of them."""
    told = re.search(r"UPDATE OF (.*)", str(trigger.operation))
    if told:
        return frozenset(_NAMES.findall(told[1]))
    return None if "UPDATE" in str(trigger.operation) else frozenset()


class BoundEvents:
    """Reads the statements of a test; an outermost savepoint is one act."""

    def __init__(self) -> None:
        self.depth = 0
        self.written: set[str] = set()
        self.verbs: set[str] = set()
        self.mistakes: list[str] = []

    def __call__(
        self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any
    ) -> Any:
        text = sql if isinstance(sql, str) else ""
        if text.startswith("SAVEPOINT"):
            if self.depth == 0:
                self.written, self.verbs = set(), set()
            self.depth += 1
        elif text.startswith("RELEASE SAVEPOINT"):
            self.depth -= 1
            if self.depth == 0:
                self.close()
        elif text.startswith("ROLLBACK TO SAVEPOINT") and self.depth == 1:
            self.written = set()
        elif self.depth:
            self.note(text, params)
        return execute(sql, params, many, context)

    def note(self, text: str, params: Any) -> None:
        """What this statement writes."""
        if insert := _INSERT.match(text):
            if insert[1] == EVENTS:
                self.verbs |= set(_verbs_inserted(_NAMES.findall(insert[2]), params))
            elif insert[1] in bound():
                self.written.add(insert[1])
        elif update := _UPDATE.match(text):
            changed = set(_NAMES.findall(update[2]))
            columns = bound().get(update[1], (None, frozenset()))[1]
            if columns is None or columns & changed:
                self.written.add(update[1])
        elif (delete := _DELETE.match(text)) and bound().get(delete[1], (None, ""))[1] is None:
            self.written.add(delete[1])

    def close(self) -> None:
        """The act is over. What tests write by hand has no event at all, and does not count."""
        for table in self.written if self.verbs else ():
            if not self.verbs & bound()[table][0]:
                self.mistakes.append(f"{table} changed with {', '.join(sorted(self.verbs))}")


def _verbs_inserted(columns: list[str], params: Any) -> Iterator[str]:
    """The verbs of one row, of many rows after each other, or of many as arrays."""
    place, values = columns.index("verb"), list(params or ())
    for verb in values[place :: len(columns)]:
        yield from verb if isinstance(verb, list) else [verb]
