"""The stored charts of a run as pictures: drawn once as SVG, given away as SVG or PNG."""

from collections.abc import Callable
from functools import partial

from evaluation.runs.models import Run
from evaluation.runs.services import drawings_of

#: The PNG of the chart of that name; None where the run stored none.
Picture = Callable[[str], bytes | None]
#: Pixels a point of the drawing: sharp on paper.
SCALE = 2.0


def png_of(svg: str) -> bytes:
    """The drawing as PNG."""
    import vl_convert

    png: bytes = vl_convert.svg_to_png(svg, scale=SCALE)
    return png


def pictures_of(run: Run, language: str) -> Picture:
    """The charts of a run in one language, for paper."""
    drawings = drawings_of(run).filter(language=language, theme="light")
    return partial(_picture, dict(drawings.values_list("name", "svg")))


def _picture(drawings: dict[str, str], name: str) -> bytes | None:
    return png_of(drawings[name]) if name in drawings else None
