"""An impact result for other programs: the headline, and one long table of every number. Pure."""

from collections.abc import Iterator
from typing import Any

from evaluation.estimators.results import NotEstimable
from evaluation.runs.impact.results import Found, result_of
from evaluation.runs.jobs import Parts

HEADINGS = (
    "table", "outcome", "change", "coef_conventional", "se_conventional", "pv_conventional",
    "coef_bias_corrected", "se_robust", "pv_robust", "ci_low", "ci_high", "h_left", "h_right",
    "n_left", "n_right", "not_estimable",
)  # fmt: skip


def headline(parts: Parts) -> list[dict[str, Any]]:
    """One row an outcome, as evaluations are printed; [] before there is one."""
    found = result_of(parts).headline
    return [
        {"outcome": row.outcome, **_numbers(row.found)} for row in (found.rows if found else ())
    ]


def _numbers(found: Found) -> dict[str, Any]:
    if isinstance(found, NotEstimable):
        return {"not_estimable": found.reason, "detail": found.detail}
    return {
        "coef_conventional": found.coef_conventional,
        "se_conventional": found.se_conventional,
        "pv_robust": found.pv_robust,
        "ci_robust": list(found.ci_robust),
        "n": sum(found.n),
        "h": list(found.h),
    }


def long_rows(parts: Parts) -> Iterator[dict[str, Any]]:
    """Every estimate of the result; the keys are some of ``HEADINGS``."""
    result = result_of(parts)
    for row in result.headline.rows if result.headline else ():
        yield {"table": "headline", "outcome": row.outcome, **_long(row.found)}


def _long(found: Found) -> dict[str, Any]:
    if isinstance(found, NotEstimable):
        return {"not_estimable": found.reason}
    pairs = {"ci": ("low", "high"), "h": ("left", "right"), "n": ("left", "right")}
    values = {"ci": found.ci_robust, "h": found.h, "n": found.n}
    flat = {
        f"{name}_{end}": value
        for name, ends in pairs.items()
        for end, value in zip(ends, values[name], strict=True)
    }
    plain = {name: getattr(found, name) for name in HEADINGS[3:9]}
    return plain | flat
