"""An impact result as tables of text, in the language that is active. Pure."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from evaluation.estimators.discontinuity import RDEstimate
from evaluation.estimators.results import NotEstimable
from evaluation.runs.impact.answer_checks import answer_checks
from evaluation.runs.impact.cells import (
    DASH,
    estimate_cells,
    estimate_labels,
    headline_cells,
    interval,
    pair,
    widths,
)
from evaluation.runs.impact.check_tables import CheckTables
from evaluation.runs.impact.checking import Check, is_weak
from evaluation.runs.impact.conclusions import conclusions
from evaluation.runs.impact.design_checks import design_checks
from evaluation.runs.impact.phrases import CHECKS
from evaluation.runs.impact.published import SOURCES, Published, published
from evaluation.runs.impact.results import (
    ImpactFunnel,
    ImpactResult,
    OutcomeEffect,
    StoredSides,
)
from evaluation.runs.impact.words import (
    Measure,
    Names,
    anderson_rubin,
    conclusion,
    percent_of_control,
    population,
    sentence,
    status_word,
    tally,
    with_unit,
)
from evaluation.runs.tables import ReportColumn, ReportTable, columns
from evaluation.runs.words import p_value
from evaluation.studies.impact_spec import ImpactSpec
from kit.figures import count, number, percent
from kit.tones import Tone


@dataclass(frozen=True)
class CheckView:
    """A check as it is listed: its status, what it found, and the tables behind it.

    ``lead`` stands in the list, ``rest`` opens with the tables.
    """

    code: str
    title: str
    tone: Tone
    word: str
    lead: tuple[str, ...]
    rest: tuple[str, ...]
    tables: tuple[ReportTable, ...]


@dataclass(frozen=True)
class HeadlineRow:
    """A row of Table 1: outcome with its unit, four cells of ours, four as published."""

    label: str
    unit: str
    ours: tuple[str, ...]
    theirs: tuple[str, ...]


@dataclass(frozen=True)
class HeadlineTable:
    """Table 1. ``sources``: where the published half comes from, none where nothing was."""

    rows: tuple[HeadlineRow, ...]
    sources: tuple[str, ...]


@dataclass(frozen=True)
class Report:
    """Everything the page shows of a result, in the order in which it is read."""

    tally: str
    design: tuple[CheckView, ...]
    paragraphs: tuple[str, ...]
    headline: HeadlineTable
    details: ReportTable
    answer: tuple[CheckView, ...]
    corrected: ReportTable | None
    funnel: ReportTable | None


def report(result: ImpactResult, spec: ImpactSpec, names: Names, *, is_active: bool) -> Report:
    """The report of what there is so far; the headline must be there."""
    design, answer = design_checks(result, spec), answer_checks(result, spec)
    rows = result.headline.rows if result.headline else ()
    tables = CheckTables(result, names)

    def view(check: Check) -> CheckView:
        tone, word = status_word(check.status, is_active=is_active)
        title = str(CHECKS[check.code])
        return CheckView(
            check.code, title, tone, word, *_lead_and_rest(check, names), tables.of(check.code)
        )

    paragraphs = [population(result.funnel, rows, names)] if result.funnel else []
    return Report(
        tally=tally([check.status for check in (*design, *answer)]),
        design=tuple(map(view, design)),
        paragraphs=(
            *paragraphs,
            *(conclusion(item, names, spec) for item in conclusions(result, spec)),
        ),
        headline=headline_table(rows, names),
        details=details_table(rows, names, spec),
        answer=tuple(map(view, answer)),
        corrected=corrected_table(result, names) if result.corrected else None,
        funnel=funnel_table(result, names) if result.funnel else None,
    )


def _lead_and_rest(check: Check, names: Names) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What the list says of a check, and what opens: the worst first, sound outcomes as one."""
    sentences = {finding: text for finding in check.findings if (text := sentence(finding, names))}
    by_outcome = len({finding.outcome for finding in sentences}) > 1
    if by_outcome and check.status == "passed":
        return (_("For every outcome."),), tuple(sentences.values())
    lead = tuple(text for finding, text in sentences.items() if finding.status == check.status)
    return lead, tuple(text for text in sentences.values() if text not in lead)


