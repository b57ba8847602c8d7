"""The order in which every service takes its locks: the alliance before anything that hangs on it.

Two acts that lock the same rows in another order wait for each other until PostgreSQL ends one.
"""

import re
from collections.abc import Callable
from typing import Any

ALLIANCE = "alliances_alliance"
_LOCK = re.compile(r'FROM "(\w+)".* FOR (?:NO KEY )?UPDATE', re.DOTALL)


class LockOrder:
    """Reads the statements of a test; an outermost savepoint is one act."""

    def __init__(self) -> None:
        self.depth = 0
        self.outside = 0  # savepoints around all acts: a test that works as another role
        self.locked: list[str] = []
        self.mistakes: list[str] = []

    def __call__(
        self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any
    ) -> Any:
        text = sql if isinstance(sql, str) else ""  # a composed statement locks nothing here
        if text.startswith("SAVEPOINT"):
            if self.depth == self.outside:
                self.locked = []
            self.depth += 1
        elif text.startswith(("RELEASE SAVEPOINT", "ROLLBACK TO SAVEPOINT")):
            # Django releases a savepoint also after rolling back to it.
            self.depth -= text.startswith("RELEASE")
        elif text.startswith(("SET LOCAL ROLE", "RESET ROLE")):
            self.outside = self.depth if text.startswith("SET") else 0
        elif match := _LOCK.search(text):
            self.note(match[1])
        return execute(sql, params, many, context)

    def note(self, table: str) -> None:
        """A row of this table is locked now."""
        if table == ALLIANCE and self.locked and ALLIANCE not in self.locked:
            self.mistakes.append(f"{', '.join(self.locked)} before {ALLIANCE}")
        self.locked.append(table)
