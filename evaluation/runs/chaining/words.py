"""A chaining result in words: labels, figures and the plain paragraph. Pure.

It speaks the language that is active, says «association» and never «effect», and names unit,
interval and number of alliances.
"""

from functools import partial

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from evaluation.runs.words import Data, is_absent, reason, span
from kit.figures import cop, count, number, percent

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


def figure(value: float, outcome: str, *, points: bool = False) -> str:
    """A value of an outcome: pesos, a share, or percentage points when it is a difference."""
    if outcome == AMOUNT:
        return cop(value)
    if points:
        return _("%(value)s points") % {"value": number(100 * value, 1)}
    return percent(value)


def interval(data: Data, outcome: str, *, points: bool = False) -> str:
    """«48 % to 58 %», or why there is none."""
    if is_absent(data):
        return reason(data)
    if points and outcome != AMOUNT:
        return span(data["low"], data["high"], lambda value: number(100 * value, 1))
    return span(data["low"], data["high"], partial(figure, outcome=outcome))


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
    ) % {name: count(value) for name, value in funnel.items()}


def _dimension(dimension: Data, alpha: float) -> str:
    shares = {row["level"]: row["share"] for row in dimension["levels"]}
    name = DIMENSIONS[dimension["name"]]
    if any(share.get("not_estimable") == "small_cell" for share in shares.values()):
        return _(
            "%(link)s: one of the levels has so few producers or alliances that it is hidden."
        ) % {"link": name}
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
    facts = {
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
            % facts
        )
    if value > 0:
        sentence = _(
            "%(outcome)s: the high level is %(value)s above the low one (interval %(interval)s)."
        )
    else:
        sentence = _(
            "%(outcome)s: the high level is %(value)s below the low one (interval %(interval)s)."
        )
    return sentence % facts
