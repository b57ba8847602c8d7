"""An impact result in words: names, amounts, checks and the conclusion. Pure.

It speaks the language that is active. What cannot be told from zero is a difference, never an
effect; amounts carry their unit and period.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from evaluation.estimators.discontinuity import AndersonRubin, HonestInterval, RDEstimate, RDResult
from evaluation.estimators.results import NotEstimable
from evaluation.runs.impact.checking import CheckFinding
from evaluation.runs.impact.conclusions import Conclusion
from evaluation.runs.impact.phrases import (
    CHECKS,
    CONCLUSIONS,
    OUTCOMES,
    SENTENCES,
    STANDARD_UNITS,
    STATUSES,
)
from evaluation.runs.impact.results import ImpactFunnel, OutcomeEffect
from evaluation.runs.words import p_value, why
from evaluation.studies.impact_spec import ImpactSpec
from kit.figures import cop, count, number, percent
from kit.tones import Tone


def with_unit(label: str, unit: str) -> str:
    """An outcome and its unit, where the wave's dictionary tells one."""
    return f"{label} ({unit})" if unit else label


@dataclass(frozen=True)
class Measure:
    """How an outcome is named and its amounts are written. ``period``: of amounts in pesos.

    ``is_standard``: an outcome of the programme's own dictionary, in its unit; amounts of money
    there are of a year. ``wage_cop``: the minimum wage of a month of the survey year.
    """

    label: str
    unit: str
    is_money: bool = False
    is_standardised: bool = False
    period: str = ""
    is_standard: bool = False
    wage_cop: Decimal | None = None

    @property
    def is_yearly_money(self) -> bool:
        """Pesos a year, which can be told by the month."""
        return self.is_money and self.is_standard

    def short(self, value: float) -> str:
        """For a table whose row names the unit."""
        if self.is_money:
            return cop(value)
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


def measure(
    name: str, label: str, unit: str, *, is_standardised: bool, wage_cop: Decimal | None = None
) -> Measure:
    """An outcome as the dictionary names it, or in both languages where every wave has it."""
    is_standard = name in OUTCOMES and unit in ("", STANDARD_UNITS[name])
    if is_standard:
        label, unit = (str(words) for words in OUTCOMES[name])
    if is_standardised:
        unit = _("standard deviations")
        return Measure(label, unit, is_standardised=True, is_standard=is_standard)
    currency, _space, period = unit.partition(" ")
    is_money = currency == "COP"
    return Measure(
        label,
        unit,
        is_money=is_money,
        period=period if is_money else "",
        is_standard=is_standard,
        wage_cop=wage_cop,
    )


# -- Checks ----------------------------------------------------------------------------------------
def status_word(status: str, *, is_active: bool) -> tuple[Tone, str]:
    """Tone and word of a check. What is not there yet is never shown as good."""
    if status == "pending":
        if is_active:
            return Tone.INFO, _("Being worked out")
        return Tone.NONE, _("Not worked out")
    tone, word = STATUSES[status]
    return tone, str(word)


def sentence(finding: CheckFinding, names: Names) -> str:
    """What a check found, named by its outcome where it is about one; "" while it is pending."""
    if finding.rule == "pending":
        return ""
    facts = {name: _fact(name, value, names) for name, value in finding.facts.items()}
    if "interval" in finding.facts:
        facts["interval"] = names.outcomes[finding.outcome].interval(*finding.facts["interval"])
    text = str(SENTENCES[finding.rule]) % facts if facts else str(SENTENCES[finding.rule])
    if not finding.outcome:
        return text
    return f"{names.outcomes[finding.outcome].label}: {text[0].lower()}{text[1:]}"


def _fact(name: str, value: Any, names: Names) -> str:
    if isinstance(value, NotEstimable):
        return why(value)
    if name == "departments":
        return _listed([names.department(code) for code in value])
    if name == "covariates":
        return _listed([names.variable(code) for code in value])
    if name == "interval":
        return ""  # in the unit of its outcome: ``sentence``
    if name == "covered":
        return percent(value)
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
    counted = [text % {"n": number(counts[name])} for name, text in words.items() if name in counts]
    return _("Of %(n)s checks: %(told)s.") % {"n": number(len(statuses)), "told": _listed(counted)}


