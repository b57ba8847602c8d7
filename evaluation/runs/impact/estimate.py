"""What an impact run estimates, part by part, from the rows of one study. No database here.

The rows that share an outcome, a window or a department are read and sorted once (``RDSample``).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property, reduce
from typing import Any

import numpy as np
import pandas as pd

from evaluation.estimators.checks import (
    DensitySpec,
    PooledEstimate,
    bandwidth_path,
    covariate_balance,
    density_by,
    density_test,
    detectable,
    donut,
    heaping,
    honest_interval,
    leave_one_out,
    placebo_cutoffs,
    pooled_estimate,
    rd_bins,
)
from evaluation.estimators.discontinuity import Bin, RDBins, RDEstimate
from evaluation.estimators.multiplicity import holm
from evaluation.estimators.rd import NotEstimable, RDSample, RDSpec, estimate_rd
from evaluation.estimators.rd.scores import Decimals, once_read, read_scores
from evaluation.estimators.rd.spec import Distribution
from evaluation.estimators.results import to_data
from evaluation.runs.impact.checking import SIGNIFICANCE
from evaluation.studies.dataset import (
    ALLIANCE,
    CALL_REGION,
    CROP,
    CUTOFF,
    DEPARTMENT,
    SCORE,
    TREATED,
)
from evaluation.studies.impact_spec import ImpactSpec

RDResult = RDEstimate | NotEstimable
Part = Any
#: Producers that a dot of the figure stands for, at least: fewer could be told apart.
FEWEST_IN_A_BIN = 5
#: Alliances left out one at a time, the nearest to the cut-off first: of more, none can matter.
MOST_ALLIANCES = 300
#: Dots on each side of the cut-off, at most: thousands are no figure, and take seconds to draw.
MOST_DOTS = 100
#: Bars of the histogram of scores on each side of the cut-off: at most, and one for so many
#: profiles, since bars of few are hidden from whoever does not evaluate.
BARS, FEWEST_BARS, PROFILES_A_BAR = 12, 4, 20
#: Share of alliances with one score, or of distinct scores, that parts shared from own scores.
SHARED = 0.5
#: Share of its mean under which a standard deviation is rounding: everybody answered the same.
CONSTANT = 1e-12
#: A sharp design has nobody to take for untreated but those below the cut-off.
DISTRIBUTIONS: dict[str, Distribution] = {"cr2": "student"}
CLUSTERS = {"alliance": ALLIANCE, "department": DEPARTMENT, "none": None}


class Design:
    """The rows of a study and the estimates that its specification asks of them.

    ``rows`` are those of ``impact_rows``: everybody surveyed. Whoever lacks a score or a treatment
    is counted and left out. ``scores`` are those of ``decided_scores``: every profile of the same
    calls, to ask whether scores were bent; left out, those surveyed are asked.
    """

    def __init__(
        self, rows: pd.DataFrame, spec: ImpactSpec, seed: int, scores: pd.DataFrame | None = None
    ) -> None:
        self.spec, self.seed = spec, seed
        self.surveyed = len(rows)
        known = rows[SCORE].notna()
        if self.is_fuzzy:
            known &= rows[TREATED].notna()
        self.linked = rows[known]
        self.scores = self.linked if scores is None else scores

    @property
    def is_fuzzy(self) -> bool:
        return self.spec.treatment != "none"

    # -- Rows and specifications -------------------------------------------------------------------
    def without(self, departments: Sequence[str]) -> pd.DataFrame:
        """The linked rows of all other departments, their outcomes standardised anew."""
        rows = self.linked[~self.linked[DEPARTMENT].isin(departments)]
        scaled = {name: self._standardised(rows, name) for name in self.spec.standardised}
        return rows.assign(**scaled)

    def _controls(self, rows: pd.DataFrame) -> pd.Series:
        return rows[TREATED] == 0 if self.is_fuzzy else rows[SCORE] < 0

    def _standardised(self, rows: pd.DataFrame, name: str) -> pd.Series:
        """In standard deviations of the controls of the same crop, from their mean."""
        controls = rows[self._controls(rows)].groupby(CROP)[name].agg(["mean", "std", "count"])
        usable = controls["count"] >= self.spec.minimum_controls
        usable &= controls["std"] > CONSTANT * controls["mean"].abs()
        controls = controls[usable]
        # A map by no crop at all keeps the type of the codes: these are numbers.
        mean, spread = (rows[CROP].map(controls[key]).astype(float) for key in ("mean", "std"))
        return (rows[name] - mean) / spread

    @cached_property
    def rows(self) -> pd.DataFrame:
        """The rows of the analysis."""
        return self.without(self.spec.excluded)

    @cached_property
    def sample(self) -> RDSample:
        return RDSample(self.rows, groups=(DEPARTMENT,))

    @cached_property
    def shared_score(self) -> bool:
        """Members of an alliance have one score: then the alliance is what was scored.

        A few that differ from the others of theirs are mistakes, not scores of their own; and
        where most rows repeat a score, they are members of something that was scored.
        """
        scores = self.linked.groupby(ALLIANCE)[SCORE].nunique()
        distinct = self.linked[SCORE].nunique()
        return bool((scores <= 1).mean() > SHARED or distinct < SHARED * len(self.linked))

    @property
    def unit(self) -> str | None:
        return ALLIANCE if self.shared_score else None

    @cached_property
    def sound_scores(self) -> pd.DataFrame:
        """The scores of the departments of the analysis."""
        return self.scores[~self.scores[DEPARTMENT].isin(self.spec.excluded)]

    def rd(self, outcome: str, **changes: Any) -> RDSpec:
        """The estimate that the study asks of an outcome, with some things changed."""
        spec = self.spec
        main = RDSpec(
            outcome=outcome,
            score=SCORE,
            treatment=TREATED if self.is_fuzzy else None,
            cluster=CLUSTERS[spec.cluster],
            kernel=spec.kernel,
            p=spec.p,
            bwselect=spec.bwselect,
            bandwidth_on=spec.bandwidth_on,
            vce=spec.vce,
            distribution=DISTRIBUTIONS.get(spec.vce, "normal"),
            masspoints=spec.masspoints,
            decimals=self.decimals,
            level=spec.level,
        )
        return replace(main, **changes)

    @cached_property
    def decimals(self) -> Decimals:
        """How scores are read: found once in all of them, for every estimate and check."""
        scores = np.concatenate([self.linked[SCORE].to_numpy(), self.scores[SCORE].to_numpy()])
        return once_read(read_scores(scores, self.spec.decimals))

    def _without_each(self, names: Sequence[str]) -> dict[str, list[Part]]:
        """Outcomes without each department of the analysis, standardised anew, by outcome.

        One sample lives at a time: those of all departments would not fit into memory.
        """
        parts: dict[str, list[Part]] = {name: [] for name in names}
        for code in sorted(self.rows[DEPARTMENT].unique()) if names else ():
            sample = RDSample(self.without((*self.spec.excluded, code)))
            for name in names:
                parts[name].append({"at": code, "found": to_data(sample.estimate(self.rd(name)))})
        return parts

    def _each_outcome(self, find: Callable[[str], Any]) -> Part:
        return [{"outcome": name, "found": to_data(find(name))} for name in self.spec.outcomes]

    # -- Parts, in the order in which a reader asks for them ---------------------------------------
    def funnel(self) -> Part:
        """From everybody surveyed to those whose answer can be used."""
        rows = self.rows
        sides = (rows[SCORE] < 0, rows[SCORE] >= 0)
        treated = rows[TREATED] > 0 if self.is_fuzzy else rows[SCORE] >= 0
        return {
            "surveyed": self.surveyed,
            "linked": len(self.linked),
            "excluded": [
                {
                    "department": item.department,
                    "reason": item.reason,
                    **_counted(self.linked[self.linked[DEPARTMENT] == item.department]),
                }
                for item in self.spec.exclusions
            ],
            "analysed": len(rows),
            "alliances": int(rows[ALLIANCE].nunique()),
            "departments": int(rows[DEPARTMENT].nunique()),
            "sides": _sides(rows),
            "treated": [int((treated & side).sum()) for side in sides],
            "outcomes": [self._outcome_funnel(name) for name in self.spec.outcomes],
        }

    def _outcome_funnel(self, name: str) -> Part:
        raw, usable = self.linked.loc[self.rows.index, name], self.rows[name]
        lost = self.rows.loc[raw.notna() & usable.isna(), CROP]
        return {
            "outcome": name,
            "answered": int(raw.notna().sum()),
            "valid": int(usable.notna().sum()),
            "crops_without_controls": sorted(lost.unique().tolist()),
        }

    def headline(self) -> Part:
        """Every outcome as the study asks for it, and by intention to treat."""
        results = [self.sample.estimate(self.rd(name)) for name in self.spec.outcomes]
        # An outcome that could not be estimated was asked about all the same.
        adjusted = holm(
            [result.pv_robust if isinstance(result, RDEstimate) else 1.0 for result in results]
        )
        return {
            "shared_score": self.shared_score,
            "rows": [
                {
                    "outcome": name,
                    "standardised": name in self.spec.standardised,
                    "found": to_data(result),
                    "intention_to_treat": to_data(
                        self.sample.estimate(self.rd(name, treatment=None))
                    ),
                    "p_holm": to_data(p if isinstance(result, RDEstimate) else None),
                    "control_sd": self._control_sd(name),
                    "detectable": to_data(_detectable(result, self.spec.level)),
                    "potential": self._potential(name),
                    "near": self._near(name, result),
                }
                for name, result, p in zip(self.spec.outcomes, results, adjusted, strict=True)
            ],
        }

    def _near(self, name: str, result: RDResult) -> Part:
        """Who stands within the bandwidth and answered, on each side."""
        if isinstance(result, NotEstimable):
            return None
        left, right = result.h
        score = self.rows[SCORE]
        return _sides(self.rows[self.rows[name].notna() & (score > -left) & (score < right)])

    def _control_sd(self, name: str) -> float | None:
        controls = self.rows.loc[self._controls(self.rows), name]
        spread = float(controls.std())
        return to_data(spread) if spread > CONSTANT * abs(controls.mean()) else None

    def _potential(self, name: str) -> float | None:
        """How far the lower two fifths of the untreated stand below the fourth, in their means."""
        outcome = self.rows.loc[self._controls(self.rows), name].dropna().sort_values()
        fifths = outcome.rank(method="first", pct=True)
        low, fourth = outcome[fifths <= 0.4], outcome[(fifths > 0.6) & (fifths <= 0.8)]
        distance = fourth.mean() - low.mean()
        return to_data(float(distance)) if np.isfinite(distance) else None

    def plots(self) -> Part:
        """Bins, and the local fit within the bandwidth, of each outcome."""
        return [self._plot(name) for name in self.spec.outcomes]

    def _plot(self, name: str) -> Part:
        reduced_form = self.rd(name, treatment=None)
        result = self.sample.estimate(self.rd(name))
        h = result.h if isinstance(result, RDEstimate) else None
        bins = rd_bins(self.sample, reduced_form, p=reduced_form.p, kernel=reduced_form.kernel, h=h)
        if isinstance(bins, RDBins):
            bins = replace(bins, bins=_fewer(_merged_small_bins(bins.bins)))
        return {"outcome": name, "bins": to_data(bins), "h": to_data(h)}

    def density(self) -> Part:
        """Whether the density of the scores jumps at the cut-off, a profile counted once."""
        spec = DensitySpec(score=SCORE, unit=self.unit, decimals=self.decimals)
        return {
            "everywhere": to_data(density_test(self.scores, spec)),
            "analysed": to_data(density_test(self.sound_scores, spec)),
            "bars": self._bars(),
        }

    def _bars(self) -> Part:
        scores = self.sound_scores[SCORE]
        if self.shared_score:
            scores = scores.groupby(self.sound_scores[ALLIANCE]).first()
        if scores.empty:
            return []
        farthest = max(abs(scores.min()), abs(scores.max())) or 1.0
        bars = min(BARS, max(FEWEST_BARS, len(scores) // PROFILES_A_BAR))
        edges = np.linspace(-farthest, farthest, 2 * bars + 1)
        counts, _edges = np.histogram(scores, edges)
        return to_data(
            [
                {"low": float(low), "high": float(high), "profiles": int(count)}
                for low, high, count in zip(edges[:-1], edges[1:], counts, strict=True)
            ]
        )

    def density_departments(self) -> Part:
        """The same in each department, those left out of the analysis too."""
        by_department = density_by(
            self.scores,
            DensitySpec(score=SCORE, unit=self.unit, decimals=self.decimals),
            DEPARTMENT,
        )
        if isinstance(by_department, NotEstimable):
            return to_data(by_department)
        profiles = self.scores.groupby(DEPARTMENT)[ALLIANCE].nunique()
        return [
            {
                "department": str(group.at),
                "is_excluded": str(group.at) in self.spec.excluded,
                "profiles": int(profiles[group.at]),
                "found": to_data(group.found),
                "p_adjusted": to_data(group.p_adjusted),
            }
            for group in by_department.groups
        ]

    def heaping(self) -> Part:
        """Whether scores pile up at round values or at the cut-off."""
        return to_data(heaping(self.sound_scores, SCORE, unit=self.unit, decimals=self.decimals))

    def balance(self) -> Part:
        """Whether those on both sides resembled each other before anything was decided."""
        names = self.spec.covariates
        draws = 0 if self.spec.cluster == "none" else self.spec.balance_draws  # draws clusters
        balance = covariate_balance(
            self.sample, self.rd(names[0]), names, draws=draws, seed=self.seed
        )
        return to_data(balance)

    def corrected(self) -> Part:
        """Each outcome corrected for imbalance: inside the estimation, and by its residuals."""
        residuals = RDSample(
            self.rows.assign(**{name: self._residuals(name) for name in self.spec.outcomes})
        )
        return [
            {
                "outcome": name,
                "inside": to_data(
                    self.sample.estimate(self.rd(name, covariates=self.spec.covariates))
                ),
                "residuals": to_data(residuals.estimate(self.rd(name))),
            }
            for name in self.spec.outcomes
        ]

    def _residuals(self, name: str) -> pd.Series:
        """Of least squares on the covariates, without the treatment, around the outcome's mean."""
        rows = self.rows[[name, *self.spec.covariates]].dropna()
        if rows.empty:
            return pd.Series(index=self.rows.index, dtype=float)
        design = np.column_stack([np.ones(len(rows)), rows[list(self.spec.covariates)]])
        outcome = rows[name].to_numpy()
        fitted = design @ np.linalg.lstsq(design, outcome, rcond=None)[0]
        return pd.Series(outcome - fitted + outcome.mean(), index=rows.index)

    def specifications(self) -> Part:
        """The headline under each other setting that a reader may hold for better."""
        return [_path(name, list(self._otherwise(name))) for name in self.spec.outcomes]

    def _otherwise(self, name: str) -> Iterator[tuple[str, RDResult]]:
        main = self.rd(name)
        for label, changes in self.settings():
            alternative = replace(main, **changes)
            if alternative != main:
                yield label, self.sample.estimate(alternative)
        if self.shared_score and main.cluster == ALLIANCE:
            yield "alliance_means", self._means(main)

    def settings(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Each other setting: its label, and what changes in the estimate."""
        for kernel in ("triangular", "epanechnikov", "uniform"):
            yield f"kernel_{kernel}", {"kernel": kernel}
        for order in (1, 2):
            yield f"p_{order}", {"p": order}
        for selector in ("mserd", "msetwo", "cerrd"):
            yield f"bwselect_{selector}", {"bwselect": selector}
        if self.is_fuzzy:
            for target in ("reduced_form", "fuzzy"):
                yield f"bandwidth_on_{target}", {"bandwidth_on": target}
        for masspoints in ("adjust", "off"):
            yield f"masspoints_{masspoints}", {"masspoints": masspoints}
        if self.spec.cluster != "none":
            for vce in ("cr3", "cr2", "cr1", "nn_cluster", "nn"):
                changes: dict[str, Any] = {"vce": vce}
                changes["distribution"] = DISTRIBUTIONS.get(vce, "normal")
                yield f"vce_{vce}", changes | ({"cluster": None} if vce == "nn" else {})

    def _means(self, main: RDSpec) -> RDResult:
        """The same on one row an alliance, which is its members' mean."""
        columns = [str(main.outcome), SCORE, *([TREATED] if self.is_fuzzy else [])]
        rows = self.rows[[ALLIANCE, *columns]].dropna().groupby(ALLIANCE).mean()
        return estimate_rd(rows, replace(main, cluster=None, vce="nn", distribution="normal"))

    def bandwidths(self) -> Part:
        """The headline with its bandwidths times each factor."""
        return [
            _path(name, bandwidth_path(self.sample, self.rd(name))) for name in self.spec.outcomes
        ]

    def placebo(self) -> Part:
        """The jump of the outcome where nothing happened."""
        return self._each_outcome(
            lambda name: placebo_cutoffs(self.sample, self.rd(name), number=self.spec.placebos)
        )

    def donut(self) -> Part:
        """The headline without the rows nearest to the cut-off."""
        return [_path(name, donut(self.sample, self.rd(name))) for name in self.spec.outcomes]

    def cutoffs(self) -> Part:
        """The headline over several cut-offs: pooled on the normalised score, and at each."""
        return self._each_outcome(self._pooled)

    def _pooled(self, name: str) -> PooledEstimate | NotEstimable:
        """Cut-offs in points of the score as it was given, which ``@score`` no longer is."""
        rows = self.rows
        if CALL_REGION not in rows or rows[CALL_REGION].nunique() < 2:
            detail = "Every score was compared with the same cut-off: there is nothing to pool."
            return NotEstimable("one_cutoff", 1, detail)
        cutoffs = rows.groupby(CALL_REGION)[CUTOFF].agg(["min", "max"])
        if (two := cutoffs["min"] != cutoffs["max"]).any():
            detail = f"{two.idxmax()} has more than one cut-off."
            return NotEstimable("two_cutoffs", int(two.sum()), detail)
        spec = self.rd(name)
        named = [name, SCORE, CALL_REGION, spec.treatment, spec.cluster]
        columns = [column for column in dict.fromkeys(named) if column is not None]
        pooled = pooled_estimate(rows[columns], spec, CALL_REGION)
        if isinstance(pooled, NotEstimable):
            return pooled
        at = [replace(row, cutoff=float(cutoffs["min"][row.at])) for row in pooled.by_cutoff]
        return replace(pooled, by_cutoff=tuple(at))

    def honest(self) -> Part:
        """The jump of each outcome with an interval that few scores near the cut-off allow."""
        return self._each_outcome(lambda name: honest_interval(self.sample, self.rd(name)))

    def alliances(self) -> Part:
        """The headline without each alliance, at its own bandwidths: the two that move it most."""
        sample = RDSample(self.rows, groups=(ALLIANCE,))
        return self._each_outcome(lambda name: self._without_alliances(sample, name))

    def _without_alliances(self, sample: RDSample, name: str) -> Part:
        main = sample.estimate(self.rd(name))
        if isinstance(main, NotEstimable):
            return main
        fixed = replace(self.rd(name), h=main.h, b=main.b)
        prepared = sample.prepared(fixed)
        codes, distance = prepared.groups[ALLIANCE], np.abs(prepared.cells.score)
        nearest = pd.Series(distance).groupby(codes).min().sort_values(kind="stable")
        near = nearest[nearest < max(*main.h, *main.b)].index
        tried = near[:MOST_ALLIANCES]
        estimates = [sample.estimate(fixed, mask=codes != code) for code in tried]
        usable = [row for row in estimates if isinstance(row, RDEstimate)]
        if len(usable) < 2:
            detail = "Fewer than two alliances can be left out."
            return NotEstimable("few_clusters", len(usable), detail)
        low, *_others, high = sorted(usable, key=lambda row: row.coef_conventional)
        return {
            "near": len(near),
            "tried": len(usable),
            "flipped": sum(row.coef_conventional * main.coef_conventional < 0 for row in usable),
            "changed": sum(_is_told(row) != _is_told(main) for row in usable),
            "lowest": _extreme(low),
            "highest": _extreme(high),
        }

    def departments(self) -> Part:
        """With every department, with each excluded one put back, and without each other one."""
        lifted = [
            tuple(code for code in self.spec.excluded if code != back)
            for back in self.spec.excluded
        ]
        everywhere = RDSample(self.without(()))
        partly = [RDSample(self.without(excluded)) for excluded in lifted]
        anew = self._without_each(self.spec.standardised)
        return [
            {
                "outcome": name,
                "with_all": to_data(everywhere.estimate(self.rd(name))),
                "put_back": [
                    {"at": back, "found": to_data(sample.estimate(self.rd(name)))}
                    for back, sample in zip(self.spec.excluded, partly, strict=True)
                ],
                "left_out": anew[name]
                if name in anew
                else to_data(leave_one_out(self.sample, self.rd(name), DEPARTMENT)),
            }
            for name in self.spec.outcomes
        ]


def _merged_small_bins(bins: Sequence[Bin]) -> tuple[Bin, ...]:
    """Bins of one side joined to their neighbour until each stands for enough people.

    The mean of one answer would be that answer. What is joined has no interval of its own.
    """
    merged: list[Bin] = []
    for bin_ in bins:
        is_small = merged and min(merged[-1].n, bin_.n) < FEWEST_IN_A_BIN
        if is_small and (merged[-1].mean_score < 0) == (bin_.mean_score < 0):
            bin_ = _joined(merged.pop(), bin_)
        merged.append(bin_)
    return tuple(merged)


def _fewer(bins: Sequence[Bin]) -> tuple[Bin, ...]:
    """Neighbours of one side joined, as many at a time as it takes to draw them."""
    joined: list[Bin] = []
    for is_below in (True, False):
        side = [bin_ for bin_ in bins if (bin_.mean_score < 0) == is_below]
        together = max(1, -(-len(side) // MOST_DOTS))
        joined += [
            reduce(_joined, side[start : start + together])
            for start in range(0, len(side), together)
        ]
    return tuple(joined)


def _joined(one: Bin, other: Bin) -> Bin:
    n = one.n + other.n
    score, outcome = (
        (getattr(one, name) * one.n + getattr(other, name) * other.n) / n
        for name in ("mean_score", "mean_outcome")
    )
    return Bin(one.low, other.high, score, outcome, n, se=None, ci=None)


def _sides(rows: pd.DataFrame) -> dict[str, list[int]]:
    """Producers, alliances and departments below the cut-off, and at it or above."""
    sides = (rows[rows[SCORE] < 0], rows[rows[SCORE] >= 0])
    return {
        "producers": [len(side) for side in sides],
        "alliances": [int(side[ALLIANCE].nunique()) for side in sides],
        "departments": [int(side[DEPARTMENT].nunique()) for side in sides],
    }


def _extreme(estimate: RDEstimate) -> dict[str, Any]:
    """Without its counts, which would tell how many one alliance is."""
    return {
        "coef": estimate.coef_conventional,
        "pv": estimate.pv_robust,
        "ci": estimate.ci_robust,
    }


def _is_told(estimate: RDEstimate) -> bool:
    """Told from zero, as ``checking.is_significant`` has it."""
    low, high = estimate.ci_robust
    return estimate.pv_robust < SIGNIFICANCE and not low <= 0 <= high


def _counted(rows: pd.DataFrame) -> dict[str, int]:
    return {"producers": len(rows), "alliances": int(rows[ALLIANCE].nunique())}


def _detectable(result: RDResult, level: float) -> float | None:
    if not isinstance(result, RDEstimate) or not result.se_robust > 0:
        return None
    return detectable(result, level=level).effect


def _path(outcome: str, points: Any) -> Part:
    """Points as they come: of the checks, or pairs of a label and an estimate."""
    if isinstance(points, list):
        data: Any = [{"at": label, "found": to_data(result)} for label, result in points]
    else:
        data = to_data(points)
    return {"outcome": outcome, "points": data}
