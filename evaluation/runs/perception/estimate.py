"""Every part of a perception result from the rows of its study. Pure but for pandas."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evaluation.estimators.multiplicity import holm
from evaluation.estimators.results import Estimate, NotEstimable, to_data
from evaluation.estimators.survey.association import association
from evaluation.estimators.survey.proportions import Codes, Floats, shares
from evaluation.estimators.survey.results import Association
from evaluation.runs.perception.results import (
    GOOD,
    NOT_RECEIVED,
    SUPPORT,
    UNKNOWN,
    Cell,
    GroupComparison,
    GroupRow,
    Question,
    Rating,
    Sample,
)
from evaluation.studies.dataset import ALLIANCE, CROP, DEPARTMENT, WEIGHT
from evaluation.studies.perception_spec import Group, PerceptionSpec
from kit.small_cells import hide_small, hide_small_rows

COLUMNS: dict[Group, str] = {
    "selected": "@selected",
    "sex": "@sex",
    "chaining": "@chaining",
    "crop": CROP,
    "department": DEPARTMENT,
}
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Answers:
    """Who answered one question: the place of each answer among ``codes``, weight and alliance."""

    name: str
    codes: tuple[str, ...]
    rows: pd.DataFrame
    places: Codes

    @property
    def weights(self) -> Floats:
        return self.rows[WEIGHT].to_numpy(float)

    @property
    def alliances(self) -> Codes:
        return self.rows[ALLIANCE].to_numpy()

    def counts(self) -> list[int]:
        """How many gave each answer."""
        counts: list[int] = np.bincount(self.places, minlength=len(self.codes)).tolist()
        return counts

    def where(self, here: Mask) -> "Answers":
        """Of some people only."""
        return replace(self, rows=self.rows[here], places=self.places[here])

    def by(self, group: Group) -> "dict[str, Answers]":
        """Those of each group, in order; last of whom it is not known."""
        labels = self.rows[COLUMNS[group]].fillna(UNKNOWN).to_numpy(str)
        names = sorted(set(labels.tolist()), key=lambda label: (label == UNKNOWN, label))
        return {name: self.where(labels == name) for name in names}


class Survey:
    """The rows and what is asked of them. ``codes``: the answers of each question, in order."""

    def __init__(
        self, rows: pd.DataFrame, spec: PerceptionSpec, codes: Mapping[str, Sequence[str]]
    ) -> None:
        self.all = rows.sort_values([ALLIANCE, "producer"], kind="stable", ignore_index=True)
        self.rows = self.all[self.all[WEIGHT] > 0]
        #: What answers are weighed and parted by: every question beside them would take long.
        self.columns = [
            name for name in (WEIGHT, ALLIANCE, *COLUMNS.values()) if name in self.rows.columns
        ]
        self.spec, self.codes = spec, codes
        self.hidden = NotEstimable("small_cell", spec.threshold)
        self.read: dict[str, Answers] = {}

    def sample(self) -> Any:
        """Who answered."""
        return to_data(
            Sample(
                responses=len(self.all),
                without_weight=len(self.all) - len(self.rows),
                alliances=int(self.all[ALLIANCE].nunique()),
                departments=int(self.all[DEPARTMENT].nunique()),
            )
        )

    def overall(self) -> Any:
        """Every question, of everybody."""
        return to_data([self._overall(name) for name in self.spec.questions])

    def support(self) -> Any:
        """The rating of the support received, by kind and person."""
        estimates = {name: SUPPORT.fullmatch(name) for name in self.spec.questions}
        return to_data(
            [
                self._rating(name, match["kind"], match["person"])
                for name, match in estimates.items()
                if match
            ]
        )

    def by(self, group: Group) -> Any:
        """Every question, by group."""
        return to_data([self._by(name, group) for name in self.spec.questions])

    def comparisons(self) -> Any:
        """Whether groups answer alike, corrected over all that is asked."""
        tests = [
            self._comparison(name, group)
            for group in self.spec.groups
            for name in self.spec.questions
        ]
        estimates = [row.test.p_value for row in tests if isinstance(row.test, Association)]
        adjusted = iter(holm(estimates) if estimates else ())
        return to_data(
            [
                replace(row, adjusted=next(adjusted)) if isinstance(row.test, Association) else row
                for row in tests
            ]
        )

    # -- One question ------------------------------------------------------------------------------
    def _answers(self, name: str) -> Answers:
        if name not in self.read:
            self.read[name] = self._reading(name)
        return self.read[name]

    def _reading(self, name: str) -> Answers:
        """Raises ValueError for an answer that the dictionary does not know."""
        codes = tuple(self.codes[name])
        rows = self.rows[self.rows[name].notna()]
        unknown = sorted(set(rows[name]) - set(codes))
        if unknown:
            raise ValueError(f"answers outside the dictionary in {name}: {', '.join(unknown)}")
        places = rows[name].map({code: place for place, code in enumerate(codes)})
        return Answers(name, codes, rows[self.columns], np.asarray(places, np.int64))

    def _overall(self, name: str) -> Question:
        answers = self._answers(name)
        counts = answers.counts()
        n = hide_small([sum(counts)], self.spec.threshold)[0]
        return Question(name, (self._row(UNKNOWN, answers, self._hide(counts), n),))

    def _by(self, name: str, group: Group) -> Question:
        answers = self._answers(name)
        parts = answers.by(group)
        counts = [part.counts() for part in parts.values()]
        seen = hide_small_rows(counts, self._hide(answers.counts()), self.spec.threshold)
        whole = self._hide([sum(row) for row in counts])
        rows = zip(parts, parts.values(), seen, whole, strict=True)
        return Question(name, tuple(self._row(*row) for row in rows))

    def _hide(self, counts: Sequence[int]) -> list[int | None]:
        return hide_small(counts, self.spec.threshold)

    def _row(
        self, group: str, answers: Answers, seen: Sequence[int | None], n: int | None
    ) -> GroupRow:
        estimates = self._shares(answers)
        return GroupRow(
            group=group,
            n=n,
            alliances=None if n is None else len(np.unique(answers.alliances)),
            cells=tuple(
                Cell(code, count, self.hidden if count is None else share)
                for code, count, share in zip(answers.codes, seen, estimates, strict=True)
            ),
        )

    def _shares(self, answers: Answers) -> Sequence[Estimate | NotEstimable]:
        if not len(answers.places):
            return [NotEstimable("no_rows")] * len(answers.codes)
        return shares(
            answers.places,
            answers.weights,
            answers.alliances,
            len(answers.codes),
            level=self.spec.level / 100,
            minimum=self.spec.minimum_clusters,
        )

    # -- Support -----------------------------------------------------------------------------------
    def _rating(self, name: str, kind: str, person: str) -> Rating:
        answers = self._answers(name)
        got = answers.where(
            np.array([answers.codes[place] != NOT_RECEIVED for place in answers.places], bool)
        )
        received = frozenset(answers.codes) - {NOT_RECEIVED}
        return Rating(kind, person, self._joined(answers, received), self._joined(got, GOOD))

    def _joined(self, answers: Answers, wanted: frozenset[str]) -> Estimate | NotEstimable:
        """Share of several answers together, unless that would tell one that is hidden."""
        counts = dict(zip(answers.codes, self._answers(answers.name).counts(), strict=True))
        hidden = {
            code
            for code, count in zip(counts, self._hide(list(counts.values())), strict=True)
            if count is None
        }
        tells = any(
            part and (len(part) < 2 or sum(counts[code] for code in part) < self.spec.threshold)
            for part in (hidden & wanted, hidden - wanted)
        )
        hits = np.isin(
            answers.places, [answers.codes.index(code) for code in wanted if code in counts]
        )
        sizes = [int(hits.sum()), int((~hits).sum())]
        if tells or None in self._hide(sizes):
            return self.hidden
        return self._shares(replace(answers, codes=("0", "1"), places=hits.astype(np.int64)))[1]

    # -- Comparisons -------------------------------------------------------------------------------
    def _comparison(self, name: str, group: Group) -> GroupComparison:
        """Of the groups that are shown: those of whom too little is known tell nothing."""
        parts = self._answers(name).by(group)
        whole = self._hide([len(part.rows) for part in parts.values()])
        shown = [part for (label, part), n in zip(parts.items(), whole, strict=True) if n and label]
        test: Association | NotEstimable = self.hidden
        if len(shown) > 1:
            test = association(
                np.repeat(np.arange(len(shown)), [len(part.rows) for part in shown]),
                np.concatenate([part.places for part in shown]),
                np.concatenate([part.weights for part in shown]),
                np.concatenate([part.alliances for part in shown]),
                minimum=self.spec.minimum_clusters,
            )
        return GroupComparison(name, group, len(shown), test, None)
