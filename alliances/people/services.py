"""How forms and files name an organisation. The register itself is written by the room above."""

from dataclasses import dataclass
from datetime import date

from kit.cells import Unreadable
from kit.errors import DomainError
from kit.identifiers import nit as read_nit


@dataclass(frozen=True)
class Party:
    """An organisation as a form or a file names it; ``nit`` in any spelling, or empty."""

    name: str
    nit: str = ""
    founded_on: date | None = None


class InvalidNit(DomainError):
    """The tax number cannot be read, lacks its check digit or has another one."""


def stored_nit(nit: str) -> str:
    """The tax number as it is stored; empty stays empty. Raises InvalidNit."""
    if not nit.strip():
        return ""
    try:
        return read_nit(nit)
    except Unreadable as problem:
        raise InvalidNit(str(problem)) from problem
