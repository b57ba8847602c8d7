"""Every part of a follow-up result from the rows of its study. Pure but for pandas."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from evaluation.estimators.multiplicity import holm
from evaluation.estimators.results import Estimate, NotEstimable, to_data
from evaluation.estimators.survey.exact import exact_share, mean_of
from evaluation.estimators.survey.proportions import shares
from evaluation.estimators.survival.curves import log_rank, survival_curve
from evaluation.estimators.survival.results import LogRank
from evaluation.runs.follow_up.results import (
    FUND,
    OUTCOMES,
    PRACTICE,
    UNKNOWN,
    Funnel,
    GroupLooks,
    Lifetimes,
    Look,
    Survival,
)
from evaluation.studies.dataset import ALLIANCE
from evaluation.studies.follow_up_spec import FollowUpSpec, Group
from kit.small_cells import hide_small, hide_small_rows

COLUMNS: dict[Group, str] = {"route": "@route", "chaining": "@chaining"}
DAYS_PER_MONTH = 365.25 / 12


class FollowUp:
    """The looks at alliances, the words of producers, and what is asked of them."""

    def __init__(self, looks: pd.DataFrame, people: pd.DataFrame, spec: FollowUpSpec) -> None:
        order = looks.sort_values([ALLIANCE, "months"], kind="stable", ignore_index=True)
        self.looks, self.spec = order, spec
        self.people = people.sort_values([ALLIANCE, "producer"], kind="stable", ignore_index=True)
        self.alliances = order.drop_duplicates(ALLIANCE).reset_index(drop=True)
        self.hidden = NotEstimable("small_cell", spec.threshold)
        self.level = spec.level / 100

    def funnel(self) -> Any:
        """Who is looked at, and who not yet."""
        waiting = self.looks[~self.looks["is_due"].astype(bool)]
        return to_data(
            Funnel(
                closed=len(self.alliances),
                broke_up=int(self.alliances["ended_on"].notna().sum()),
                not_yet={
                    str(months): int((waiting["months"] == months).sum())
                    for months in self.spec.months
                },
                without_index=int(self.looks["without_index"].sum()),
            )
        )

    def overall(self) -> Any:
        """Every outcome of all alliances."""
        looks = [
            self._looks(outcome, months, {UNKNOWN: self.alliances[ALLIANCE]})[0]
            for outcome in OUTCOMES
            for months in self.spec.months
        ]
        return to_data(GroupLooks(UNKNOWN, tuple(looks)))

    def by(self, group: Group) -> Any:
        """Every outcome by group."""
        members = self._members(group)
        estimate: dict[str, list[Look]] = {name: [] for name in members}
        for outcome in OUTCOMES:
            for months in self.spec.months:
                looks = self._looks(outcome, months, members)
                for name, look in zip(members, looks, strict=True):
                    estimate[name].append(look)
        return to_data([GroupLooks(name, tuple(looks)) for name, looks in estimate.items()])

    def survival(self) -> Any:
        """Curves of all and by group; the tests between groups corrected together."""
        whole = Lifetimes("", (self._curve(UNKNOWN, self.alliances),), None, None)
        rows = [whole, *map(self._lifetimes, self.spec.groups)]
        tested = [row.test.p_value for row in rows if isinstance(row.test, LogRank)]
        adjusted = iter(holm(tested) if tested else ())
        return to_data(
            [
                replace(row, adjusted=next(adjusted)) if isinstance(row.test, LogRank) else row
                for row in rows
            ]
        )

    # -- Looks -------------------------------------------------------------------------------------
    def _members(self, group: Group) -> dict[str, pd.Series]:
        labels = self.alliances[COLUMNS[group]].fillna(UNKNOWN)
        names = sorted(labels.unique(), key=lambda label: (label == UNKNOWN, label))
        return {name: self.alliances[ALLIANCE][labels == name] for name in names}

    def _looks(self, outcome: str, months: int, members: dict[str, pd.Series]) -> list[Look]:
        """One look at each group; groups of too few alliances, and who would tell them, hidden."""
        here = self.looks[self.looks["months"] == months]
        waiting = here[~here["is_due"].astype(bool)]
        parts = [here[here[ALLIANCE].isin(rows)] for rows in members.values()]
        if outcome == PRACTICE:
            counts, estimates = self._practices(months, members)
        else:
            known = [part[outcome].dropna().to_numpy(float) for part in parts]
            counts = [len(values) for values in known]
            estimates = [self._estimate(outcome, values) for values in known]
            if outcome == FUND:
                estimates = [
                    self._without_index(part, estimate)
                    for part, estimate in zip(parts, estimates, strict=True)
                ]
        seen = hide_small(counts, self.spec.threshold)
        yet = hide_small(
            [int(waiting[ALLIANCE].isin(rows).sum()) for rows in members.values()],
            self.spec.threshold if len(members) > 1 else 1,
        )
        return [
            Look(outcome, months, n, later, self.hidden if n is None else estimate)
            for n, later, estimate in zip(seen, yet, estimates, strict=True)
        ]

    def _estimate(self, outcome: str, values: Any) -> Estimate | NotEstimable:
        if outcome == FUND:
            return mean_of(values, level=self.level)
        return exact_share(values, level=self.level)

    def _without_index(
        self, part: pd.DataFrame, estimate: Estimate | NotEstimable
    ) -> Estimate | NotEstimable:
        """No amount because the price index lacks the years, rather than because there is none."""
        missing = int(part["without_index"].sum())
        if isinstance(estimate, NotEstimable) and missing:
            return NotEstimable("no_price_index", missing)
        return estimate

    def _practices(
        self, months: int, members: dict[str, pd.Series]
    ) -> tuple[list[int], list[Estimate | NotEstimable]]:
        """Producers who keep what they learned: shares clustered by alliance, n of alliances."""
        answered = self.people[self.people["months"] == months]
        parts = [answered[answered[ALLIANCE].isin(rows)] for rows in members.values()]
        counts = [
            [int((part["kept"] == practised).sum()) for practised in (0, 1)] for part in parts
        ]
        totals = [sum(column) for column in zip(*counts, strict=True)]
        threshold = self.spec.threshold
        seen = hide_small_rows(counts, hide_small(totals, threshold), threshold)
        return [int(part[ALLIANCE].nunique()) for part in parts], [
            self.hidden if None in cells else self._practised(part)
            for part, cells in zip(parts, seen, strict=True)
        ]

    def _practised(self, part: pd.DataFrame) -> Estimate | NotEstimable:
        if part.empty:
            return NotEstimable("no_rows")
        return shares(
            part["kept"].to_numpy(np.int64),
            np.ones(len(part)),
            part[ALLIANCE].to_numpy(),
            2,
            level=self.level,
            minimum=self.spec.minimum_clusters,
        )[1]

    # -- Survival ----------------------------------------------------------------------------------
    def _lifetimes(self, group: Group) -> Lifetimes:
        members = self._members(group)
        seen = hide_small([len(rows) for rows in members.values()], self.spec.threshold)
        shown = [name for name, n in zip(members, seen, strict=True) if n and name != UNKNOWN]
        curves = []
        for name, n in zip(members, seen, strict=True):
            part = self.alliances[self.alliances[ALLIANCE].isin(members[name])]
            estimate = self._curve(name, part)
            curves.append(estimate if n else Survival(name, None, self.hidden))
        labels = self.alliances[COLUMNS[group]].fillna(UNKNOWN)
        part = self.alliances[labels.isin(shown)]
        times, ended = self._times(part)
        test: LogRank | NotEstimable = self.hidden
        if len(shown) > 1 or None not in seen:
            test = log_rank(times, ended, labels[labels.isin(shown)].to_numpy(str))
        return Lifetimes(group, tuple(curves), test, None)

    def _curve(self, name: str, part: pd.DataFrame) -> Survival:
        return Survival(name, len(part), survival_curve(*self._times(part), level=self.level))

    def _times(self, part: pd.DataFrame) -> tuple[Any, Any]:
        """Months from closing to the end, or to the reference day where it has not ended."""
        last = part["ended_on"].fillna(self.spec.reference_on)
        days = [(end - start).days for start, end in zip(part["closed_on"], last, strict=True)]
        return np.array(days, float) / DAYS_PER_MONTH, part["ended_on"].notna().to_numpy(bool)
