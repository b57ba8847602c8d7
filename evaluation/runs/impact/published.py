"""The published figures that ours are set beside: ``data/published.csv``. Pure."""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

_FILE = Path(__file__).parent / "data" / "published.csv"
#: Where each figure of the file was printed.
SOURCES: dict[str, Promise] = {
    "phase3_residuals": _("Evaluation of phase 3, by residuals, without three departments"),
}


@dataclass(frozen=True)
class Published:
    """One row of a published Table 1, in the unit of the outcome."""

    estimate: float
    se: float
    p: float
    n: int
    source: str


@cache
def _rows() -> dict[tuple[str, bool], Published]:
    with _FILE.open(encoding="utf-8") as file:
        return {
            (row["outcome"], row["standardised"] == "1"): Published(
                float(row["estimate"]),
                float(row["se"]),
                float(row["p"]),
                int(row["n"]),
                row["source"],
            )
            for row in csv.DictReader(file)
        }


def published(outcome: str, *, is_standardised: bool) -> Published | None:
    """What was published of an outcome in the same unit, None where nothing was."""
    return _rows().get((outcome, is_standardised))
