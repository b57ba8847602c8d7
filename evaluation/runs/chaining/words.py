"""A chaining result in words: labels, figures and the plain paragraph. Pure.

It speaks the language that is active, says «association» and never «effect», and names unit,
interval and number of alliances.
"""

from collections.abc import Sequence
from dataclasses import asdict
from functools import partial

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from evaluation.estimators.chaining.results import (
    AdjustedDifference,
    ChainingFunnel,
    Comparison,
    Dimension,
)
from evaluation.estimators.chaining.spec import DimensionName, LevelName, OutcomeName
from evaluation.estimators.results import Estimate, Interval, NotEstimable
from evaluation.runs.chaining.results import WaveChaining
from evaluation.runs.words import interval_words, why
from kit.figures import cop, count, number, percent

DIMENSIONS: dict[DimensionName, Promise] = {
    "producers_organisation": gettext_lazy("Producers and their organisation"),
    "organisation_ally": gettext_lazy("Organisation and ally"),
    "both": gettext_lazy("Both links together (mean of the two)"),
}
LEVELS: dict[LevelName, Promise] = {
    "low": pgettext_lazy("chaining level", "Low"),
    "medium": pgettext_lazy("chaining level", "Medium"),
    "high": pgettext_lazy("chaining level", "High"),
}
OUTCOMES: dict[OutcomeName, Promise] = {
    "income_improved": gettext_lazy("Income improved"),
    "income_change_cop": gettext_lazy("Change of yearly income"),
    "wellbeing": gettext_lazy("Household better off"),
}
COMPARISONS: dict[Comparison, Promise] = {
    "high_vs_low": gettext_lazy("High against low"),
    "medium_vs_low": gettext_lazy("Medium against low"),
    "high_vs_rest": gettext_lazy("High against the rest"),
}
AMOUNT = "income_change_cop"


def figure(value: float, outcome: str, *, points: bool = False) -> str:
    """A value of an outcome: pesos, a share, or percentage points when it is a difference."""
    if outcome == AMOUNT:
        return cop(value)
    if points:
        return _("%(value)s points") % {"value": number(100 * value, 1)}
    return percent(value)


def interval(ends: Interval | NotEstimable, outcome: str, *, points: bool = False) -> str:
    """«48 % to 58 %», or why there is none."""
    if isinstance(ends, NotEstimable):
        return why(ends)
    if points and outcome != AMOUNT:
        return interval_words(ends, lambda value: number(100 * value, 1))
    return interval_words(ends, partial(figure, outcome=outcome))


# -- The paragraph ---------------------------------------------------------------------------------


def paragraphs(result: WaveChaining, *, alpha: float) -> list[str]:
    """What was found, from rules: nobody writes it by hand, so it says what the numbers say."""
    named = {item.name: item for item in result.dimensions}
    return [
        _sample(result.funnel),
        _dimension(named["producers_organisation"], alpha),
        _dimension(named["organisation_ally"], alpha),
        _(
            "These are associations, not effects: those who are better linked may differ in other "
            "ways. The index and its cut points are our own; the published ones were never printed."
        ),
    ]


def _sample(funnel: ChainingFunnel) -> str:
    return _(
        "Of %(surveyed)s producers surveyed in alliances that reached execution, %(analysed)s "
        "answered enough to be placed (alliances: %(alliances)s; departments: %(departments)s)."
    ) % {name: count(value) for name, value in asdict(funnel).items()}


def _dimension(dimension: Dimension, alpha: float) -> str:
    shares = {row.level: row.share for row in dimension.levels}
    name = DIMENSIONS[dimension.name]
    absent = [share for share in shares.values() if isinstance(share, NotEstimable)]
    if any(share.reason == "small_cell" for share in absent):
        return _(
            "%(link)s: one of the levels has so few producers or alliances that it is hidden."
        ) % {"link": name}
    if absent:
        return _("%(link)s: nobody could be placed.") % {"link": name}
    there = {level: share for level, share in shares.items() if isinstance(share, Estimate)}
    written: dict[str, str] = {level: percent(share.value) for level, share in there.items()}
    sentence = _(
        "%(link)s: %(high)s high (interval %(interval)s), %(medium)s medium and %(low)s low."
    ) % {"link": name, "interval": interval(there["high"].interval, "share"), **written}
    return " ".join([sentence, *_comparisons(dimension.differences, alpha)])


def _comparisons(differences: Sequence[AdjustedDifference], alpha: float) -> list[str]:
    """High against low in each outcome; one sentence when none can be compared for one reason."""
    chosen = [
        row for row in differences if row.comparison == "high_vs_low" and not row.department_effects
    ]
    reasons = {
        why(row.estimate) if isinstance(row.estimate, NotEstimable) else "" for row in chosen
    }
    if len(reasons) == 1 and "" not in reasons:
        (reason,) = reasons
        return [_("The high level cannot be compared with the low one: %(why)s.") % {"why": reason}]
    return [_difference(row, alpha) for row in chosen]


def _difference(row: AdjustedDifference, alpha: float) -> str:
    outcome, estimate = OUTCOMES[row.outcome], row.estimate
    if isinstance(estimate, NotEstimable):
        return _("%(outcome)s: high and low cannot be compared, because %(reason)s.") % {
            "outcome": outcome,
            "reason": why(estimate),
        }
    facts = {
        "outcome": outcome,
        "value": figure(abs(estimate.value), row.outcome, points=True),
        "interval": interval(estimate.interval, row.outcome, points=True),
    }
    if isinstance(row.test, NotEstimable) or row.test.p_value >= alpha:
        sentence = _(
            "%(outcome)s: the difference of %(value)s between the high level and the low one "
            "(interval %(interval)s) cannot be told from chance."
        )
    elif estimate.value > 0:
        sentence = _(
            "%(outcome)s: the high level is %(value)s above the low one (interval %(interval)s)."
        )
    else:
        sentence = _(
            "%(outcome)s: the high level is %(value)s below the low one (interval %(interval)s)."
        )
    return sentence % facts
