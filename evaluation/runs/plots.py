"""Charts that several kinds of run draw alike, in the light theme. Altair is loaded to draw."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from evaluation.runs.drawing import INK, LEAF, MUTED, PAPER

if TYPE_CHECKING:
    import altair

#: Pixels of a row: its words, and the dot under them.
ROW_HEIGHT = 38


def dots(
    rows: Iterable[Mapping[str, Any]],
    x: "altair.X",
    *,
    width: int,
    has_shapes: bool = False,
    has_zero: bool = False,
) -> Any:
    """Dots on the lines of their intervals, each under its words, one below the other.

    ``rows`` hold ``text`` and, where there is a figure, ``value``, ``low`` and ``high``; ``shape``
    with ``has_shapes``. ``has_zero`` asks for a line there, where «no difference» lies.
    """
    import altair as alt

    data = alt.Data(values=[{**row, "row": place} for place, row in enumerate(rows)])
    base = alt.Chart(data).encode(y=alt.Y("row:O", axis=None), x=x)
    dot = base.mark_point(color=LEAF, filled=True, size=70, opacity=1)
    words = base.encode(x=alt.value(0), text="text:N")
    place: dict[str, Any] = {"align": "left", "dy": -13, "fontSize": 12}
    layers = [
        base.mark_rule(color=LEAF, strokeWidth=2).encode(x="low:Q", x2="high:Q"),
        dot.encode(shape=alt.Shape("shape:N", scale=None)) if has_shapes else dot,
        words.mark_text(**place, stroke=PAPER, strokeWidth=4),  # keeps lines off the words
        words.mark_text(**place, color=INK),
    ]
    if has_zero:
        zero = alt.Chart(data).mark_rule(color=MUTED, strokeDash=[3, 3])
        layers.insert(0, zero.encode(x=alt.datum(0)))
    return alt.layer(*layers).properties(width=width, height=alt.Step(ROW_HEIGHT))


def by_section(layers: Any, sections: Sequence[str]) -> "altair.FacetChart":
    """A panel for each ``section`` of the rows, in this order, under its name."""
    import altair as alt

    header = alt.Header(
        title=None,
        orient="top",
        labelAnchor="start",
        labelFontWeight="bold",
        labelFontSize=13,
        labelColor=INK,
        labelAngle=0,
        labelAlign="left",
        labelPadding=6,
    )
    return layers.facet(row=alt.Row("section:N", sort=sections, header=header), spacing=14)