# -- What may be concluded -------------------------------------------------------------------------
def population(funnel: ImpactFunnel, rows: Sequence[OutcomeEffect], names: Names) -> str:
    """Whom the estimates speak for, and when they were asked."""
    near = [row.found.n_effective for row in rows if isinstance(row.found, RDEstimate)]
    facts = {
        "surveyed": number(funnel.surveyed),
        "analysed": count(funnel.analysed),
        "alliances": count(funnel.alliances),
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
    sentences = [text % facts]
    if near:
        counts = [sum(pair) for pair in near]
        few, many = number(min(counts)), number(max(counts))
        span = _("%(low)s to %(high)s, by outcome") % {"low": few, "high": many}
        sentences.append(
            _(
                "What follows speaks for producers of alliances whose score was near the cut-off "
                "(%(n)s), not for the whole programme."
            )
            % {"n": few if few == many else span}
        )
    return " ".join(sentences)


def conclusion(item: Conclusion, names: Names, spec: ImpactSpec) -> str:
    """What may be said of one outcome."""
    row, outcome = item.row, names.outcomes[item.row.outcome]
    if isinstance(row.found, NotEstimable):
        absent = _("%(outcome)s: no estimate is possible, because %(reason)s.") % {
            "outcome": outcome.label,
            "reason": why(row.found),
        }
        return f"{absent} {_honest(item.honest, outcome, spec)}".rstrip()
    facts = {
        "outcome": outcome.label,
        "value": outcome.written(row.found.coef_conventional),
        "level": percent(spec.level / 100),
        "interval": outcome.interval(*row.found.ci_robust),
        "p": p_value(row.found.pv_robust),
        "who": _("reaching the cut-off") if spec.treatment == "none" else _("taking part"),
        "checks": _listed([f"«{CHECKS[code]}»" for code in item.failed]),
    }
    if item.kind == "weak":
        sentences = [_weak(row.found, facts, outcome)]
        if item.failed:
            sentences.append(_("Nor did the design pass: %(checks)s.") % facts)
        return " ".join(sentences)
    sentences = [str(CONCLUSIONS[item.kind]) % facts]
    if item.kind == "effect":
        sentences += _in_percent(row.found, outcome)
    if item.kind == "inconclusive":
        sentences += _absence(row, row.found, outcome)
    return " ".join(sentences)


def _honest(honest: HonestInterval | None, outcome: Measure, spec: ImpactSpec) -> str:
    if honest is None:
        return ""
    return _(
        "What stands is the interval of %(level)s for reaching the cut-off, if the mean bends no "
        "more than it does elsewhere: %(interval)s (%(left)s different scores below and %(right)s "
        "above)."
    ) % {
        "level": percent(spec.level / 100),
        "interval": outcome.interval(*honest.ci),
        "left": number(honest.distinct_scores[0]),
        "right": number(honest.distinct_scores[1]),
    }


def _in_percent(estimate: RDEstimate, outcome: Measure) -> list[str]:
    share = percent_of_control(estimate, outcome)
    if share is None:
        return []
    return [
        _("It is %(share)s of what those just below the cut-off had.") % {"share": percent(share)}
    ]


def percent_of_control(estimate: RDEstimate, outcome: Measure) -> float | None:
    """The estimate over the mean just below the cut-off; None where that mean is near zero.

    Near zero is within the estimate's standard error: in a sharp design at least the mean's own.
    """
    below = estimate.at_cutoff[0]
    if outcome.is_standardised or below <= estimate.se_conventional:
        return None
    return estimate.coef_conventional / below


def _absence(row: OutcomeEffect, estimate: RDEstimate, outcome: Measure) -> list[str]:
    if row.detectable is None or abs(estimate.coef_conventional) >= row.detectable:
        return []
    return [
        _(
            "This design would have found a difference of %(detectable)s or more in 80 of 100 "
            "surveys; of a smaller one this is absence of evidence, not evidence of absence."
        )
        % {"detectable": outcome.written(row.detectable)}
    ]


def _weak(estimate: RDEstimate, facts: Mapping[str, str], outcome: Measure) -> str:
    first = estimate.first_stage
    return _(
        "%(outcome)s: how much participation changes at the cut-off is not measured well enough "
        "(F %(f)s), so what stands is the Anderson–Rubin set of %(level)s: %(set)s. The estimate "
        "of %(value)s is not to be quoted alone."
    ) % {
        **facts,
        "f": number(first.f or 0, 1) if first else "",
        "set": anderson_rubin(estimate.anderson_rubin, outcome),
    }


def anderson_rubin(region: AndersonRubin | None, outcome: Measure) -> str:
    """The differences that are not rejected, however weak the first stage is."""
    if region is None:
        return _("not worked out")
    if region.low is not None and region.high is not None:
        if region.shape == "interval":
            return outcome.interval(region.low, region.high)
        ends = {"low": outcome.written(region.low), "high": outcome.written(region.high)}
        return _("below %(low)s or above %(high)s") % ends
    return _("any difference is possible") if region.shape == "line" else _("the set is empty")


def estimate(result: RDResult, outcome: Measure) -> str:
    """The conventional estimate, or why there is none."""
    if isinstance(result, NotEstimable):
        return why(result)
    return outcome.short(result.coef_conventional)


# -- The study -------------------------------------------------------------------------------------
def written_after(runs: int) -> str:
    """Whether who wrote the study may have read results of its wave."""
    if not runs:
        return _("The study was written before any run of the same data had shown results.")
    return ngettext(
        "%(n)s run of the same data had shown results when the study was frozen:",
        "%(n)s runs of the same data had shown results when the study was frozen:",
        runs,
    ) % {"n": number(runs)}
