"""The kinds of run, a row each. Queue, progress, pages, downloads and API know only this table.

A kind owns its specification (``evaluation.studies.specs``), its rows and jobs (``worker``), the
names of its phases, its page and its export. Data frames are for workers: a page that reads this
table must not pay for them, so ``worker`` is a name until somebody works.
"""

import platform
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import version
from typing import Any, Protocol, cast

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from evaluation.runs.chaining import export as chaining_export
from evaluation.runs.chaining import page as chaining_page
from evaluation.runs.drawing import Drawn
from evaluation.runs.follow_up import export as follow_up_export
from evaluation.runs.follow_up import page as follow_up_page
from evaluation.runs.giving.document import Block
from evaluation.runs.impact import export as impact_export
from evaluation.runs.impact import page as impact_page
from evaluation.runs.jobs import Parts, Prepared
from evaluation.runs.models import Run
from evaluation.runs.operations import export as operations_export
from evaluation.runs.operations import page as operations_page
from evaluation.runs.perception import export as perception_export
from evaluation.runs.perception import page as perception_page
from evaluation.runs.table import PHASES
from evaluation.studies.models import StudyKind

Row = dict[str, Any]
#: Whatever may change a number when it changes.
PACKAGES = ("numpy", "pandas", "scipy", "statsmodels")


class Worker(Protocol):
    """The module of a kind that only workers import."""

    def prepare(self, run: Run) -> Prepared:
        """Read the rows of a run. ValueError means that they do not fit the method."""

    def draw(self, run: Run, parts: Parts) -> Iterator[Drawn]:
        """Its charts, in the language that is active."""


@dataclass(frozen=True)
class RunKind:
    """One row of the table.

    method: raised by one whenever the same inputs may give other numbers than before. phases:
    words by code, in order, besides reading and storing. packages: those whose version may change
    a number. findings: the context of ``template`` from the parts there are, {} before the first
    that can be shown. headline: its main numbers, for programs. long_rows: a row a number, by
    some of ``headings``, for CSV; ``keys`` are those that say which number it is. blocks: the
    result to read, for whoever takes it away; it has succeeded.
    some of ``headings``, for CSV. replica: the module of its replication kit, if any.
    """

    code: StudyKind
    method: int
    worker: str
    packages: tuple[str, ...]
    phases: dict[str, Promise]
    template: str
    findings: Callable[[Run, Parts], Row]
    headline: Callable[[Parts], list[Row]]
    headings: tuple[str, ...]
    long_rows: Callable[[Parts], Iterator[Row]]
    keys: tuple[str, ...]
    blocks: Callable[[Run, Parts], Iterator[Block]]
    replica: str = ""

    def load_worker(self) -> Worker:
        """The module that does the work, with all that it imports."""
        return cast(Worker, import_module(self.worker))

    def versions(self) -> dict[str, str]:
        """What its numbers are worked out with, here and now."""
        packages = {name: version(name) for name in self.packages}
        return {"method": str(self.method), "python": platform.python_version(), **packages}

    def phase_words(self, phase: str) -> Promise | str:
        """What is being done, in words."""
        return (PHASES | self.phases).get(phase, "")


KINDS: dict[str, RunKind] = {
    kind.code: kind
    for kind in (
        RunKind(
            code=StudyKind.CHAINING,
            method=2,
            worker="evaluation.runs.chaining.work",
            packages=PACKAGES,
            phases={
                "index": _("Building the indices"),
                "shares": _("Shares and outcomes by level"),
                "models": _("Adjusted differences"),
            },
            template="evaluation/runs/chaining/_findings.html",
            findings=chaining_page.findings,
            headline=chaining_export.headline,
            headings=chaining_export.HEADINGS,
            long_rows=chaining_export.long_rows,
            keys=chaining_export.HEADINGS[:6],
            blocks=chaining_page.blocks,
        ),
        RunKind(
            code=StudyKind.IMPACT,
            method=3,
            worker="evaluation.runs.impact.work",
            packages=PACKAGES,
            phases={
                "headline": _("Estimating the effects"),
                "scores": _("Looking at how scores were given"),
                "balance": _("Comparing both sides of the cut-off"),
                "settings": _("Estimating under other settings"),
                "departments": _("Estimating without each department"),
            },
            template="evaluation/runs/impact/_findings.html",
            findings=impact_page.findings,
            headline=impact_export.headline,
            headings=impact_export.HEADINGS,
            long_rows=impact_export.long_rows,
            keys=impact_export.HEADINGS[:3],
            blocks=impact_page.blocks,
            replica="evaluation.runs.impact.replica",
        ),
        RunKind(
            code=StudyKind.OPERATIONS,
            method=1,
            worker="evaluation.runs.operations.work",
            packages=PACKAGES,
            phases={
                "headline": _("Counting the main figures"),
                "times": _("Counting how long each step takes"),
                "people": _("Counting actors and returns"),
                "money": _("Counting payments and contributions"),
                "field": _("Counting visits and ruptures"),
            },
            template="evaluation/runs/operations/_findings.html",
            findings=operations_page.findings,
            headline=operations_export.headline,
            headings=operations_export.HEADINGS,
            long_rows=operations_export.long_rows,
            keys=operations_export.KEYS,
            blocks=operations_page.blocks,
        ),
        RunKind(
            code=StudyKind.PERCEPTION,
            method=1,
            worker="evaluation.runs.perception.work",
            packages=PACKAGES,
            phases={
                "overall": _("Shares of everybody"),
                "groups": _("Shares by group"),
                "comparisons": _("Comparing the groups"),
            },
            template="evaluation/runs/perception/_findings.html",
            findings=perception_page.findings,
            headline=perception_export.headline,
            headings=perception_export.HEADINGS,
            long_rows=perception_export.long_rows,
            keys=perception_export.HEADINGS[:5],
            blocks=perception_page.blocks,
        ),
        RunKind(
            code=StudyKind.FOLLOW_UP,
            method=1,
            worker="evaluation.runs.follow_up.work",
            packages=PACKAGES,
            phases={
                "looks": _("Looking at all alliances"),
                "survival": _("How long alliances go on"),
                "groups": _("Shares by group"),
            },
            template="evaluation/runs/follow_up/_findings.html",
            findings=follow_up_page.findings,
            headline=follow_up_export.headline,
            headings=follow_up_export.HEADINGS,
            long_rows=follow_up_export.long_rows,
            keys=follow_up_export.HEADINGS[:5],
            blocks=follow_up_page.blocks,
        ),
    )
}


def kind_of(run: Run) -> RunKind:
    """The row of the table that a run belongs to."""
    return KINDS[run.kind]
