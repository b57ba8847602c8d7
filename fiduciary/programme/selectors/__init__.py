"""Reads of the programme: what the database adds up, and what of it is shown."""

from fiduciary.programme.selectors.shown import (
    Figure,
    Place,
    Programme,
    ProgrammeTable,
    can_read_programme,
    forget,
    programme_at,
)

__all__ = [
    "Figure",
    "Place",
    "Programme",
    "ProgrammeTable",
    "can_read_programme",
    "forget",
    "programme_at",
]
