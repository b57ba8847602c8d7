"""A chaining result in words: labels, figures, reasons and the plain paragraph. Pure.

It speaks the language that is active, says «association» and never «effect», and names unit,
interval and number of alliances.
"""

from collections.abc import Mapping
from typing import Any

from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _

Data = Mapping[str, Any]

DIMENSIONS: dict[str, Promise] = {
    "producers_organisation": gettext_lazy("Producers and their organisation"),
    "organisation_ally": gettext_lazy("Organisation and ally"),
    "both": gettext_lazy("Both links together (mean of the two)"),
}
LEVELS: dict[str, Promise] = {
    "low": pgettext_lazy("chaining level", "Low"),
    "medium": pgettext_lazy("chaining level", "Medium"),
    "high": pgettext_lazy("chaining level", "High"),
}
OUTCOMES: dict[str, Promise] = {
    "income_improved": gettext_lazy("Income improved"),
    "income_change_cop": gettext_lazy("Change of yearly income"),
    "wellbeing": gettext_lazy("Household better off"),
}
COMPARISONS: dict[str, Promise] = {
    "high_vs_low": gettext_lazy("High against low"),
    "medium_vs_low": gettext_lazy("Medium against low"),
    "high_vs_rest": gettext_lazy("High against the rest"),
}
AMOUNT = "income_change_cop"


# -- Figures -------------------------------------------------------------------------------------


def number(value: float, decimals: int = 0) -> str:
    """A number with the marks of the active language."""
    rounded = round(value, decimals) + 0.0  # no minus before a zero
    written = number_format(f"{abs(rounded):.{decimals}f}", decimals, force_grouping=True)
    return f"−{written}" if rounded < 0 else written


def percent(share: float, decimals: int = 0) -> str:
    """A share from 0 to 1: «53 %» in Spanish, «53%» in English."""
    gap = "\u00a0" if (get_language() or "es").startswith("es") else ""
    return f"{number(100 * share, decimals)}{gap}%"


def pesos(amount: float) -> str:
    """Whole pesos."""
    sign = "−" if round(amount) < 0 else ""
    return f"{sign}$\u00a0{number(abs(amount))}"


def p_value(p: float) -> str:
    """Three decimals, or «under 0.001»."""
    return f"< {number(0.001, 3)}" if p < 0.001 else number(p, 3)


def figure(value: float, outcome: str, *, points: bool = False) -> str:
    """A value of an outcome: pesos, a share, or percentage points when it is a difference."""
    if outcome == AMOUNT:
        return pesos(value)
    if points:
        return _("%(value)s points") % {"value": number(100 * value, 1)}
    return percent(value)


# -- What is absent, and why ----------------------------------------------------------------------


def is_absent(data: Any) -> bool:
    """True when a result says why it could not be computed."""
    return isinstance(data, Mapping) and "not_estimable" in data


def reason(data: Data) -> str:
    """Why a number is absent."""
    count = data["count"]
    sentences = {
        "no_rows": _("nobody answered enough"),
        "few_clusters": _("too few alliances for an interval: %(count)s"),
        "empty_level": _("nobody is at one of the levels"),
        "sparse_level": _("one of the levels has too few alliances: %(count)s"),
        "constant_outcome": _("everybody answered the same"),
        "separation": _("the levels tell the answer without exception"),
        "collinear": _("the level cannot be told apart from the department"),
        "perfect_fit": _("the level fixes the outcome without any spread"),
        "not_converged": _("the model has no stable solution"),
        "failed_replicates": _("resamples that could not be estimated: %(count)s"),
        "not_requested": _("not asked for"),
        "no_column": _("a column that it needs is not there"),
        "not_a_number": _("a column holds something that is no number"),
        "negative_weights": _("some weights are below zero"),
        "one_side": _("nobody is on one side of the cut-off"),
        "few_scores": _("too few different scores near the cut-off: %(count)s"),
        "constant_treatment": _("everybody took part, or nobody did"),
        "no_first_stage": _("taking part does not change at the cut-off"),
    }
    return sentences[data["not_estimable"]] % {"count": number(count)}


