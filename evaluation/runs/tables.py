"""A table of text, as every report of a run shows it. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ReportColumn:
    """A heading; numbers are set to the right."""

    label: str
    num: bool = True


@dataclass(frozen=True)
class ReportTable:
    """A table of text. The first cell of each row names it."""

    caption: str
    columns: tuple[ReportColumn, ...]
    rows: tuple[tuple[str, ...], ...]


def columns(first: str, *others: str) -> tuple[ReportColumn, ...]:
    """A column of names and columns of numbers."""
    return (ReportColumn(first, num=False), *(ReportColumn(label) for label in others))
