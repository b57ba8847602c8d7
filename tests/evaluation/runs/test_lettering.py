"""Every word of a chart lies within its drawing, whichever usual font it is drawn with."""

from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.utils import translation
from PIL import ImageFont

from evaluation.estimators.chaining.estimating import estimate_chaining
from evaluation.runs.chaining.drawings import draw
from evaluation.runs.chaining.results import WaveChaining
from evaluation.runs.drawing import svg_of
from evaluation.runs.impact.charts import charts
from evaluation.runs.impact.drawings import svg_of_chart
from evaluation.runs.lettering import Box, text_boxes, text_width, view_box, with_room
from tests.evaluation.estimators.synthetic import chaining_rows, chaining_spec
from tests.evaluation.runs.impact.rows import impact_spec, names_for, result

DEJAVU = Path("/usr/share/fonts/truetype/dejavu")
LANGUAGES = ("en", "es-co")


@cache
def chaining_result():
    rows = chaining_rows(alliances=60)
    return WaveChaining(
        **vars(estimate_chaining(rows, chaining_spec())), responses_in_wave=len(rows)
    )


def drawings(language: str) -> Iterator[str]:
    """Every chart of both kinds of run."""
    wave = SimpleNamespace(
        collected_from=date(2021, 3, 1), collected_until=date(2021, 12, 30), __str__=str
    )
    run = SimpleNamespace(specification={"alpha": 0.05}, study=SimpleNamespace(required_wave=wave))
    with translation.override(language):
        yield from (chart.svg for chart in draw(run, chaining_result()))
        for chart in charts(result("strong"), names_for(impact_spec())):
            yield svg_of_chart(chart, "Source: a survey with a long name, 1 Mar to 30 Dec 2021.")


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_words_are_cut(language):
    for svg in drawings(language):
        paper, boxes = view_box(svg), list(text_boxes(svg))
        assert len(boxes) > 5
        for box in boxes:
            assert paper.holds(box), (box, paper)


def test_long_words_move_the_edges_out_to_all_sides():
    import altair as alt

    words = "n = 547 " * 12
    data = alt.Data(values=[{"x": 1, "text": words}])
    base = alt.Chart(data).mark_text(align="right").encode(x="x:Q", text="text:N")
    svg = svg_of(base.properties(width=60, height=40), "Title", [words * 2])
    paper = view_box(svg)
    assert all(paper.holds(box) for box in text_boxes(svg))
    assert paper.left < 0
    assert paper.right > 500


def test_a_word_turned_on_its_side_is_measured_so():
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9" viewBox="0 0 9 9">'
        '<rect width="9" height="9"/><g transform="translate(20,300)"><text text-anchor="middle" '
        'transform="translate(5,-100) rotate(-90)" font-size="10px">kilograms</text></g></svg>'
    )
    (box,) = text_boxes(svg)
    width = text_width("kilograms", 10)
    assert (box.left, box.right) == (25 - 9.5, 25 + 2.5)
    assert (box.top, box.bottom) == pytest.approx((200 - width / 2, 200 + width / 2))
    assert view_box(with_room(svg)).holds(box)


def test_a_drawing_of_another_form_is_refused():
    with pytest.raises(ValueError, match="form"):
        with_room("<svg/>")


@pytest.mark.parametrize(("weight", "is_bold"), [("", False), ("-Bold", True)])
def test_widths_are_those_of_the_widest_font(weight, is_bold):
    if not DEJAVU.exists():
        pytest.skip("DejaVu Sans is not installed")
    font = ImageFont.truetype(DEJAVU / f"DejaVuSans{weight}.ttf", 100)
    for words in ("Producción · 53,2 % · n = 1.547", "«Años» – ¿Cuánto? − × ≤ € …"):
        measured = text_width(words, 100, is_bold=is_bold)
        assert font.getlength(words) == pytest.approx(measured, rel=0.01)


def test_a_box_holds_what_lies_within():
    assert Box(0, 0, 9, 9).holds(Box(0, 1, 9, 8))
    assert not Box(0, 0, 9, 9).holds(Box(0, 1, 9.1, 8))
