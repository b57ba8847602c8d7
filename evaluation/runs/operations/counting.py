"""What a run of operations counts, a method for each part of its result. Pure: frames in, data out.

Every part is rows of ``Indicator``. Frames are put into an order of their own first, so that the
order of the rows changes nothing.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from itertools import chain
from typing import Any

import pandas as pd

from alliances.lifecycle.table import OPERATING, STAGE_OF, STAGES, TRANSITIONS, Stage
from alliances.lifecycle.table import Status as S
from evaluation.estimators.operations.durations import duration
from evaluation.estimators.operations.ratios import few_cases, ratio
from evaluation.estimators.results import to_data
from evaluation.runs.operations.results import Amounts, Indicator, Result
from evaluation.studies.operations_rows import OperationsRows
from evaluation.studies.operations_spec import OperationsSpec

Part = dict[str, Any]
Rows = list[Indicator]
#: Before the first day of execution: what the programme itself can make shorter.
BEFORE_EXECUTION = [
    status
    for status, stage in STAGE_OF.items()
    if stage in (Stage.PROFILE, Stage.PREINVESTMENT, Stage.CLOSING)
]
#: Acts that send something of an alliance back, and the status they leave.
RETURNS = {"return_profile": S.SUBMITTED, "return_study": S.STUDY_SUBMITTED}
#: How far back a rupture is looked behind, in calendar days.
DAYS_BEFORE = 90
DAYS_PER_MONTH, DAYS_PER_YEAR = 30.4375, 365.25
#: The cost of acts is told by this much of the incentive (COP).
PER_INCENTIVE = 100_000_000
#: Whoever ends a stay that lasts: the duty of the first act that leads on.
_NEXT_DUTY = {row: move.duty for move in reversed(TRANSITIONS) for row in move.sources}


class Operations:
    """The rows of a run and what its study asks, counted part by part."""

    def __init__(self, rows: OperationsRows, spec: OperationsSpec) -> None:
        self.spec = spec
        self.alliances = _ordered(rows.alliances)
        groups = self.alliances.set_index("alliance")[["call", "region", "regime"]]
        joined = [_ordered(frame).join(groups, on="alliance") for frame in rows.frames[1:]]
        self.stays, self.requests, self.steps, self.visits, *rest = joined
        self.contributions, self.spending, self.agreements = rest

    # -- Parts -------------------------------------------------------------------------------------
    def funnel(self) -> Part:
        """How many of each thing were read."""
        began = {
            "stays": self._within(self.stays, "entered_on"),
            "requests": self._within(self.requests, "requested_on"),
            "contributions": self.contributions,
        }
        counts = {name: len(frame) for name, frame in began.items()}
        return {"alliances": len(self.alliances), **counts, "visits": _total(self.visits, "visits")}

    def headline(self) -> Part:
        """From profile to execution, late payments, what governments paid, visits."""
        return _part(
            self._durations(self._to_execution(), "to_execution"),
            self._durations(self._requested(), "to_payment"),
            self._shares(self._dated(), "late", "is_late"),
            self._arrived(self._due("government"), "government"),
            self._visit_rates(""),
        )

    def stages(self) -> Part:
        """Days in each stage, and in each status on the way."""
        lasting = self._stage_stays()
        by_stage = (
            self._durations(lasting[lasting["stage"] == stage], stage.value, "stage")
            for stage in Stage
        )
        stays = self._within(self.stays, "entered_on")
        ways = [status for main, ends in STAGES.values() for status in (*main, *ends)]
        by_status = (
            self._durations(stays[stays["status"] == status], status.value, "status")
            for status in ways
            if (self.stays["status"] == status).any()
        )
        return _part(*by_stage, *by_status)

    def steps_of_requests(self) -> Part:
        """Days of a request at each step of its protocol, and from asking to payment."""
        steps = self._within(self.steps, "entered_on")
        ways = sorted({*zip(steps["verb"], steps["duty"], strict=True)})
        by_step = (
            self._durations(
                steps[(steps["verb"] == verb) & (steps["duty"] == duty)], f"{verb}/{duty}", "step"
            )
            for verb, duty in ways
        )
        return _part(self._durations(self._requested(), "to_payment", "step"), *by_step)

    def bottlenecks(self) -> Part:
        """Who and what the time before execution, and that of requests, goes to."""
        stays = self._within(self.stays, "entered_on")
        early = stays[stays["status"].isin(BEFORE_EXECUTION)]
        held = early["duty"].where(early["duty"] != "", early["status"].map(_NEXT_DUTY))
        early = early.assign(held=held.map(str))
        steps = self._within(self.steps, "entered_on")
        return _part(
            *self._parts_of_time(early, "status", "time_by_status"),
            *self._parts_of_time(early, "held", "time_by_duty"),
            *self._parts_of_time(steps, "duty", "request_time_by_duty"),
        )

    def actors(self) -> Part:
        """People, organisations and acts for each profile, until the award and in all."""
        began = self._within(self.alliances, "created_on")
        decided = began[began["acts_before"].notna()]
        acted = began[began["acts"].notna()]
        return _part(
            *(
                self._means(frame, f"{name}{suffix}", name, what)
                for what, frame, suffix in (("award", decided, "_before"), ("whole", acted, ""))
                for name in ("people", "organisations", "acts")
            ),
            self._means(self._hand_offs(began), "hand_offs", "hand_offs", "whole"),
        )

    def returns(self) -> Part:
        """How often profiles, studies and requests are sent back, and why."""
        stays = self._within(self.stays, "left_on")
        tables = []
        for verb, status in RETURNS.items():
            judged = stays[stays["status"] == status]
            tables += self._sent_back(judged.assign(back=judged["verb"] == verb), verb)
        steps = self._within(self.steps, "left_on")
        steps = steps[steps["verb"].isin(["review", "clear", "approve", "pay"])]
        tables += self._sent_back(steps.assign(back=steps["outcome"] == "returned"), "request")
        return _part(*tables)

    def payments(self) -> Part:
        """Whether money came in time for the crop, by how much not, and where nobody knows."""
        requests, dated = self._within(self.requests, "requested_on"), self._dated()
        amount = _money(dated, "amount")
        money = dated.assign(above=amount.where(dated["is_late"], 0.0), below=amount)
        late = dated[dated["is_late"]]
        late = late.assign(days=late["days_late"])
        return _part(
            self._shares(dated, "late", "is_late"),
            self._ratios(money, "late", "share_of_money", is_share=True),
            self._durations(late, "late", "days_late"),
            *(
                self._shares(
                    requests.assign(known=requests["slack_state"] == state), state, "known"
                )
                for state in ("no_limit", "no_data")
            ),
        )

    def contributions_paid(self) -> Part:
        """What of each financier's promises that were due has arrived."""
        kinds = sorted({*self.contributions["financier"]})
        tables = []
        for kind in kinds:
            due = self._due(kind)
            whole = due["received"] >= due["committed"]
            tables += [
                self._arrived(due, kind),
                self._shares(due.assign(whole=whole), kind, "whole", "paid_in_full"),
                self._amounts(due, kind),
            ]
        return _part(*tables)

    def support(self) -> Part:
        """Visits for each month of execution, by kind, and months without any."""
        kinds = sorted({*self.visits["kind"]})
        return _part(*(self._visit_rates(kind) for kind in ("", *kinds)), self._unvisited())

    def administration(self) -> Part:
        """What is paid beside field operations, and the acts it takes, against the incentive."""
        paid = self.spending.assign(paid=_money(self.spending, "paid"))
        total = paid.groupby("alliance")["paid"].sum()
        other = paid[~paid["is_field"].astype(bool)].groupby("alliance")["paid"].sum()
        frame = self.alliances.assign(
            paid=self.alliances["alliance"].map(total).fillna(0.0),
            other=self.alliances["alliance"].map(other).fillna(0.0),
            incentive=_money(self.alliances, "incentive"),
        )
        spent = frame[frame["paid"] > 0]
        acted = self._within(frame[frame["acts"].notna()], "created_on")
        return _part(
            self._ratios(
                spent.assign(above=spent["other"], below=spent["paid"]),
                "not_field",
                "share_of_payments",
                is_share=True,
            ),
            self._ratios(
                spent.assign(above=spent["other"], below=spent["incentive"]),
                "not_field",
                "share_of_incentive",
            ),
            self._ratios(
                acted.assign(above=acted["acts"], below=acted["incentive"] / PER_INCENTIVE),
                "acts",
                "per_incentive",
            ),
        )

    def ruptures(self) -> Part:
        """How many alliances break up for each year of operation, and why."""
        exposed = self._exposure(OPERATING)
        broken = self._broken()
        counts = broken.groupby("alliance").size()
        rates = exposed.assign(
            above=exposed["alliance"].map(counts).fillna(0.0),
            below=exposed["exposed_days"] / DAYS_PER_YEAR,
        )
        return _part(
            self._ratios(rates, "rupture", "per_year"), *self._by_reason(broken, "rupture")
        )

    def before_ruptures(self) -> Part:
        """What happened in the 90 days before, beside the others that operated on the same day."""
        marks, broken = self._marks(), self._broken()
        days = list(zip(broken["alliance"].tolist(), broken["left_on"], strict=True))
        others = [self._others(alliance, on) for alliance, on in days]
        tables = []
        for mark in ("suspended", "returned", "late", "agreement_ended", "unpaid", "unvisited"):
            own, rest = [], []
            for (alliance, on), there in zip(days, others, strict=True):
                marked = self._marked(marks, mark, on)
                own.append((alliance, alliance in marked))
                rest += [(other, other in marked) for other in there]
            tables += [self._compared(mark, "ruptured", own), self._compared(mark, "others", rest)]
        return _part(tables)

    # -- What is counted ---------------------------------------------------------------------------
    def _within(self, frame: pd.DataFrame, day: str) -> pd.DataFrame:
        """Rows of the study's period."""
        return frame[frame[day].between(str(self.spec.from_on), str(self.spec.until_on))]

    def _to_execution(self) -> pd.DataFrame:
        """Working days from the profile to execution, of those selected that have not left."""
        began = self._within(self.alliances, "created_on")["alliance"]
        stays = self.stays[self.stays["alliance"].isin(began)]
        early = stays["status"].isin(BEFORE_EXECUTION)
        ways = stays[early].groupby("alliance")["days"].sum()
        started = {*stays.loc[stays["verb"] == "start", "alliance"]}
        going = {*stays.loc[early & ~stays["is_over"], "alliance"]}
        selected = {*stays.loc[stays["status"] == S.SELECTED, "alliance"]}
        frame = self.alliances[self.alliances["alliance"].isin(selected & (started | going))]
        return frame.assign(
            days=frame["alliance"].map(ways), is_over=frame["alliance"].isin(started)
        )

    def _stage_stays(self) -> pd.DataFrame:
        """A row for each alliance and stage; a stage is over once its last status is."""
        stays = self.stays.assign(stage=self.stays["status"].map(STAGE_OF))
        keys = ["alliance", "call", "region", "regime", "stage"]
        stages = stays.groupby(keys, as_index=False, observed=True).agg(
            entered_on=("entered_on", "min"), days=("days", "sum"), is_over=("is_over", "all")
        )
        return self._within(stages, "entered_on")

    def _requested(self) -> pd.DataFrame:
        """Requests of the period that nobody gave up."""
        requests = self._within(self.requests, "requested_on")
        return requests[~requests["is_cancelled"].astype(bool)]

    def _dated(self) -> pd.DataFrame:
        """Requests with a day to be paid by: those paid, and those that are past it."""
        requests = self._requested()
        requests = requests[requests["need_by_on"].notna()]
        requests = requests.assign(is_late=requests["days_late"] > 0)
        return requests[requests["is_over"] | requests["is_late"]]

    def _due(self, financier: str) -> pd.DataFrame:
        """Promises of one kind of financier that fell due in the period."""
        own = self.contributions[self.contributions["financier"] == financier]
        return self._within(own, "due_on")

    def _hand_offs(self, alliances: pd.DataFrame) -> pd.DataFrame:
        """How often the next act was of another organisation than the last, by alliance."""
        acts = self.stays[self.stays["organisation"].notna()].sort_values(["alliance", "sequence"])
        before = acts.groupby("alliance")["organisation"].shift()
        changed = (before.notna() & (before != acts["organisation"])).groupby(acts["alliance"])
        counts = changed.sum()
        frame = alliances[alliances["alliance"].isin(counts.index)]
        return frame.assign(hand_offs=frame["alliance"].map(counts))

    def _exposure(self, statuses: tuple[S, ...]) -> pd.DataFrame:
        """Alliances that were in these statuses in the period, and for how many calendar days."""
        first, last = self._ends
        stays = self.stays[self.stays["status"].isin(statuses)]
        begins, ends = _between(stays, first, last)
        spent = (ends - begins).dt.days.clip(lower=0)
        whole = spent.groupby(stays["alliance"]).sum()
        frame = self.alliances[self.alliances["alliance"].isin(whole[whole > 0].index)]
        return frame.assign(exposed_days=frame["alliance"].map(whole))

    def _broken(self) -> pd.DataFrame:
        """The stays that a rupture ended in the period."""
        return self._within(self.stays[self.stays["verb"] == "rupture"], "left_on")

    def _marks(self) -> Mapping[str, pd.DataFrame]:
        """The alliance and the day of everything that may announce a rupture."""
        unpaid = self.contributions["received"] < self.contributions["committed"]
        given_up = self.requests["is_cancelled"].astype(bool)
        dated = self.requests[(self.requests["days_late"] > 0) & ~given_up]
        days = {
            "suspended": self.stays[self.stays["verb"] == "suspend"].rename(
                columns={"left_on": "on"}
            ),
            "returned": self.steps[self.steps["outcome"] == "returned"].rename(
                columns={"left_on": "on"}
            ),
            "late": dated.rename(columns={"need_by_on": "on"}),
            "agreement_ended": self.agreements.rename(columns={"ended_on": "on"}),
            "unpaid": self.contributions[unpaid].rename(columns={"due_on": "on"}),
        }
        return {name: frame[["alliance", "on"]] for name, frame in days.items()}

    def _marked(self, marks: Mapping[str, pd.DataFrame], mark: str, on: pd.Timestamp) -> set[int]:
        """Alliances to which it happened in the days before that one."""
        if mark == "unvisited":
            month = on.replace(day=1)
            seen = self.visits["month_on"].between(month - _months(3), month - _months(1))
            return {*self.alliances["alliance"]} - {*self.visits.loc[seen, "alliance"]}
        days = marks[mark]["on"]
        happened = (days >= on - timedelta(days=DAYS_BEFORE)) & (days < on)
        return {*marks[mark].loc[happened, "alliance"]}

    def _others(self, broken: int, on: pd.Timestamp) -> list[int]:
        """Alliances that operated on the day of a rupture, without those that broke up on it."""
        stays = self.stays
        there = stays["status"].isin(OPERATING) & (stays["entered_on"] <= on)
        there &= stays["left_on"].isna() | (stays["left_on"] > on)
        return sorted({*stays.loc[there, "alliance"]} - {broken})

    # -- Figures -----------------------------------------------------------------------------------
    def _groups(self, frame: pd.DataFrame) -> Iterator[tuple[str, str, pd.DataFrame]]:
        """All rows, then those of each group; a group without rows is told as such."""
        yield "all", "", frame
        for by in self.spec.compare_by:
            places = frame.groupby(by).indices
            for group in sorted({*self.alliances[by]}):
                yield by, group, frame.iloc[places.get(group, [])]

    def _only(self, frame: pd.DataFrame, *columns: str) -> pd.DataFrame:
        """What is counted and by what: parting every column for every group takes long."""
        return frame[["alliance", *columns, *self.spec.compare_by]]

    def _rows(
        self, frame: pd.DataFrame, what: str, measure: str, find: Callable[[pd.DataFrame], Result]
    ) -> Rows:
        return [
            Indicator(by, group, what, measure, find(part))
            for by, group, part in self._groups(frame)
        ]

    def _durations(self, frame: pd.DataFrame, what: str, measure: str = "days") -> Rows:
        frame = self._only(frame, "days", "is_over")

        def find(part: pd.DataFrame) -> Result:
            return duration(
                part["days"].tolist(),
                part["is_over"].tolist(),
                part["alliance"].tolist(),
                **self._limits,
            )

        return self._rows(frame, what, measure, find)

    def _ratios(
        self, frame: pd.DataFrame, what: str, measure: str, *, is_share: bool = False
    ) -> Rows:
        """Of ``above`` to ``below``, two columns of the frame."""
        frame = self._only(frame, "above", "below")

        def find(part: pd.DataFrame) -> Result:
            return ratio(
                part["above"].tolist(),
                part["below"].tolist(),
                part["alliance"].tolist(),
                is_share=is_share,
                **self._limits,
            )

        return self._rows(frame, what, measure, find)

    def _shares(self, frame: pd.DataFrame, what: str, column: str, measure: str = "share") -> Rows:
        frame = frame.assign(above=frame[column].astype(float), below=1.0)
        return self._ratios(frame, what, measure, is_share=True)

    def _means(self, frame: pd.DataFrame, column: str, measure: str, what: str) -> Rows:
        return self._ratios(frame.assign(above=frame[column], below=1.0), what, measure)

    def _arrived(self, due: pd.DataFrame, financier: str) -> Rows:
        received, committed = _money(due, "received"), _money(due, "committed")
        frame = due.assign(above=received.clip(upper=committed), below=committed)
        return self._ratios(frame, financier, "arrived", is_share=True)

    def _amounts(self, due: pd.DataFrame, financier: str) -> Rows:
        """Pesos promised and received, to the cent."""

        def find(part: pd.DataFrame) -> Result:
            count = part["alliance"].nunique()
            if count < self.spec.minimum_cell:
                return few_cases(count, self.spec.minimum_cell)
            return Amounts(sum(part["committed"]), sum(part["received"]), len(part), count)

        return self._rows(due, financier, "amounts", find)

    def _parts_of_time(self, frame: pd.DataFrame, column: str, measure: str) -> Iterator[Rows]:
        """The part of all working days that each value of the column takes."""
        for value in sorted({*frame[column]}):
            own = frame["days"].where(frame[column] == value, 0)
            yield self._ratios(
                frame.assign(above=own, below=frame["days"]), value, measure, is_share=True
            )

    def _sent_back(self, judged: pd.DataFrame, what: str) -> list[Rows]:
        back = judged[judged["back"].astype(bool)]
        return [self._shares(judged, what, "back", "sent_back"), *self._by_reason(back, what)]

    def _by_reason(self, frame: pd.DataFrame, what: str) -> list[Rows]:
        """The part of each reason; the empty code is history that was loaded without one."""
        return [
            self._shares(frame.assign(own=frame["reason"] == code), code, "own", f"reason_{what}")
            for code in sorted({*frame["reason"]})
        ]

    def _visit_rates(self, kind: str) -> Rows:
        """Visits for each month of execution, of one kind or (empty) of all."""
        visits = self.visits[self.visits["kind"] == kind] if kind else self.visits
        exposed = self._exposure((S.EXECUTING,))
        counts = visits.groupby("alliance")["visits"].sum()
        frame = exposed.assign(
            above=exposed["alliance"].map(counts).fillna(0.0),
            below=exposed["exposed_days"] / DAYS_PER_MONTH,
        )
        return self._ratios(frame, kind or "any", "visits_per_month")

    def _unvisited(self) -> Rows:
        """Whole calendar months of execution in which nobody came."""
        seen = {*zip(self.visits["alliance"], _month(self.visits["month_on"]), strict=True)}
        first, last = self._ends
        stays = self.stays[self.stays["status"] == S.EXECUTING]
        since, until = _between(stays, first, last)
        begins, ends = _month(since - timedelta(days=1)) + 1, _month(until)
        there: dict[int, list[int]] = {}
        for alliance, begin, end in zip(stays["alliance"], begins, ends, strict=True):
            tally = there.setdefault(alliance, [0, 0])
            tally[0] += sum((alliance, month) not in seen for month in range(begin, end))
            tally[1] += max(end - begin, 0)
        frame = self.alliances[self.alliances["alliance"].isin([*there])]
        tallies = [there[alliance] for alliance in frame["alliance"]]
        frame = frame.assign(
            above=[float(none) for none, _all in tallies],
            below=[float(months) for _none, months in tallies],
        )
        return self._ratios(frame, "none", "share_of_months", is_share=True)

    def _compared(self, mark: str, who: str, cases: list[tuple[int, bool]]) -> Indicator:
        hits, alliances = [float(hit) for _who, hit in cases], [who for who, _hit in cases]
        result = ratio(hits, [1.0] * len(hits), alliances, is_share=True, **self._limits)
        return Indicator("all", "", mark, who, result)

    @property
    def _ends(self) -> tuple[pd.Timestamp, pd.Timestamp]:
        """The first day of the period, and the day after its last."""
        return pd.Timestamp(self.spec.from_on), pd.Timestamp(self.spec.until_on) + timedelta(days=1)

    @property
    def _limits(self) -> dict[str, Any]:
        return {"level": self.spec.level, "minimum": self.spec.minimum_cell}


def _part(*tables: Rows) -> Part:
    return {"rows": to_data(list(chain.from_iterable(tables)))}


def _ordered(frame: pd.DataFrame) -> pd.DataFrame:
    """The same rows in the order of their values."""
    return frame.sort_values([*frame.columns], ignore_index=True, kind="stable")


def _between(
    stays: pd.DataFrame, first: pd.Timestamp, last: pd.Timestamp
) -> tuple[pd.Series, pd.Series]:
    """The part of each stay that lies between two days; empty ones end before they begin."""
    begins, ends = stays["entered_on"], stays["left_on"].fillna(last)
    return begins.where(begins > first, first), ends.where(ends < last, last)


def _money(frame: pd.DataFrame, column: str) -> pd.Series:
    """Amounts as statistics take them."""
    return frame[column].map(float).astype(float)


def _month(days: pd.Series) -> pd.Series:
    """Months since the year zero."""
    return days.dt.year * 12 + days.dt.month


def _months(count: int) -> Any:
    return pd.DateOffset(months=count)


def _total(frame: pd.DataFrame, column: str) -> int:
    return int(frame[column].sum())
