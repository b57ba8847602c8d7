"""The tables behind each check of an impact run, in the language that is active. Pure."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from evaluation.estimators.discontinuity import BalanceRow, DensityTest, RDResult, SensitivityPoint
from evaluation.estimators.results import NotEstimable
from evaluation.runs.impact.cells import (
    DASH,
    estimate_cells,
    estimate_labels,
    interval,
    pair,
    score_range,
    widths,
)
from evaluation.runs.impact.labels import factor_label, radius_label, setting_label
from evaluation.runs.impact.results import (
    DepartmentDensity,
    ImpactResult,
    OutcomeEffect,
    Path,
    StoredHeap,
)
from evaluation.runs.impact.words import Names, anderson_rubin, estimate, with_unit
from evaluation.runs.tables import ReportTable, columns
from evaluation.runs.words import p_value, why
from kit.figures import count, number, percent


@dataclass(frozen=True)
class CheckTables:
    """What a check rests on, by its code."""

    result: ImpactResult
    names: Names

    def of(self, code: str) -> tuple[ReportTable, ...]:
        """The tables there are; none while the part is missing."""
        made: Mapping[str, Callable[[], Iterable[ReportTable]]] = {
            "shared_score": self._units,
            "density": self._density,
            "density_departments": self._density_departments,
            "heaping": self._heaping,
            "balance": self._balance,
            "first_stage": self._first_stage,
            "bias": self._bias,
            "holm": self._holm,
            "bandwidths": lambda: self._paths(self.result.bandwidths, factor_label),
            "specifications": lambda: self._paths(self.result.specifications, setting_label),
            "donut": lambda: self._paths(self.result.donut, radius_label),
            "placebo": self._placebo,
            "cutoffs": self._cutoffs,
            "honest": self._honest,
            "alliances": self._alliances,
            "left_out": self._left_out,
            "with_all": self._with_all,
        }
        return tuple(made[code]())

    @property
    def _rows(self) -> tuple[OutcomeEffect, ...]:
        return self.result.headline.rows if self.result.headline else ()

    def _by_outcome(
        self, caption: str, labels: tuple[str, ...], cells: Callable[[OutcomeEffect], list[str]]
    ) -> Iterator[ReportTable]:
        yield ReportTable(
            caption,
            columns(_("Outcome"), *labels),
            tuple((self.names.outcomes[row.outcome].label, *cells(row)) for row in self._rows),
        )

    def _units(self) -> Iterator[ReportTable]:
        def cells(row: OutcomeEffect) -> list[str]:
            if isinstance(row.found, NotEstimable):
                return [why(row.found), "", "", ""]
            estimated = row.found
            return [
                number(sum(estimated.n)),
                number(sum(estimated.distinct_scores)),
                number(sum(estimated.clusters)) if any(estimated.clusters) else DASH,
                _("as stored")
                if estimated.decimals is None
                else _("read with %(n)s decimals") % {"n": number(estimated.decimals)},
            ]

        labels = (
            _("Producers"),
            _("Different scores"),
            _("Clusters near the cut-off"),
            _("Scores"),
        )
        yield from self._by_outcome(_("What counts as one"), labels, cells)

    def _density(self) -> Iterator[ReportTable]:
        if self.result.density is None:
            return
        density = self.result.density
        labelled = (
            (_("Departments of the analysis"), density.analysed),
            (_("All departments"), density.everywhere),
        )
        yield ReportTable(
            _("Density of the scores above less below the cut-off, an alliance counted once"),
            columns(
                _("Profiles of"),
                _("Jump"),
                _("Error"),
                "p",
                _("Profiles, below and above"),
                _("Within the bandwidth"),
                _("Bandwidth"),
            ),
            tuple((label, *_density_cells(density_test)) for label, density_test in labelled),
        )

    def _density_departments(self) -> Iterator[ReportTable]:
        rows = self.result.density_departments
        if isinstance(rows, NotEstimable) or not rows:
            return
        yield ReportTable(
            _("The same test in each department, adjusted by Holm for asking in each"),
            columns(
                _("Department"), _("Profiles"), _("Jump"), "p", _("p (Holm)"), _("In the analysis")
            ),
            tuple(self._department_row(row) for row in rows),
        )

    def _department_row(self, row: DepartmentDensity) -> tuple[str, ...]:
        head = (self.names.department(row.department), count(row.profiles))
        inside = _("no") if row.is_excluded else _("yes")
        if isinstance(row.found, NotEstimable):
            return (*head, why(row.found), "", "", inside)
        adjusted = DASH if row.p_adjusted is None else p_value(row.p_adjusted)
        return (*head, number(row.found.difference, 3), p_value(row.found.pv), adjusted, inside)

    def _heaping(self) -> Iterator[ReportTable]:
        heaping = self.result.heaping
        if heaping is None or isinstance(heaping, NotEstimable):
            return
        yield ReportTable(
            _("Profiles near the cut-off, on each side"),
            columns(_("Score less cut-off"), _("Below"), _("At it or above"), "p"),
            tuple(
                (
                    score_range(window.low, window.high),
                    count(window.below),
                    count(window.at_or_above),
                    p_value(window.p_value),
                )
                for window in heaping.windows
            ),
        )
        heaps: list[tuple[str, StoredHeap]] = [
            (_score(heap.value, heaping.decimals), heap) for heap in heaping.heaps
        ]
        if heaping.at_cutoff:
            heaps.insert(0, (_("The cut-off"), heaping.at_cutoff))
        yield ReportTable(
            _("Scores that more profiles have than their neighbours promise"),
            columns(_("Score less cut-off"), _("Profiles"), _("Expected"), "p", _("p (Holm)")),
            tuple(
                (
                    label,
                    count(heap.observed),
                    DASH if heap.expected is None else number(heap.expected, 1),
                    p_value(heap.p_value),
                    p_value(heap.p_adjusted),
                )
                for label, heap in heaps
            ),
        )

    def _balance(self) -> Iterator[ReportTable]:
        if self.result.balance is None:
            return
        joint = self.result.balance.joint
        joint_p = why(joint) if isinstance(joint, NotEstimable) else p_value(joint)
        yield ReportTable(
            _("Jumps of what nothing could have changed (all together, p: %(p)s)") % {"p": joint_p},
            columns(
                _("Characteristic"),
                _("Jump"),
                _("Error"),
                _("In standard deviations"),
                _("Robust p"),
                _("q over all"),
                _("Producers"),
            ),
            tuple(self._balance_row(row) for row in self.result.balance.rows),
        )

    def _balance_row(self, row: BalanceRow) -> tuple[str, ...]:
        label = self.names.variable(row.covariate)
        if isinstance(row.found, NotEstimable):
            return (label, why(row.found), "", "", "", "", "")
        return (
            label,
            _plain(row.found.coef_conventional),
            _plain(row.found.se_conventional),
            DASH if row.standardised is None else number(row.standardised, 2),
            p_value(row.found.pv_robust),
            DASH if row.q_value is None else p_value(row.q_value),
            number(sum(row.found.n)),
        )

    def _first_stage(self) -> Iterator[ReportTable]:
        def cells(row: OutcomeEffect) -> list[str]:
            outcome = self.names.outcomes[row.outcome]
            if isinstance(row.found, NotEstimable) or row.found.first_stage is None:
                return [estimate(row.found, outcome), "", "", ""]
            first = row.found.first_stage
            return [
                number(first.coef, 3),
                number(first.se, 3),
                DASH if first.f is None else number(first.f, 1),
                anderson_rubin(row.found.anderson_rubin, outcome),
            ]

        labels = (_("Jump of participation"), _("Error"), "F", _("Anderson–Rubin set"))
        yield from self._by_outcome(_("Participation at the cut-off"), labels, cells)

    def _bias(self) -> Iterator[ReportTable]:
        def cells(row: OutcomeEffect) -> list[str]:
            outcome, result = self.names.outcomes[row.outcome], row.found
            if isinstance(result, NotEstimable):
                return [why(result), "", ""]
            return [
                outcome.short(result.coef_conventional),
                outcome.short(result.se_conventional),
                outcome.short(result.coef_bias_corrected),
            ]

        labels = (_("Conventional estimate"), _("Error"), _("Bias-corrected estimate"))
        yield from self._by_outcome(_("With and without the correction for bias"), labels, cells)

    def _holm(self) -> Iterator[ReportTable]:
        def cells(row: OutcomeEffect) -> list[str]:
            result = row.found
            alone = why(result) if isinstance(result, NotEstimable) else p_value(result.pv_robust)
            return [alone, DASH if row.p_holm is None else p_value(row.p_holm)]

        yield from self._by_outcome(
            _("p of each outcome, alone and among all"), (_("Robust p"), _("p (Holm)")), cells
        )

    def _paths(
        self, paths: Iterable[Path], label: Callable[[SensitivityPoint], str]
    ) -> Iterator[ReportTable]:
        for path in paths:
            if not isinstance(path.points, NotEstimable):
                points = [(label(point), point.found) for point in path.points]
                yield self._points(path.outcome, _("Changed"), points)

    def _points(
        self, outcome: str, heading: str, points: Iterable[tuple[str, RDResult]]
    ) -> ReportTable:
        named = self.names.outcomes[outcome]
        return ReportTable(
            with_unit(named.label, named.unit),
            columns(heading, *estimate_labels()),
            tuple((label, *estimate_cells(result, named)) for label, result in points),
        )

    def _placebo(self) -> Iterator[ReportTable]:
        for item in self.result.placebo:
            if not isinstance(item.found, NotEstimable):
                points = [(number(float(point.at), 2), point.found) for point in item.found.points]
                yield self._points(item.outcome, _("Cut-off moved to"), points)

    def _cutoffs(self) -> Iterator[ReportTable]:
        for item in self.result.cutoffs:
            if isinstance(item.found, NotEstimable):
                continue
            named, over = self.names.outcomes[item.outcome], item.found
            rows: list[tuple[str, str, str, RDResult]]
            rows = [(_("All, on the score less its cut-off"), "", percent(1), over.pooled)]
            rows += [
                (at.at, number(at.cutoff, 2), _share(at.weight), at.found) for at in over.by_cutoff
            ]
            table = [
                (label, cutoff, weight, *estimate_cells(result, named))
                for label, cutoff, weight, result in rows
            ]
            if not isinstance(over.average, NotEstimable):
                average = over.average
                table.append(
                    (
                        _("Mean of those with an estimate, by weight (bias-corrected)"),
                        "",
                        percent(average.covered),
                        named.short(average.coef),
                        named.short(average.se),
                        interval(average.ci, named),
                        p_value(average.pv),
                        "",
                        "",
                    )
                )
            yield ReportTable(
                f"{named.label} ({named.unit})",
                columns(_("Cut-off of"), _("Cut-off"), _("Weight"), *estimate_labels()),
                tuple(table),
            )

    def _honest(self) -> Iterator[ReportTable]:
        rows: list[tuple[str, ...]] = []
        for item in self.result.honest:
            named, honest = self.names.outcomes[item.outcome], item.found
            label = f"{named.label} ({named.unit})"
            if isinstance(honest, NotEstimable):
                rows.append((label, why(honest), *[""] * 6))
                continue
            rows.append(
                (
                    label,
                    named.short(honest.coef),
                    named.short(honest.se),
                    named.short(honest.bias),
                    interval(honest.ci, named),
                    widths(honest.h),
                    pair(honest.distinct_scores),
                    pair(honest.n_effective),
                )
            )
        yield ReportTable(
            _("Of reaching the cut-off, by lines, under a bound on how the mean bends"),
            columns(
                _("Outcome"),
                _("Jump"),
                _("Error"),
                _("Largest bias"),
                _("Interval"),
                _("Bandwidth"),
                _("Different scores within it"),
                _("Producers within it"),
            ),
            tuple(rows),
        )

    def _alliances(self) -> Iterator[ReportTable]:
        rows: list[tuple[str, ...]] = []
        for item in self.result.alliances:
            named, without = self.names.outcomes[item.outcome], item.found
            label = f"{named.label} ({named.unit})"
            if isinstance(without, NotEstimable):
                rows.append((label, why(without), *[""] * 5))
                continue
            ends = (without.lowest, without.highest)
            cells = [(named.short(end.coef), interval(end.ci, named)) for end in ends]
            tried = _("%(n)s of %(all)s") % {
                "n": number(without.tried),
                "all": number(without.near),
            }
            rows.append((label, *cells[0], *cells[1], tried, number(without.changed)))
        yield ReportTable(
            _("Without one alliance at a time, at the same bandwidths"),
            columns(
                _("Outcome"),
                _("Lowest estimate"),
                _("Its robust interval"),
                _("Highest estimate"),
                _("Its robust interval"),
                _("Alliances left out, of those near the cut-off"),
                _("Change whether it can be told from zero"),
            ),
            tuple(rows),
        )

    def _left_out(self) -> Iterator[ReportTable]:
        for item in self.result.departments:
            if not isinstance(item.left_out, NotEstimable):
                points = [
                    (self.names.department(str(point.at)), point.found) for point in item.left_out
                ]
                yield self._points(item.outcome, _("Without"), points)

    def _with_all(self) -> Iterator[ReportTable]:
        for item in self.result.departments:
            points = [(_("All departments"), item.with_all)]
            points += [
                (self.names.department(str(point.at)), point.found) for point in item.put_back
            ]
            yield self._points(item.outcome, _("Put back"), points)


# -- Cells -----------------------------------------------------------------------------------------
def _density_cells(test: DensityTest | NotEstimable) -> tuple[str, ...]:
    if isinstance(test, NotEstimable):
        return (why(test), "", "", "", "", "")
    return (
        number(test.difference, 3),
        number(test.se_difference, 3),
        p_value(test.pv),
        pair(test.n),
        pair(test.n_effective),
        widths(test.h),
    )


def _share(weight: float | None) -> str:
    return count(None) if weight is None else percent(weight)


def _score(value: float, decimals: int | None) -> str:
    return number(value, 2 if decimals is None else decimals)


def _plain(value: float) -> str:
    """A number of unknown size with about three digits."""
    size = abs(value)
    return number(value, 0 if size >= 100 else 1 if size >= 10 else 3)