# -- Table 1 and what stands under it --------------------------------------------------------------
def headline_table(rows: Iterable[OutcomeEffect], names: Names) -> HeadlineTable:
    """The layout of the published table, and the published figures beside ours."""
    pairs = [(row, _published(row, names.outcomes[row.outcome])) for row in rows]
    sources = dict.fromkeys(str(SOURCES[theirs.source]) for _row, theirs in pairs if theirs)
    return HeadlineTable(
        rows=tuple(
            line
            for row, theirs in pairs
            for line in _headline_rows(row, theirs, names.outcomes[row.outcome])
        ),
        sources=tuple(sources),
    )


def published_beside(headline: HeadlineTable) -> ReportTable:
    """Table 1 as one table, for where no heading can stand over several columns."""
    ours = (_("Estimate"), _("Error"), _("Robust p"), _("Observations"))
    theirs = tuple(f"{_('Published')}: {label}" for label in ours) if headline.sources else ()
    return ReportTable(
        caption=". ".join((_("Estimates"), *headline.sources)),
        columns=columns(_("Outcome"), *ours, *theirs),
        rows=tuple(
            (with_unit(row.label, row.unit), *row.ours, *(row.theirs if theirs else ()))
            for row in headline.rows
        ),
    )


def _published(row: OutcomeEffect, outcome: Measure) -> Published | None:
    """The published figures of the same outcome in the same unit."""
    if not outcome.is_standard:
        return None
    return published(row.outcome, is_standardised=row.standardised)


def _headline_rows(
    row: OutcomeEffect, theirs: Published | None, outcome: Measure
) -> Iterator[HeadlineRow]:
    """The row of an outcome; with a weak first stage the set that is valid all the same leads."""
    if isinstance(row.found, RDEstimate) and is_weak(row.found):
        bare = replace(outcome, unit="", period="")
        region = anderson_rubin(row.found.anderson_rubin, bare)
        cells = (region, "", "", number(sum(row.found.n)))
        label = _("%(outcome)s: Anderson–Rubin set, since the first stage is weak") % {
            "outcome": outcome.label
        }
        yield HeadlineRow(label, outcome.unit, cells, (DASH,) * 4)
        alone = _("%(outcome)s: estimate, not to be quoted alone") % {"outcome": outcome.label}
        yield replace(_headline_row(row, theirs, outcome), label=alone)
    else:
        yield _headline_row(row, theirs, outcome)


def _headline_row(row: OutcomeEffect, theirs: Published | None, outcome: Measure) -> HeadlineRow:
    return HeadlineRow(
        outcome.label,
        outcome.unit,
        headline_cells(row.found, outcome),
        (
            outcome.short(theirs.estimate),
            outcome.short(theirs.se),
            p_value(theirs.p),
            number(theirs.n),
        )
        if theirs
        else (DASH,) * 4,
    )


def details_table(rows: Iterable[OutcomeEffect], names: Names, spec: ImpactSpec) -> ReportTable:
    """A column an outcome: all that a reader needs in order to argue with the headline."""
    pairs = [(row, names.outcomes[row.outcome]) for row in rows]
    level = percent(spec.level / 100)
    lines = {
        _("Bias-corrected estimate (robust error)"): _corrected_line,
        _("Robust interval of %(level)s") % {"level": level}: _interval_line,
        _("Robust p over all outcomes (Holm)"): _holm_line,
        _("In standard deviations of those who did not take part"): _sd_line,
        _("Mean just below the cut-off"): _control_line,
        _("Estimate as a share of it"): _share_line,
        _("A month, in pesos"): _month_line,
        _("A month, in minimum wages of the survey year"): _wage_line,
        _("As a share of the potential"): _potential_line,
        _("Of reaching the cut-off, whoever took part (error; p)"): _itt_line,
        _("Jump of participation (F)"): _first_line,
        _("Anderson–Rubin set of %(level)s") % {"level": level}: _set_line,
        _("Smallest that 80 of 100 surveys would find"): _detectable_line,
        _("Bandwidth in points of score (for the bias)"): _bandwidth_line,
        _("Producers within it, below and above"): _within_line,
        _("Clusters of the errors, below and above"): _clusters_line,
    }
    if spec.treatment == "none":
        for line in (_itt_line, _first_line, _set_line):
            lines = {label: write for label, write in lines.items() if write is not line}
    return ReportTable(
        caption=_("The same estimates in full"),
        columns=columns(_("Number"), *(outcome.label for _row, outcome in pairs)),
        rows=tuple(
            (label, *(line(row, outcome) for row, outcome in pairs))
            for label, line in lines.items()
        ),
    )


