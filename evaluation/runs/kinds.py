"""The kinds of run, a row each. Queue, progress, pages, downloads and API know only this table.

A kind is a package of ``runs`` named by its code: ``page``, ``export``, ``drawings``, and ``work``,
whose data frames a page must not pay for: it is imported when somebody works.
"""

import platform
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import version
from typing import Any, Generic, Protocol, TypeVar, cast

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from evaluation.runs.chaining import drawings as chaining_drawings
from evaluation.runs.chaining import export as chaining_export
from evaluation.runs.chaining import hiding as chaining_hiding
from evaluation.runs.chaining import page as chaining_page
from evaluation.runs.chaining import results as chaining_results
from evaluation.runs.drawing import Drawn
from evaluation.runs.follow_up import drawings as follow_up_drawings
from evaluation.runs.follow_up import export as follow_up_export
from evaluation.runs.follow_up import page as follow_up_page
from evaluation.runs.follow_up import results as follow_up_results
from evaluation.runs.giving.document import Block
from evaluation.runs.impact import drawings as impact_drawings
from evaluation.runs.impact import export as impact_export
from evaluation.runs.impact import hiding as impact_hiding
from evaluation.runs.impact import page as impact_page
from evaluation.runs.impact import results as impact_results
from evaluation.runs.jobs import Parts, Prepared
from evaluation.runs.models import Run
from evaluation.runs.operations import drawings as operations_drawings
from evaluation.runs.operations import export as operations_export
from evaluation.runs.operations import hiding as operations_hiding
from evaluation.runs.operations import page as operations_page
from evaluation.runs.operations import results as operations_results
from evaluation.runs.perception import drawings as perception_drawings
from evaluation.runs.perception import export as perception_export
from evaluation.runs.perception import page as perception_page
from evaluation.runs.perception import results as perception_results
from evaluation.runs.table import PHASES
from evaluation.studies.models import StudyKind

Row = dict[str, Any]
R = TypeVar("R")
ReadR = TypeVar("ReadR", covariant=True)
ShownR = TypeVar("ShownR", contravariant=True)
#: Whatever may change a number when it changes.
PACKAGES = ("numpy", "pandas", "scipy", "statsmodels")


class Worker(Protocol):
    """The module of a kind that only workers import."""

    def prepare(self, run: Run) -> Prepared:
        """Read the rows of a run. ValueError means that they do not fit the method."""


class Results(Protocol[ReadR]):
    """A result as the dataclasses that its estimators answered."""

    def result_of(self, parts: Parts) -> ReadR | None:
        """The parts that are stored, typed; None before the first that can be shown."""


class Hiding(Protocol[R]):
    """A result for readers who do not evaluate."""

    def hidden(self, result: R, threshold: int) -> R:
        """The same without what would tell of fewer people or alliances than the threshold."""

    def to_parts(self, result: R) -> Parts:
        """Inverse of ``result_of``, for programs."""


class Page(Protocol[ShownR]):
    """A result for whoever reads it."""

    def findings(self, run: Run, result: ShownR) -> Row:
        """The context of the kind's template."""

    def blocks(self, run: Run, result: ShownR) -> Iterator[Block]:
        """The result to take away; the run has succeeded."""


class Export(Protocol[ShownR]):
    """A result for programs: ``KEYS`` are the ``HEADINGS`` that say which number a row holds."""

    @property
    def KEYS(self) -> tuple[str, ...]: ...
    @property
    def HEADINGS(self) -> tuple[str, ...]: ...

    def headline(self, result: ShownR) -> list[Row]:
        """Its main numbers."""

    def long_rows(self, result: ShownR) -> Iterator[Row]:
        """A row a number, by some of the headings."""


class Drawings(Protocol[ShownR]):
    """The charts of a result."""

    def draw(self, run: Run, result: ShownR) -> Iterator[Drawn]:
        """Each of them, in the language that is active."""


@dataclass(frozen=True)
class RunKind(Generic[R]):
    """One row of the table; its modules speak of one type of result.

    method: raised by one whenever the same inputs may give other numbers than before. phases:
    words by code, in order, besides reading and storing. hiding: None where the worker hides.
    replica: the module of its replication kit, if any.
    """

    code: StudyKind
    method: int
    phases: dict[str, Promise]
    results: Results[R]
    page: Page[R]
    export: Export[R]
    drawings: Drawings[R]
    hiding: Hiding[R] | None = None
    replica: str = ""

    @property
    def template(self) -> str:
        """What shows the findings of its page."""
        return f"evaluation/runs/{self.code}/_findings.html"

    def load_worker(self) -> Worker:
        """The module that does the work, with all that it imports."""
        return cast(Worker, import_module(f"evaluation.runs.{self.code}.work"))

    def versions(self) -> dict[str, str]:
        """What its numbers are worked out with, here and now."""
        packages = {name: version(name) for name in PACKAGES}
        return {"method": str(self.method), "python": platform.python_version(), **packages}

    def phase_words(self, phase: str) -> Promise | str:
        """What is being done, in words."""
        return (PHASES | self.phases).get(phase, "")


KINDS: dict[str, RunKind[Any]] = {
    kind.code: kind
    for kind in (
        RunKind(
            code=StudyKind.CHAINING,
            method=2,
            phases={
                "index": _("Building the indices"),
                "shares": _("Shares and outcomes by level"),
                "models": _("Adjusted differences"),
            },
            results=chaining_results,
            page=chaining_page,
            export=chaining_export,
            drawings=chaining_drawings,
            hiding=chaining_hiding,
        ),
        RunKind(
            code=StudyKind.IMPACT,
            method=3,
            phases={
                "headline": _("Estimating the effects"),
                "scores": _("Looking at how scores were given"),
                "balance": _("Comparing both sides of the cut-off"),
                "settings": _("Estimating under other settings"),
                "departments": _("Estimating without each department"),
            },
            results=impact_results,
            page=impact_page,
            export=impact_export,
            drawings=impact_drawings,
            hiding=impact_hiding,
            replica="evaluation.runs.impact.replica",
        ),
        RunKind(
            code=StudyKind.OPERATIONS,
            method=1,
            phases={
                "headline": _("Counting the main figures"),
                "times": _("Counting how long each step takes"),
                "people": _("Counting actors and returns"),
                "money": _("Counting payments and contributions"),
                "field": _("Counting visits and ruptures"),
            },
            results=operations_results,
            page=operations_page,
            export=operations_export,
            drawings=operations_drawings,
            hiding=operations_hiding,
        ),
        RunKind(
            code=StudyKind.PERCEPTION,
            method=1,
            phases={
                "overall": _("Shares of everybody"),
                "groups": _("Shares by group"),
                "comparisons": _("Comparing the groups"),
            },
            results=perception_results,
            page=perception_page,
            export=perception_export,
            drawings=perception_drawings,
        ),
        RunKind(
            code=StudyKind.FOLLOW_UP,
            method=1,
            phases={
                "looks": _("Looking at all alliances"),
                "survival": _("How long alliances go on"),
                "groups": _("Shares by group"),
            },
            results=follow_up_results,
            page=follow_up_page,
            export=follow_up_export,
            drawings=follow_up_drawings,
        ),
    )
}


def kind_of(run: Run) -> RunKind[Any]:
    """The row of the table that a run belongs to."""
    return KINDS[run.kind]
