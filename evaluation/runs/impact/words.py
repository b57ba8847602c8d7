"""An impact result in words: names, amounts, checks and the conclusion. Pure.

It speaks the language that is active. What cannot be told from zero is a difference, never an
effect; amounts carry their unit and period.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from evaluation.estimators.results import NotEstimable
from evaluation.runs.impact.conclusions import Conclusion, Finding
from evaluation.runs.impact.results import (
    AndersonRubin,
    Estimated,
    Found,
    Funnel,
    OutcomeEffect,
)
from evaluation.runs.words import number, p_value, percent, pesos, reason_of
from evaluation.studies.impact_spec import ImpactSpec

#: Outcomes that every wave has, in both languages; the others are named by the wave's dictionary.
OUTCOMES: dict[str, tuple[Promise, Promise]] = {
    "productivity_kg_ha": (gettext_lazy("Productivity"), gettext_lazy("kg per hectare")),
    "sales_cop": (gettext_lazy("Sales of the main crop"), gettext_lazy("COP a year")),
    "profit_cop": (gettext_lazy("Profit of the main crop"), gettext_lazy("COP a year")),
}
STATUSES: dict[str, tuple[str, Promise]] = {
    "passed": ("good", pgettext_lazy("check", "Passed")),
    "look": ("attention", pgettext_lazy("check", "Look at it")),
    "failed": ("late", pgettext_lazy("check", "Failed")),
    "absent": ("none", pgettext_lazy("check", "Not enough data")),
}
CHECKS: dict[str, Promise] = {
    "shared_score": gettext_lazy("Members share their alliance's score"),
    "density": gettext_lazy("Nobody bent scores at the cut-off"),
    "density_departments": gettext_lazy("Nor in any department"),
    "heaping": gettext_lazy("Scores do not pile up"),
    "balance": gettext_lazy("Both sides were alike before"),
    "first_stage": gettext_lazy("The cut-off decides who takes part"),
    "bias": gettext_lazy("Freed of bias, it stays where it was"),
    "holm": gettext_lazy("It holds for so many outcomes at once"),
    "bandwidths": gettext_lazy("Other bandwidths"),
    "specifications": gettext_lazy("Other settings"),
    "donut": gettext_lazy("Without the scores nearest to the cut-off"),
    "placebo": gettext_lazy("Cut-offs where nothing happened"),
    "left_out": gettext_lazy("Without each department"),
    "with_all": gettext_lazy("With the departments left out"),
}
SENTENCES: dict[str, Promise] = {
    "own_scores": gettext_lazy("Every producer has a score of their own."),
    "shared_clustered": gettext_lazy(
        "They do, and the errors allow for it: what counts is alliances."
    ),
    "shared_unclustered": gettext_lazy(
        "They do, and the study counts them as if they were independent: its errors are too small."
    ),
    "density_absent": gettext_lazy("No test was possible: %(reason)s."),
    "density_jumps": gettext_lazy(
        "There are more alliances on one side of the cut-off than chance gives (p %(p)s)."
    ),
    "density_may_jump": gettext_lazy(
        "One side of the cut-off may hold too many alliances (p %(p)s)."
    ),
    "density_few": gettext_lazy(
        "Only %(n)s alliances are near the cut-off (p %(p)s): the test would hardly notice."
    ),
    "density_even": gettext_lazy(
        "As many alliances just above as just below, but for chance (p %(p)s)."
    ),
    "departments_jump": gettext_lazy("Scores look bent in: %(departments)s."),
    "departments_few": gettext_lazy(
        "Too few alliances for a test in each department (departments: %(n)s)."
    ),
    "departments_even": gettext_lazy(
        "No sign of it where there are enough alliances for a test (departments: %(tested)s of "
        "%(n)s)."
    ),
    "exclusions_explained": gettext_lazy(
        "Bent scores explain why these are left out: %(departments)s."
    ),
    "exclusions_unexplained": gettext_lazy(
        "Their scores do not show why these are left out: %(departments)s."
    ),
    "heaping_absent": gettext_lazy("No test was possible: %(reason)s."),
    "heap_at_cutoff": gettext_lazy(
        "%(n)s alliances have exactly the cut-off for score, more than its neighbours promise "
        "(p %(p)s)."
    ),
    "heaps": gettext_lazy("Round scores with too many alliances: %(n)s."),
    "uneven_sides": gettext_lazy("The alliances nearest to the cut-off lie on one side (p %(p)s)."),
    "nothing_round": gettext_lazy("There is no round score to look at."),
    "no_heaps": gettext_lazy("Neither at the cut-off nor at round scores (%(n)s looked at)."),
    "no_covariates": gettext_lazy("The study names nothing to compare."),
    "balance_absent": gettext_lazy("Nothing could be compared near the cut-off."),
    "unbalanced": gettext_lazy("Producers just above and just below differed (joint p %(p)s)."),
    "covariates_jump": gettext_lazy("Together they may be alike; these differ: %(covariates)s."),
    "balanced": gettext_lazy("They were, in %(n)s characteristics together (joint p %(p)s)."),
    "balanced_each": gettext_lazy("They were, in each of %(n)s characteristics."),
    "weak_first_stage": gettext_lazy(
        "Hardly: %(share)s more take part just above it (F %(f)s, under 10)."
    ),
    "strong_first_stage": gettext_lazy("%(share)s more take part just above it (F %(f)s)."),
    "all_complied": gettext_lazy("Near it everybody did as the score said."),
    "no_estimate": gettext_lazy("No estimate: %(reason)s."),
    "bias_moves": gettext_lazy(
        "The correction for bias moves the estimate by %(errors)s standard errors."
    ),
    "bias_small": gettext_lazy(
        "The correction for bias moves the estimate by %(errors)s standard errors, not more than "
        "one."
    ),
    "holm_loses": gettext_lazy("Counting all outcomes it could be chance (p %(p)s)."),
    "holm_holds": gettext_lazy("Counting all outcomes it still is not chance (p %(p)s)."),
    "holm_nothing": gettext_lazy("Nothing was found that counting could take away (p %(p)s)."),
    "few_points": gettext_lazy("Only %(n)s of the others could be estimated."),
    "found_elsewhere": gettext_lazy(
        "%(changed)s of %(n)s would call something a finding that this one does not."
    ),
    "nowhere_told": gettext_lazy(
        "They say the same: %(changed)s of %(n)s can be told from zero."
    ),
    "sign_turns": gettext_lazy("%(turned)s of %(n)s point the other way."),
    "sometimes_lost": gettext_lazy(
        "%(changed)s of %(n)s cannot be told from zero; %(turned)s point the other way."
    ),
    "holds": gettext_lazy(
        "All %(n)s point the same way; %(changed)s of them cannot be told from zero."
    ),
    "few_placebos": gettext_lazy("Only %(n)s other cut-offs could be estimated."),
    "placebos_jump": gettext_lazy(
        "%(changed)s of %(n)s jump, though nothing happened there: the curve may be misread."
    ),
    "placebo_not_first": gettext_lazy(
        "The true jump comes in place %(rank)s among %(n)s others by size."
    ),
    "placebos_quiet": gettext_lazy(
        "%(changed)s of %(n)s jump, as chance may do; the true jump comes in place %(rank)s by "
        "size."
    ),
    "department_turns": gettext_lazy("It turns its sign without: %(departments)s."),
    "department_carries": gettext_lazy("It cannot be told from zero without: %(departments)s."),
    "department_hides": gettext_lazy("It would be a finding without: %(departments)s."),
    "no_department_carries": gettext_lazy("None of the %(n)s departments decides the answer."),
    "exclusion_decides": gettext_lazy(
        "Whether it can be told from zero depends on leaving them out."
    ),
    "exclusion_moves": gettext_lazy(
        "Putting them back moves the estimate by %(errors)s standard errors."
    ),
    "exclusion_little": gettext_lazy(
        "Putting them back moves the estimate by %(errors)s standard errors, not more than one."
    ),
}  # fmt: skip
SETTINGS: dict[str, Promise] = {
    "kernel_triangular": gettext_lazy("Triangular kernel"),
    "kernel_epanechnikov": gettext_lazy("Epanechnikov kernel"),
    "kernel_uniform": gettext_lazy("Uniform kernel"),
    "p_1": gettext_lazy("Straight lines (order 1)"),
    "p_2": gettext_lazy("Parabolas (order 2)"),
    "bwselect_mserd": gettext_lazy("One bandwidth, least squared error"),
    "bwselect_msetwo": gettext_lazy("A bandwidth a side, least squared error"),
    "bwselect_cerrd": gettext_lazy("One bandwidth, least error of coverage"),
    "bandwidth_on_reduced_form": gettext_lazy("Bandwidth chosen on the outcome"),
    "bandwidth_on_fuzzy": gettext_lazy("Bandwidth chosen on the ratio"),
    "masspoints_adjust": gettext_lazy("Allowing for repeated scores"),
    "masspoints_off": gettext_lazy("Repeated scores not allowed for"),
    "vce_cr3": gettext_lazy("Errors by cluster, cr3"),
    "vce_cr2": gettext_lazy("Errors by cluster, cr2 with Student's t"),
    "vce_cr1": gettext_lazy("Errors by cluster, cr1"),
    "vce_nn_cluster": gettext_lazy("Errors by neighbours, summed by cluster"),
    "vce_nn": gettext_lazy("Errors by neighbours (not valid when scores are shared)"),
    "alliance_means": gettext_lazy("Means of alliances"),
}
TREATMENTS: dict[str, Promise] = {
    "in_execution": gettext_lazy("Its alliance was in execution by %(day)s"),
    "trust_constituted": gettext_lazy("The trust of its alliance was constituted by %(day)s"),
    "selected": gettext_lazy("The committee selected its alliance"),
    "answer": gettext_lazy("The producer says so in the survey (%(variable)s)"),
    "none": gettext_lazy("Reaching the cut-off, whoever took part"),
}


@dataclass(frozen=True)
class Measure:
    """How an outcome is named and its amounts are written. ``period``: of amounts in pesos."""

    label: str
    unit: str
    is_money: bool = False
    is_standardised: bool = False
    period: str = ""

    def short(self, value: float) -> str:
        """For a table whose row names the unit."""
        if self.is_money:
            return pesos(value)
        return number(value, 3 if self.is_standardised or abs(value) < 1 else 1)

    def written(self, value: float) -> str:
        """For a sentence."""
        return f"{self.short(value)} {self.period if self.is_money else self.unit}".rstrip()

    def interval(self, low: float, high: float) -> str:
        """«$ 1 to $ 2 a year»."""
        return _("%(low)s to %(high)s") % {"low": self.short(low), "high": self.written(high)}


@dataclass(frozen=True)
class Names:
    """What codes are called: outcomes, departments (DIVIPOLA), crops, covariates; and the dates."""

    outcomes: Mapping[str, Measure]
    departments: Mapping[str, str] = field(default_factory=dict)
    crops: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)
    collected: tuple[date, date] | None = None

    def department(self, code: str) -> str:
        """Its name with its code."""
        return f"{self.departments[code]} ({code})" if code in self.departments else code

    def variable(self, name: str) -> str:
        """A covariate, or any variable of the wave."""
        return self.variables.get(name, name)


def measure(name: str, label: str, unit: str, *, is_standardised: bool) -> Measure:
    """An outcome as the dictionary names it, or in both languages where every wave has it."""
    if name in OUTCOMES:
        label, unit = (str(words) for words in OUTCOMES[name])
    if is_standardised:
        return Measure(label, _("standard deviations"), is_standardised=True)
    currency, _space, period = unit.partition(" ")
    is_money = currency == "COP"
    return Measure(label, unit, is_money=is_money, period=period if is_money else "")


# -- Checks ----------------------------------------------------------------------------------------
def status_word(status: str, *, is_active: bool) -> tuple[str, str]:
    """Tone and word of a check. What is not there yet is never shown as good."""
    if status == "pending":
        return ("info", _("Being worked out")) if is_active else ("none", _("Not worked out"))
    tone, word = STATUSES[status]
    return tone, str(word)


def sentence(finding: Finding, names: Names) -> str:
    """What a check found, named by its outcome where it is about one; "" while it is pending."""
    if finding.rule == "pending":
        return ""
    facts = {name: _fact(name, value, names) for name, value in finding.facts.items()}
    said = str(SENTENCES[finding.rule]) % facts if facts else str(SENTENCES[finding.rule])
    if not finding.outcome:
        return said
    return f"{names.outcomes[finding.outcome].label}: {said[0].lower()}{said[1:]}"


def _fact(name: str, value: Any, names: Names) -> str:
    if isinstance(value, NotEstimable):
        return why(value)
    if name == "departments":
        return _listed([names.department(code) for code in value])
    if name == "covariates":
        return _listed([names.variable(code) for code in value])
    if name == "p":
        return p_value(value)
    if name == "share":
        return _("%(points)s percentage points") % {"points": number(100 * value)}
    return number(value, 1 if name in ("f", "errors") else 0)


def _listed(words: Sequence[str]) -> str:
    return ", ".join(words)


def tally(statuses: Sequence[str]) -> str:
    """«Of 14 checks: 10 passed, 2 to look at, 1 failed, 1 without enough data»."""
    counts = {status: statuses.count(status) for status in {*statuses}}
    words = {
        "passed": _("%(n)s passed"),
        "look": _("%(n)s to look at"),
        "failed": _("%(n)s failed"),
        "absent": _("%(n)s without enough data"),
        "pending": _("%(n)s not worked out yet"),
    }
    told = [text % {"n": number(counts[name])} for name, text in words.items() if name in counts]
    return _("Of %(n)s checks: %(told)s.") % {"n": number(len(statuses)), "told": _listed(told)}


def why(found: NotEstimable) -> str:
    """Why a number is absent."""
    return reason_of(found.reason, found.count)


# -- What may be concluded -------------------------------------------------------------------------
def population(funnel: Funnel, rows: Sequence[OutcomeEffect], names: Names) -> str:
    """Whom the estimates speak for, and when they were asked."""
    near = [row.found.n_effective for row in rows if isinstance(row.found, Estimated)]
    facts = {
        "surveyed": number(funnel.surveyed),
        "analysed": number(funnel.analysed),
        "alliances": number(funnel.alliances),
        "departments": number(funnel.departments),
    }
    text = _(
        "Of %(surveyed)s producers surveyed, %(analysed)s are in the analysis (alliances: "
        "%(alliances)s; departments: %(departments)s)."
    )
    if names.collected:
        first, last = (date_format(day, "DATE_FORMAT") for day in names.collected)
        facts |= {"first": first, "last": last}
        text = _(
            "Of %(surveyed)s producers surveyed from %(first)s to %(last)s, %(analysed)s are in "
            "the analysis (alliances: %(alliances)s; departments: %(departments)s)."
        )
    said = [text % facts]
    if near:
        counts = [sum(pair) for pair in near]
        few, many = number(min(counts)), number(max(counts))
        span = _("%(low)s to %(high)s, by outcome") % {"low": few, "high": many}
        said.append(
            _(
                "What follows speaks for producers of alliances whose score was near the cut-off "
                "(%(n)s), not for the whole programme."
            )
            % {"n": few if few == many else span}
        )
    return " ".join(said)


def conclusion(found: Conclusion, names: Names, spec: ImpactSpec) -> str:
    """What may be said of one outcome."""
    row, outcome = found.row, names.outcomes[found.row.outcome]
    if isinstance(row.found, NotEstimable):
        return _("%(outcome)s: no estimate is possible, because %(reason)s.") % {
            "outcome": outcome.label,
            "reason": why(row.found),
        }
    facts = {
        "outcome": outcome.label,
        "value": outcome.written(row.found.coef_conventional),
        "level": percent(spec.level / 100),
        "interval": outcome.interval(*row.found.ci_robust),
        "p": p_value(row.found.pv_robust),
        "who": _("reaching the cut-off") if spec.treatment == "none" else _("taking part"),
        "checks": _listed([f"«{CHECKS[code]}»" for code in found.failed]),
    }
    if found.kind == "weak":
        return _weak(row.found, facts, outcome)
    templates = {
        "effect": _(
            "%(outcome)s: the effect of %(who)s is %(value)s (robust interval of %(level)s: "
            "%(interval)s; p %(p)s)."
        ),
        "unchecked": _(
            "%(outcome)s: a difference of %(value)s (robust interval of %(level)s: %(interval)s; "
            "p %(p)s). The checks of the design are still missing: do not quote it yet."
        ),
        "doubtful": _(
            "%(outcome)s: a difference of %(value)s (robust interval of %(level)s: %(interval)s; "
            "p %(p)s). Since the design failed a check (%(checks)s), it cannot be said that "
            "%(who)s brought it."
        ),
        "not_told": _(
            "%(outcome)s: %(value)s, which cannot be told from zero (robust interval of %(level)s: "
            "%(interval)s; p %(p)s)."
        ),
    }
    said = [templates[found.kind] % facts]
    if found.kind == "effect":
        said += _in_percent(row.found, outcome)
    if found.kind == "not_told":
        said += _absence(row, row.found, outcome)
    return " ".join(said)


def _in_percent(found: Estimated, outcome: Measure) -> list[str]:
    share = percent_of_control(found, outcome)
    if share is None:
        return []
    return [
        _("It is %(share)s of what those just below the cut-off had.") % {"share": percent(share)}
    ]


def percent_of_control(found: Estimated, outcome: Measure) -> float | None:
    """The estimate over what the outcome tends to from below; None where that has no meaning."""
    below = found.at_cutoff[0]
    if outcome.is_standardised or below <= 0:
        return None
    return found.coef_conventional / below


def _absence(row: OutcomeEffect, found: Estimated, outcome: Measure) -> list[str]:
    if row.detectable is None or abs(found.coef_conventional) >= row.detectable:
        return []
    return [
        _(
            "This design would have found a difference of %(detectable)s or more in 80 of 100 "
            "surveys; of a smaller one this is absence of evidence, not evidence of absence."
        )
        % {"detectable": outcome.written(row.detectable)}
    ]


def _weak(found: Estimated, facts: Mapping[str, str], outcome: Measure) -> str:
    first = found.first_stage
    return _(
        "%(outcome)s: participation hardly changes at the cut-off (F %(f)s), so what stands is the "
        "Anderson–Rubin set of %(level)s: %(set)s. The estimate of %(value)s is not to be quoted "
        "alone."
    ) % {
        **facts,
        "f": number(first.f or 0, 1) if first else "",
        "set": anderson_rubin(found.anderson_rubin, outcome),
    }


def anderson_rubin(found: AndersonRubin | None, outcome: Measure) -> str:
    """The differences that are not rejected, however weak the first stage is."""
    if found is None:
        return _("not worked out")
    if found.low is not None and found.high is not None:
        if found.shape == "interval":
            return outcome.interval(found.low, found.high)
        ends = {"low": outcome.written(found.low), "high": outcome.written(found.high)}
        return _("below %(low)s or above %(high)s") % ends
    return _("any difference is possible") if found.shape == "line" else _("the set is empty")


def estimate(found: Found, outcome: Measure) -> str:
    """The conventional estimate, or why there is none."""
    if isinstance(found, NotEstimable):
        return why(found)
    return outcome.short(found.coef_conventional)


# -- The study -------------------------------------------------------------------------------------
def study_rows(spec: ImpactSpec, names: Names) -> list[tuple[str, str]]:
    """What a reader must know of the study, as pairs; the rest is on its own page."""
    day = date_format(spec.treated_by, "DATE_FORMAT") if spec.treated_by else ""
    treatment = str(TREATMENTS[spec.treatment])
    if day or spec.treatment_variable:
        treatment %= {"day": day, "variable": names.variable(spec.treatment_variable)}
    score = (
        _("%(variable)s less %(cutoff)s: a variable of the survey, sealed by nobody")
        % {"variable": names.variable(spec.score_variable), "cutoff": number(spec.cutoff, 1)}
        if spec.score_variable
        else _("The frozen binding score, less the cut-off that was used")
    )
    return [
        (_("Takes part"), treatment),
        (_("Score"), score),
        (_("Compared before"), _listed([*map(names.variable, spec.covariates)]) or _("nothing")),
        (_("Errors"), f"{spec.vce}, {_CLUSTERS[spec.cluster]}"),
        (_("Left out"), left_out(spec, names)),
    ]


_CLUSTERS: dict[str, Promise] = {
    "alliance": gettext_lazy("by alliance"),
    "department": gettext_lazy("by department"),
    "none": gettext_lazy("each producer alone"),
}


def left_out(spec: ImpactSpec, names: Names) -> str:
    """The departments left out, each with its reason."""
    words = [f"{names.department(item.department)}: {item.reason}" for item in spec.exclusions]
    return "; ".join(words) or _("no department")


def written_after(runs: int) -> str:
    """Whether who wrote the study may have read results of its wave."""
    if not runs:
        return _("The study was written before any run of this wave had finished.")
    return ngettext(
        "%(n)s run of this wave had finished when the study was frozen:",
        "%(n)s runs of this wave had finished when the study was frozen:",
        runs,
    ) % {"n": number(runs)}