def interval(data: Data, outcome: str, *, points: bool = False) -> str:
    """«48 % to 58 %», or why there is none."""
    if is_absent(data):
        return reason(data)
    low, high = data["low"], data["high"]
    if points and outcome != AMOUNT:
        ends = {"low": number(100 * low, 1), "high": number(100 * high, 1)}
    else:
        ends = {"low": figure(low, outcome), "high": figure(high, outcome)}
    return _("%(low)s to %(high)s") % ends


# -- The paragraph ---------------------------------------------------------------------------------


def paragraphs(result: Data, *, alpha: float) -> list[str]:
    """What was found, from rules: nobody writes it by hand, so it says what the numbers say."""
    named = {item["name"]: item for item in result["dimensions"]}
    return [
        _sample(result["funnel"]),
        _dimension(named["producers_organisation"], alpha),
        _dimension(named["organisation_ally"], alpha),
        _(
            "These are associations, not effects: those who are better linked may differ in other "
            "ways. The index and its cut points are our own; the published ones were never printed."
        ),
    ]


def _sample(funnel: Data) -> str:
    return _(
        "Of %(surveyed)s producers surveyed in alliances that reached execution, %(analysed)s "
        "answered enough to be placed (alliances: %(alliances)s; departments: %(departments)s)."
    ) % {name: number(value) for name, value in funnel.items()}


def _dimension(dimension: Data, alpha: float) -> str:
    shares = {row["level"]: row["share"] for row in dimension["levels"]}
    name = DIMENSIONS[dimension["name"]]
    if any(is_absent(share) for share in shares.values()):
        return _("%(link)s: nobody could be placed.") % {"link": name}
    written = {level: percent(share["value"]) for level, share in shares.items()}
    sentence = _(
        "%(link)s: %(high)s high (interval %(interval)s), %(medium)s medium and %(low)s low."
    ) % {"link": name, "interval": interval(shares["high"]["interval"], "share"), **written}
    return " ".join([sentence, *_comparisons(dimension["differences"], alpha)])


def _comparisons(differences: list[Data], alpha: float) -> list[str]:
    """High against low in each outcome; one sentence when none can be compared for one reason."""
    chosen = [
        row
        for row in differences
        if row["comparison"] == "high_vs_low" and not row["department_effects"]
    ]
    reasons = {reason(row["estimate"]) if is_absent(row["estimate"]) else "" for row in chosen}
    if len(reasons) == 1 and "" not in reasons:
        (why,) = reasons
        return [_("The high level cannot be compared with the low one: %(why)s.") % {"why": why}]
    return [_difference(row, alpha) for row in chosen]


def _difference(row: Data, alpha: float) -> str:
    outcome = OUTCOMES[row["outcome"]]
    if is_absent(row["estimate"]):
        return _("%(outcome)s: high and low cannot be compared, because %(reason)s.") % {
            "outcome": outcome,
            "reason": reason(row["estimate"]),
        }
    value = row["estimate"]["value"]
    found = {
        "outcome": outcome,
        "value": figure(abs(value), row["outcome"], points=True),
        "interval": interval(row["estimate"]["interval"], row["outcome"], points=True),
    }
    if is_absent(row["test"]) or row["test"]["p_value"] >= alpha:
        return (
            _(
                "%(outcome)s: the difference of %(value)s between the high level and the low one "
                "(interval %(interval)s) cannot be told from chance."
            )
            % found
        )
    if value > 0:
        sentence = _(
            "%(outcome)s: the high level is %(value)s above the low one (interval %(interval)s)."
        )
    else:
        sentence = _(
            "%(outcome)s: the high level is %(value)s below the low one (interval %(interval)s)."
        )
    return sentence % found