Line = Callable[[OutcomeEffect, Measure], str]


def _of_estimate(line: Callable[[OutcomeEffect, RDEstimate, Measure], str]) -> Line:
    """A cell that needs an estimate."""

    def cell(row: OutcomeEffect, outcome: Measure) -> str:
        return DASH if isinstance(row.found, NotEstimable) else line(row, row.found, outcome)

    return cell


@_of_estimate
def _corrected_line(row: OutcomeEffect, estimate: RDEstimate, outcome: Measure) -> str:
    return f"{outcome.short(estimate.coef_bias_corrected)} ({outcome.short(estimate.se_robust)})"


@_of_estimate
def _interval_line(row: OutcomeEffect, estimate: RDEstimate, outcome: Measure) -> str:
    return interval(estimate.ci_robust, outcome)


def _holm_line(row: OutcomeEffect, outcome: Measure) -> str:
    return DASH if row.p_holm is None else p_value(row.p_holm)


@_of_estimate
def _sd_line(row: OutcomeEffect, estimate: RDEstimate, outcome: Measure) -> str:
    if not row.control_sd:
        return DASH
    return number(estimate.coef_conventional / row.control_sd, 2)


@_of_estimate
def _control_line(row: OutcomeEffect, estimate: RDEstimate, outcome: Measure) -> str:
    return outcome.short(estimate.at_cutoff[0])


@_of_estimate
def _share_line(row: OutcomeEffect, estimate: RDEstimate, outcome: Measure) -> str:
    share = percent_of_control(estimate, outcome)
    return DASH if share is None else percent(share)


@_of_estimate
def _month_line(row: OutcomeEffect, estimate: RDEstimate, outcome: Measure) -> str:
    return outcome.short(estimate.coef_conventional / 12) if outcome.is_yearly_money else DASH


@_of_estimate
def _wage_line(row: OutcomeEffect, estimate: RDEstimate, outcome: Measure) -> str:
    if not outcome.is_yearly_money or not outcome.wage_cop:
        return DASH
    return number(estimate.coef_conventional / 12 / float(outcome.wage_cop), 2)


@_of_estimate
def _potential_line(row: OutcomeEffect, estimate: RDEstimate, outcome: Measure) -> str:
    """Whether the lower two fifths would reach the fourth: the distance is one hundred per cent."""
    return percent(estimate.coef_conventional / row.potential) if row.potential else DASH


def _itt_line(row: OutcomeEffect, outcome: Measure) -> str:
    value, error, p, _n = headline_cells(row.intention_to_treat, outcome)
    return f"{value} ({error}; {p})" if error else value


@_of_estimate
def _first_line(row: OutcomeEffect, estimate: RDEstimate, outcome: Measure) -> str:
    first = estimate.first_stage
    if first is None:
        return DASH
    jump = _("%(points)s percentage points") % {"points": number(100 * first.coef)}
    return jump if first.f is None else f"{jump} ({number(first.f, 1)})"


@_of_estimate
def _set_line(row: OutcomeEffect, estimate: RDEstimate, outcome: Measure) -> str:
    bare = replace(outcome, unit="", period="")
    return anderson_rubin(estimate.anderson_rubin, bare) if estimate.anderson_rubin else DASH


def _detectable_line(row: OutcomeEffect, outcome: Measure) -> str:
    return DASH if row.detectable is None else outcome.short(row.detectable)


@_of_estimate
def _bandwidth_line(row: OutcomeEffect, estimate: RDEstimate, outcome: Measure) -> str:
    return f"{widths(estimate.h)} ({widths(estimate.b)})"


@_of_estimate
def _within_line(row: OutcomeEffect, estimate: RDEstimate, outcome: Measure) -> str:
    return pair(estimate.n_effective)


