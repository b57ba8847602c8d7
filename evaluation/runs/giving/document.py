"""A run as a document: blocks in the order in which they are read, the same for every file format.

A kind of run gives its blocks (``kinds.Page``); head and run card are the same for all. It
speaks the language that is active, and holds text only: exact numbers leave as CSV or JSON.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from evaluation.qualitative.selectors import quotations_of
from evaluation.runs.drawing import ChartView
from evaluation.runs.models import Run
from evaluation.runs.rows.selectors import first_reader
from evaluation.runs.tables import ReportColumn, ReportTable
from evaluation.studies.reading.words import Pair
from evaluation.studies.shocks import overlaps, shock_pairs
from evaluation.studies.stamps import amended, stamp_pairs
from kit.figures import date_time


@dataclass(frozen=True)
class Heading:
    """A title within the document; level 1 opens a section, 2 a part of it."""

    text: str
    level: int = 1


@dataclass(frozen=True)
class Paragraph:
    """Running text."""

    text: str


Block = Heading | Paragraph | ReportTable | ChartView


@dataclass(frozen=True)
class Handout:
    """What leaves: its title, the lines under it, and its blocks."""

    title: str
    lines: tuple[str, ...]
    blocks: tuple[Block, ...]


def document_of(run: Run, blocks: Iterable[Block]) -> Handout:
    """The run's blocks between its head and its card. The run has finished."""
    launched = _("Run %(number)s, launched on %(when)s by %(person)s") % {
        "number": run.pk,
        "when": date_time(run.requested_at),
        "person": run.requested_by.user.display_name,
    }
    card = pairs_table(_("Run card"), card_of(run))
    shocks = pairs_table(_("External shocks within its period"), shock_pairs(overlaps(run.study)))
    context = (Heading(shocks.caption), shocks) if shocks.rows else ()
    return Handout(
        title=str(run.study),
        lines=tuple(filter(None, (launched, str(run.study.wave or ""), amended(run.study)))),
        blocks=(*blocks, *context, Heading(card.caption), card),
    )


def quotations(run: Run) -> Iterator[Block]:
    """The excerpts chosen for the study, under their themes; no place smaller than a department."""
    theme = ""
    for excerpt in quotations_of(run.study):
        if not theme:
            yield Heading(_("What people said"))
        if excerpt.theme != theme:
            theme = excerpt.theme
            yield Heading(excerpt.get_theme_display(), 2)
        yield Paragraph(f"«{excerpt.text}» — {excerpt.source}")


def card_of(run: Run) -> Iterator[Pair]:
    """What is needed to find the same run again, and to work out the same numbers."""
    yield _("Study"), str(run.study)
    yield _("Short name of the study"), run.study.slug
    yield _("Hash of the study"), run.study.spec_hash
    before = ", ".join(_("Run %(number)s") % {"number": pk} for pk in run.study.finished_before)
    yield _("Runs of the wave that had finished when it was frozen"), before or _("none")
    yield from stamp_pairs(run.study)
    yield _("Launched by"), f"{run.requested_by.user.display_name}, {run.requested_by.organisation}"
    yield _("Launched at"), date_time(run.requested_at)
    yield _("Seed"), str(run.seed)
    yield _("Fingerprint of the data"), run.fingerprint
    yield from reused_pairs(run)
    yield from run.versions.items()


def reused_pairs(run: Run) -> Iterator[Pair]:
    """Which run had read these very rows from the tables, where it was an earlier one."""
    if earlier := first_reader(run):
        yield (
            _("Rows"),
            _("those that run %(number)s read; none of what it read had changed")
            % {"number": earlier},
        )


def pairs_table(caption: str, pairs: Iterable[Pair]) -> ReportTable:
    """Names and what they stand for, as a table of two columns."""
    heads = (ReportColumn(_("What"), num=False), ReportColumn(_("Value"), num=False))
    return ReportTable(caption, heads, tuple(pairs))
