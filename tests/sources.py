"""The modules of the project, for tests that read code: listed once, and parsed one at a time.

A tree of everything at once would take more memory than all else that tests hold.
"""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
#: What production runs.
PACKAGES = ("alliances", "evaluation", "fiduciary", "kit", "paap")


@cache
def modules(*folders: str) -> tuple[Path, ...]:
    """Modules without migrations, of all packages or of these folders, as paths from ``ROOT``."""
    return tuple(
        path.relative_to(ROOT)
        for folder in folders or PACKAGES
        for path in sorted((ROOT / folder).rglob("*.py"))
        if "migrations" not in path.parts
    )


@cache
def text_of(path: Path) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def tree_of(path: Path) -> ast.Module:
    return ast.parse(text_of(path))


def trees(*folders: str) -> Iterator[tuple[Path, ast.Module]]:
    """Every module with what it says."""
    return ((path, tree_of(path)) for path in modules(*folders))