@_of_estimate
def _clusters_line(row: OutcomeEffect, estimate: RDEstimate, outcome: Measure) -> str:
    return pair(estimate.clusters) if any(estimate.clusters) else DASH


def corrected_table(result: ImpactResult, names: Names) -> ReportTable:
    """Uncorrected, and both corrections for imbalance, an outcome after the other."""
    main = {row.outcome: row.found for row in result.headline.rows} if result.headline else {}
    rows: list[tuple[str, ...]] = []
    for item in result.corrected:
        outcome = names.outcomes[item.outcome]
        for label, estimate in (
            (_("uncorrected"), main.get(item.outcome)),
            (_("inside the estimation (the one to quote)"), item.inside),
            (_("by residuals (as the published table did)"), item.residuals),
        ):
            if estimate is not None:
                rows.append((f"{outcome.label}, {label}", *estimate_cells(estimate, outcome)))
    return ReportTable(
        _("Corrected for imbalance"), columns(_("Estimate of"), *estimate_labels()), tuple(rows)
    )


def funnel_table(result: ImpactResult, names: Names) -> ReportTable:
    """From everybody surveyed to those within the bandwidth of each outcome."""
    funnel = result.funnel
    if funnel is None:
        raise ValueError("the funnel is not there yet")
    steps = (*_everybody(funnel, names), *_of_outcomes(funnel, result, names))
    return ReportTable(
        caption=_("Who is in the analysis"),
        columns=(
            ReportColumn(_("Step"), num=False),
            ReportColumn(_("Note"), num=False),
            ReportColumn(_("Producers")),
        ),
        rows=tuple((label, note, count(people)) for label, people, note in steps),
    )


Step = tuple[str, int | None, str]


def _everybody(funnel: ImpactFunnel, names: Names) -> Iterator[Step]:
    """Who is left after each step: its name, how many, and a note."""
    yield _("Surveyed"), funnel.surveyed, ""
    yield _("With a score and known participation"), funnel.linked, ""
    for item in funnel.excluded:
        label = _("Left out: %(department)s (alliances: %(alliances)s)") % {
            "department": names.department(item.department),
            "alliances": count(item.alliances),
        }
        yield label, None if item.producers is None else -item.producers, item.reason
    counts = {"alliances": count(funnel.alliances), "departments": number(funnel.departments)}
    note = _("alliances: %(alliances)s; departments: %(departments)s") % counts
    yield _("In the analysis"), funnel.analysed, note
    if funnel.sides:
        yield _("of whom below the cut-off, and at it or above"), None, _sides(funnel.sides)
    sides = funnel.treated
    below, above = (count(side) for side in sides or (None, None))
    note = _("below the cut-off: %(below)s; above: %(above)s") % {"below": below, "above": above}
    yield _("of whom took part"), sum(sides) if sides else None, note


def _of_outcomes(funnel: ImpactFunnel, result: ImpactResult, names: Names) -> Iterator[Step]:
    """Who answered about each outcome, can be used, and stands within its bandwidth."""
    effects = {row.outcome: row for row in result.headline.rows} if result.headline else {}
    for outcome in funnel.outcomes:
        named = {"outcome": names.outcomes[outcome.outcome].label}
        yield _("%(outcome)s: answered") % named, outcome.answered, ""
        crops = ", ".join(names.crops.get(code, code) for code in outcome.crops_without_controls)
        lost = _("lost, too few controls of the same crop: %(crops)s") % {"crops": crops}
        yield _("%(outcome)s: usable") % named, outcome.valid, lost if crops else ""
        effect = effects.get(outcome.outcome)
        if effect and isinstance(effect.found, RDEstimate):
            near = effect.found.n_effective
            within = _("%(outcome)s: within the bandwidth") % named
            yield within, sum(near), _sides(effect.near) or pair(near)


def _sides(sides: StoredSides | None) -> str:
    """Producers, alliances and departments on each side of the cut-off."""
    if sides is None:
        return ""
    producers, alliances = (
        f"{count(None)} + {count(None)}" if counts is None else pair(counts)
        for counts in (sides.producers, sides.alliances)
    )
    return _("producers: %(producers)s; alliances: %(alliances)s; departments: %(departments)s") % {
        "producers": producers,
        "alliances": alliances,
        "departments": pair(sides.departments),
    }
