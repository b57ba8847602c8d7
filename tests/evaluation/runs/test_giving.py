"""What a finished run is given away as: files that open, hold the numbers, and name the run."""

import time
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any

import docx
import openpyxl
import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation
from PIL import Image

from alliances.models import Membership
from evaluation.models import Run
from evaluation.runs.comparing import compared
from evaluation.runs.giving import workbook
from evaluation.runs.giving.document import Handout, Heading
from evaluation.runs.giving.formats import FORMATS, written
from evaluation.runs.giving.paper import write
from evaluation.runs.giving.workbook import as_number
from evaluation.runs.hiding import result_of
from evaluation.runs.kinds import KINDS, kind_of
from evaluation.runs.services import claim_run, execute_run
from evaluation.runs.tables import ReportTable, columns
from evaluation.studies.models import StudyKind
from tests.evaluation.runs.impact.rows import impact_rows, impact_spec
from tests.evaluation.runs.impact.scene import make_impact_run, work_on
from tests.factories.alliances import make_membership
from tests.factories.evaluation import AT, make_run, make_study, make_surveyed, make_wave

pytestmark = pytest.mark.django_db
SPANISH = {"accept-language": "es-co"}


@pytest.fixture(scope="module")
def evaluator(module_rows: None) -> Membership:
    return make_membership("evaluator")


@pytest.fixture(scope="module")
def impact(evaluator: Any) -> Run:
    return work_on(make_impact_run(evaluator, impact_spec()), impact_rows(alliances=120))


@pytest.fixture(scope="module")
def chaining(evaluator: Any) -> Run:
    wave = make_wave(evaluator)
    make_surveyed(wave, evaluator, alliances=14, members=5)
    run = make_run(evaluator, make_study(evaluator, wave, bootstrap_replicates=5))
    claimed = claim_run(at=AT)
    assert claimed
    execute_run(run_id=run.pk, token=claimed.claim_token, clock=lambda: AT)
    run.refresh_from_db()
    return run


@pytest.fixture(params=[StudyKind.IMPACT, StudyKind.CHAINING])
def finished(request: pytest.FixtureRequest, impact: Run, chaining: Run) -> Run:
    return {StudyKind.IMPACT: impact, StudyKind.CHAINING: chaining}[request.param]


def texts_of(run: Run, format: str) -> Iterator[str]:
    content = written(run, format, whole=True)
    if format == "docx":
        word = docx.Document(BytesIO(content))
        yield from (paragraph.text for paragraph in word.paragraphs)
        yield from (cell.text for table in word.tables for row in table.rows for cell in row.cells)
    elif format == "xlsx":
        for sheet in openpyxl.load_workbook(BytesIO(content)):
            yield from (str(cell) for row in sheet.iter_rows(values_only=True) for cell in row)
    else:
        yield content.decode()


@pytest.mark.parametrize("format", ["docx", "xlsx", "md"])
def test_a_report_names_run_study_and_fingerprint(finished: Run, format: str) -> None:
    text = "\n".join(texts_of(finished, format))
    for expected in (finished.fingerprint, finished.study.spec_hash, str(finished.study)):
        assert expected in text


def test_the_same_run_gives_the_same_paper(impact: Run) -> None:
    start = time.perf_counter()
    once = written(impact, "pdf", whole=True)
    assert once.startswith(b"%PDF-")
    assert once == written(impact, "pdf", whole=True)
    assert time.perf_counter() - start < 60


def test_what_begins_in_a_workbook_stands_apart_from_what_is_above_it() -> None:
    table = ReportTable("Table", columns("What", "How many"), (("row", "1"),))
    handout = Handout("Title", ("Line",), (Heading("Part"), table))

    book = openpyxl.load_workbook(BytesIO(workbook.write(handout, (), ())))

    rows = book.worksheets[0].iter_rows(max_col=1, values_only=True)
    assert [cell for (cell,) in rows] == [
        "Title",
        "Line",
        None,
        "Part",
        None,
        "Table",
        "What",
        "row",
    ]


def test_tables_on_paper_begin_where_there_is_room_and_go_on_overleaf() -> None:
    rows = tuple((f"row {number}", str(number)) for number in range(22))
    tables = [ReportTable(f"Table {n}", columns("What", "How many"), rows) for n in range(3)]
    blocks = [block for table in tables for block in (Heading(table.caption), table)]

    paper = write(Handout("Three tables", (), tuple(blocks)), lambda name: None)

    assert paper.count(b"/Type /Page\n") == 2  # each on a page of its own would be three


