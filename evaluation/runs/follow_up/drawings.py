"""The charts of a follow-up run: survival steps with bands, and outcomes with intervals."""

from collections.abc import Iterator
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from evaluation.estimators.results import Estimate, Interval, NotEstimable
from evaluation.estimators.survival.results import SurvivalCurve
from evaluation.runs.drawing import LEAF, Drawn, svg_of
from evaluation.runs.follow_up.results import FUND, FollowUpResult, Lifetimes
from evaluation.runs.follow_up.words import OUTCOMES, group_label
from evaluation.runs.models import Run
from evaluation.runs.plots import by_section, dots
from evaluation.studies.follow_up_spec import FollowUpSpec
from evaluation.studies.reading.follow_up import GROUPS
from kit.figures import number, percent

WIDTH, HEIGHT = 420, 130


def chart_titles(result: FollowUpResult) -> dict[str, str]:
    """Every chart of a result, by name."""
    curves = {
        f"survival-{row.group_by or 'all'}": _survival_title(row)
        for row in result.lifetimes
        if any(isinstance(line.curve, SurvivalCurve) for line in row.curves)
    }
    looks = {"looks": _("What stands after closing")}
    return (looks if _points(result) else {}) | curves


def draw(run: Run, result: FollowUpResult) -> Iterator[Drawn]:
    """The charts, in the language that is active."""
    spec = FollowUpSpec.from_data(run.specification)
    titles = chart_titles(result)
    source = [
        _("%(n)s alliances that closed · intervals of %(level)s")
        % {"n": number(result.funnel.closed), "level": percent(spec.level / 100)},
        _("Source: stored rows until %(day)s.")
        % {"day": date_format(spec.reference_on, "DATE_FORMAT")},
    ]
    if "looks" in titles:
        yield Drawn("looks", svg_of(_looks(result), titles["looks"], source))
    for row in result.lifetimes:
        name = f"survival-{row.group_by or 'all'}"
        if name in titles:
            yield Drawn(name, svg_of(_curves(row), titles[name], source))


def _survival_title(row: Lifetimes) -> str:
    if not row.group_by:
        return _("How long alliances go on after closing")
    return _("How long they go on: %(group)s") % {"group": str(GROUPS[row.group_by]).lower()}


def _points(result: FollowUpResult) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for look in result.looks:
        if look.outcome != FUND and isinstance(look.estimate, Estimate):
            words = _("%(outcome)s · %(months)s months · %(share)s · n = %(n)s") % {
                "outcome": OUTCOMES[look.outcome],
                "months": number(look.months),
                "share": percent(look.estimate.value),
                "n": number(look.n),
            }
            rows.append(
                {
                    "text": words,
                    "value": 100 * look.estimate.value,
                    **_ends(look.estimate.interval),
                }
            )
    return rows


def _ends(interval: Interval | NotEstimable) -> dict[str, float]:
    if isinstance(interval, NotEstimable):
        return {}
    return {"low": 100 * interval.low, "high": 100 * interval.high}


def _looks(result: FollowUpResult) -> Any:
    import altair as alt

    x = alt.X("value:Q", title=_("Share (%)"), scale=alt.Scale(domain=[0, 100]))
    return dots(_points(result), x, width=WIDTH)


def _curves(row: Lifetimes) -> Any:
    """A panel for each group: steps, and the band of the interval at each moment."""
    import altair as alt

    values = [
        point
        for line in row.curves
        if isinstance(line.curve, SurvivalCurve)
        for point in _steps(line.curve, _heading(row.group_by, line.group, line.curve))
    ]
    base = alt.Chart().encode(
        x=alt.X("at:Q", title=_("Months since closing"), scale=alt.Scale(nice=False))
    )
    y = alt.Y("share:Q", title=_("Going on (%)"), scale=alt.Scale(domain=[0, 100]))
    layers = alt.layer(
        base.mark_area(color=LEAF, opacity=0.25, interpolate="step-after").encode(
            y=alt.Y("low:Q", title=_("Going on (%)")), y2="high:Q"
        ),
        base.mark_line(color=LEAF, interpolate="step-after", strokeWidth=2).encode(y=y),
        data=alt.Data(values=values),
    ).properties(width=WIDTH, height=HEIGHT)
    return by_section(layers, list(dict.fromkeys(point["section"] for point in values)))


def _heading(group_by: str, group: str, curve: SurvivalCurve) -> str:
    return _("%(group)s: %(n)s closed, %(ended)s broke up") % {
        "group": group_label(group_by, group),
        "n": number(curve.n),
        "ended": number(curve.ended),
    }


def _steps(curve: SurvivalCurve, section: str) -> Iterator[dict[str, Any]]:
    """From 100 % at closing to the longest time seen."""
    last: dict[str, Any] = {"section": section, "share": 100.0, "low": 100.0, "high": 100.0}
    yield {**last, "at": 0.0}
    for step in curve.steps:
        share = 100 * step.share
        last = {"section": section, "share": share, "low": share, "high": share}
        last |= _ends(step.interval)
        yield {**last, "at": step.at}
    yield {**last, "at": curve.until}
