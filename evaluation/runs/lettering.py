"""The words of a chart in boxes: how wide they may be drawn, and a drawing with room for all.

A chart is laid out where it is drawn, with the fonts of the server; the words in it are drawn where
it is read, with the fonts found there. So a drawing is given room for its words in the widest of
the usual ones: widths are those of DejaVu Sans, wider than Arial, Helvetica and Liberation Sans.
"""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from math import ceil
from pathlib import Path
from xml.etree import ElementTree

WIDTHS = Path(__file__).parent / "data" / "widths.csv"
#: Height of letters over and under their line, and what an unknown letter takes, in sizes of type.
ASCENT, DESCENT, UNKNOWN = 0.95, 0.25, 1.0
#: Room between words and the edge of the drawing, in pixels.
MARGIN = 4.0

_SVG = "{http://www.w3.org/2000/svg}"
_MOVE = re.compile(r"(translate|rotate)\(([^)]*)\)")
_HEAD = re.compile(
    r'(<svg[^>]*?) width="[\d.]+" height="[\d.]+"'
    r' viewBox="0 0 (?P<width>[\d.]+) (?P<height>[\d.]+)"(?P<end>[^>]*>)'
    r'<rect width="[\d.]+" height="[\d.]+"'
)


@dataclass(frozen=True)
class Box:
    """A rectangle of the drawing, in its pixels; of ``words`` where it holds some."""

    left: float
    top: float
    right: float
    bottom: float
    words: str = ""

    def holds(self, other: "Box") -> bool:
        """Whether the other lies within."""
        return (
            self.left <= other.left
            and self.top <= other.top
            and other.right <= self.right
            and other.bottom <= self.bottom
        )


def with_room(svg: str) -> str:
    """The drawing, its edges moved out to where no words are cut."""
    head = _HEAD.search(svg)
    if head is None:
        raise ValueError("a drawing of another form")
    width, height = float(head["width"]), float(head["height"])
    boxes = [Box(MARGIN, MARGIN, width - MARGIN, height - MARGIN), *text_boxes(svg)]
    left = -ceil(MARGIN - min(box.left for box in boxes))
    top = -ceil(MARGIN - min(box.top for box in boxes))
    size = (
        ceil(max(box.right for box in boxes) + MARGIN) - left,
        ceil(max(box.bottom for box in boxes) + MARGIN) - top,
    )
    return svg.replace(
        head[0],
        f'{head[1]} width="{size[0]}" height="{size[1]}" '
        f'viewBox="{left} {top} {size[0]} {size[1]}"{head["end"]}'
        f'<rect x="{left}" y="{top}" width="{size[0]}" height="{size[1]}"',
        1,
    )


def view_box(svg: str) -> Box:
    """The part of the plane that the drawing shows."""
    left, top, width, height = map(float, ElementTree.fromstring(svg).attrib["viewBox"].split())
    return Box(left, top, left + width, top + height)


def text_boxes(svg: str) -> Iterator[Box]:
    """A box for each line of words."""
    yield from _boxes(ElementTree.fromstring(svg), (True, 0.0, 0.0))


def text_width(words: str, size: float, *, is_bold: bool = False) -> float:
    """Pixels that the words take at most, in letters of ``size`` pixels."""
    widths = _widths()[is_bold]
    return size * sum(widths.get(letter, UNKNOWN) for letter in words)


@cache
def _widths() -> tuple[dict[str, float], dict[str, float]]:
    """Width of each letter, regular and bold, in sizes of type."""
    with WIDTHS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    regular, bold = (
        {chr(int(row["code"], 16)): int(row[weight]) / 1000 for row in rows}
        for weight in ("regular", "bold")
    )
    return regular, bold


#: Where a group is drawn: upright, or turned left by a right angle, and its origin.
_Place = tuple[bool, float, float]


def _boxes(element: ElementTree.Element, place: _Place) -> Iterator[Box]:
    place = _moved(place, element.get("transform", ""))
    if element.tag == f"{_SVG}text":
        yield from _lines(element, place)
        return
    for child in element:
        yield from _boxes(child, place)


def _moved(place: _Place, transform: str) -> _Place:
    upright, x, y = place
    for kind, numbers in _MOVE.findall(transform):
        values = [float(number) for number in re.split(r"[ ,]+", numbers.strip())]
        if kind == "rotate":
            upright = upright and not values[0]
        else:
            along, down = [*values, 0.0][:2]
            x, y = (x + along, y + down) if upright else (x + down, y - along)
    return upright, x, y


def _lines(text: ElementTree.Element, place: _Place) -> Iterator[Box]:
    size = float(text.get("font-size", "11px").removesuffix("px"))
    is_bold = text.get("font-weight", "normal") in ("bold", "600", "700")
    down = 0.0
    for line in [text, *text.findall(f"{_SVG}tspan")]:
        down += float(line.get("dy", "0")) if line is not text else 0.0
        words = line.text or ""
        if words:
            yield _box(words, size, is_bold, text.get("text-anchor", "start"), down, place)


def _box(words: str, size: float, is_bold: bool, anchor: str, down: float, place: _Place) -> Box:
    upright, x, y = place
    width = text_width(words, size, is_bold=is_bold)
    start = {"start": 0.0, "middle": -width / 2, "end": -width}[anchor]
    top, bottom = down - ASCENT * size, down + DESCENT * size
    if upright:
        return Box(x + start, y + top, x + start + width, y + bottom, words)
    return Box(x + top, y - start - width, x + bottom, y - start, words)