@pytest.mark.parametrize("format", FORMATS)
def test_files_are_for_those_who_read_evaluation(
    evaluator: Any,
    outsider: Any,
    as_member: Callable[[Any], Client],
    chaining: Run,
    format: str,
) -> None:
    url = reverse("evaluation:run-report", args=[chaining.pk, format])
    answer = as_member(evaluator).get(url, headers=SPANISH)
    assert answer.headers["Content-Type"] == FORMATS[format].content_type
    assert f"corrida-{chaining.pk}.{format}" in answer.headers["Content-Disposition"]
    assert as_member(outsider).get(url).status_code == 403


def test_a_run_that_has_not_ended_gives_no_report(
    evaluator: Any, as_member: Callable[[Any], Client]
) -> None:
    run = make_run(evaluator, make_study(evaluator))
    for format in FORMATS:
        url = reverse("evaluation:run-report", args=[run.pk, format])
        assert as_member(evaluator).get(url).status_code == 404


def test_every_number_leaves_at_full_precision(finished: Run) -> None:
    kind = kind_of(finished)
    book = openpyxl.load_workbook(BytesIO(written(finished, "xlsx", whole=True)))
    head, *rows = book.worksheets[1].iter_rows(values_only=True)
    expected = [
        tuple(row.get(name) for name in kind.export.HEADINGS)
        for row in kind.export.long_rows(result_of(finished, whole=True))
    ]
    assert head == kind.export.HEADINGS
    assert len(rows) == len(expected)
    for row, wanted in zip(rows, expected, strict=True):
        numbers = [value for value in wanted if isinstance(value, int | float)]
        assert [cell for cell in row if isinstance(cell, int | float)] == pytest.approx(
            numbers, rel=1e-12
        )


@pytest.mark.parametrize(
    ("text", "value", "shape"),
    [
        ("$\xa08.313.960", 8313960, '"$ "#,##0'),
        ("−$\xa046.928", -46928, '"$ "#,##0'),
        ("0,487", "0.487", "#,##0.000"),
        ("−0,003", "-0.003", "#,##0.000"),
        ("65\xa0%", "0.65", "0%"),
        ("1.126", 1126, "#,##0"),
        ("227 a 354", None, ""),
        ("0,487 (0,432)", None, ""),
        ("–", None, ""),
        ("2023-1", None, ""),
        ("=HYPERLINK(1)", None, ""),
    ],
)
def test_figures_are_numbers_in_a_workbook(text: str, value: Any, shape: str) -> None:
    with translation.override("es-co"):
        found, told = as_number(text)
    assert told == shape
    assert (
        str(found) == ("'" if text.startswith("=") else "") + text
        if value is None
        else (float(str(found)) == float(value))
    )


def test_a_chart_leaves_as_png_too(
    evaluator: Any, as_member: Callable[[Any], Client], chaining: Run
) -> None:
    args = [chaining.pk, "shares", "es", "light", "png"]
    answer = as_member(evaluator).get(reverse("evaluation:run-drawing", args=args))
    assert answer.headers["Content-Type"] == "image/png"
    assert Image.open(BytesIO(answer.content)).width > 600


def test_every_kind_has_a_document() -> None:
    assert {kind for kind, row in KINDS.items() if row.page.blocks and row.export.KEYS} == set(
        KINDS
    )


# -- Side by side ---------------------------------------------------------------------------------
def test_a_run_compared_with_its_repetition_differs_in_nothing(evaluator: Any, impact: Run) -> None:
    again = make_impact_run(evaluator, impact_spec(), impact.study.wave)
    comparison = compared(
        impact, work_on(again, impact_rows(alliances=120), charts=False), whole=True
    )
    assert (comparison.differ, comparison.alone) == (0, 0)
    assert comparison.same > 100


def test_what_was_asked_and_found_otherwise_stands_side_by_side(
    evaluator: Any, as_member: Callable[[Any], Client], impact: Run
) -> None:
    wave = impact.study.wave
    other = make_impact_run(evaluator, impact_spec(exclusions=()), wave)
    work_on(other, impact_rows(alliances=120), charts=False)

    url = reverse("evaluation:run-compare", args=[impact.pk])
    page = as_member(evaluator).get(url, {"other": other.pk}).content.decode()

    comparison = compared(impact, other, whole=True)
    assert comparison.differ > 0
    assert comparison.questions.rows[0][0] in page
    first = comparison.found.rows[0]
    assert first[0] in page
    assert first[1] != first[2]
    tally = f"Numbers that agree: {comparison.same:,}; that differ: {comparison.differ:,}"
    assert tally in page
