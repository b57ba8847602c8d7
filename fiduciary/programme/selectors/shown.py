"""The programme with its small cells hidden, to be read at any call and department.

What is hidden depends on the whole programme and never on what is asked for, so that nobody finds
it by asking for one call, one department and both.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from itertools import product
from threading import Lock
from typing import Any

from django.utils.functional import Promise
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alliances.lifecycle.models import Route
from alliances.lifecycle.selectors import AGGREGATE_READERS, NATIONAL_READERS
from alliances.people.models import Membership
from alliances.preparation.models import SpecialGroup
from fiduciary.programme.selectors.facts import Facts, facts_on
from fiduciary.programme.table import (
    LATE,
    MEASURES,
    MONEY,
    PAID,
    PROGRESS,
    Unit,
)
from kit.access import ALLOWED, Verdict, refused
from kit.figures import short_language
from kit.names import sort_key
from kit.small_cells import ALL, Key, hide_table

Place = tuple[str | None, str | None]
Figure = int | Decimal | None


def can_read_programme(membership: Membership) -> Verdict:
    """Whoever reads the whole country, one by one or in aggregates."""
    if membership.role in NATIONAL_READERS + AGGREGATE_READERS:
        return ALLOWED
    return refused(
        _("The programme in aggregates is read by the EIP, the evaluators and the ministry.")
    )


class Shown:
    """Figures by key with their totals, None where one is hidden."""

    def __init__(self, figures: Mapping[Key, Any], hidden: Collection[Key]) -> None:
        self._sums: dict[Key, Any] = {}
        for key, figure in figures.items():
            for total in product(*((place, ALL) for place in key)):
                self._sums[total] = self._sums.get(total, 0) + figure
        self._hidden = hidden

    def __getitem__(self, key: Key) -> Figure:
        return None if key in self._hidden else self._sums.get(key, 0)


@lru_cache(maxsize=64)
def _hidden(
    axes: tuple[tuple[str, ...], ...],
    cells: frozenset[tuple[Key, int]],
    already: frozenset[Key],
    keeps_totals: bool,
) -> frozenset[Key]:
    """``hide_table``, worked out once for the same counts."""
    return hide_table(axes, dict(cells), already=already, keeps_totals=keeps_totals)


@dataclass(frozen=True)
class Row:
    """A row of a table: what it is of and its figures in the order of the columns."""

    name: str
    label: str
    figures: tuple[Figure, ...]


@dataclass(frozen=True)
class ProgrammeTable:
    """Figures of one part of the programme; ``columns`` are names, labels and units."""

    name: str
    title: str
    columns: tuple[tuple[str, str, Unit], ...]
    rows: tuple[Row, ...]


def _column(name: str, label: Promise | str, unit: Unit = Unit.COUNT) -> tuple[str, str, Unit]:
    return name, str(label), unit


SEXES = {"women": gettext_lazy("Women"), "others": gettext_lazy("Men and others")}
AGES = {"young": gettext_lazy("Young, up to 28"), "older": gettext_lazy("Older than 28")}
GROUPS = {**dict(SpecialGroup.choices), "": gettext_lazy("None that they said")}


class Programme:
    """The whole programme with its small cells hidden, to be read at any call and department."""

    def __init__(self, facts: Facts, at: datetime) -> None:
        self.at = at
        self.calls = _sorted(facts.calls)
        self.departments = _sorted(facts.departments)
        self._places = (tuple(self.calls), tuple(self.departments))
        alliances = _merged({key: count for key, (count, _sum) in facts.progress.items()})
        incentive = _merged({key: amount for key, (_count, amount) in facts.progress.items()})
        few = self._hide(alliances)
        self.alliances, self.incentive = Shown(alliances, few), Shown(incentive, few)
        self.breakdowns = {
            "progress": self._breakdown(PROGRESS, facts.progress, few),
            "routes": self._breakdown(dict(Route.choices), facts.routes, few),
            "crops": self._breakdown(facts.crops, facts.by_crop, few),
        }
        producers = _merged(facts.sexes)
        few_people = self._hide(producers, few)
        self.producers = Shown(producers, few_people)
        self.people = {
            "sexes": self._counts(SEXES, facts.sexes, few_people),
            "ages": self._counts(AGES, facts.ages, few_people),
            "groups": self._counts(GROUPS, facts.groups, few_people),
        }
        self.money = {
            measure.name: self._measure(facts.money[measure.name], few) for measure in MEASURES
        }

    def _hide(self, counts: Mapping[Key, int], already: Collection[Key] = ()) -> frozenset[Key]:
        cells = frozenset((key, count) for key, count in counts.items() if count)
        return _hidden(self._places, cells, frozenset(already), False)

    def _under(
        self, axis: Mapping[str, Any], counts: Mapping[Key, int], places: Collection[Key]
    ) -> frozenset[Key]:
        """What is hidden of a breakdown: of a hidden place, all."""
        already = frozenset((*place, category) for place in places for category in (*axis, ALL))
        cells = frozenset((key, count) for key, count in counts.items() if count)
        return _hidden((*self._places, tuple(axis)), cells, already, True)

    def _breakdown(
        self,
        axis: Mapping[str, Any],
        cells: Mapping[Key, tuple[int, Decimal]],
        places: Collection[Key],
    ) -> tuple[Mapping[str, Any], Shown, Shown]:
        counts = {key: count for key, (count, _amount) in cells.items()}
        hidden = self._under(axis, counts, places)
        amounts = {key: amount for key, (_count, amount) in cells.items()}
        return axis, Shown(counts, hidden), Shown(amounts, hidden)

    def _counts(
        self, axis: Mapping[str, Any], counts: Mapping[Key, int], places: Collection[Key]
    ) -> tuple[Mapping[str, Any], Shown]:
        return axis, Shown(counts, self._under(axis, counts, places))

    def _measure(
        self, cells: Mapping[Key, tuple[int, int, Decimal]], places: Collection[Key]
    ) -> tuple[Shown, Shown]:
        """Things and pesos, hidden where they are of few alliances."""
        hidden = self._hide(
            {key: alliances for key, (alliances, _n, _sum) in cells.items()}, places
        )
        counts = {key: count for key, (_alliances, count, _sum) in cells.items()}
        return Shown(counts, hidden), Shown({key: row[2] for key, row in cells.items()}, hidden)

    # -- Reading it -------------------------------------------------------------------------------
    def tables_at(self, place: Place = (ALL, ALL)) -> list[ProgrammeTable]:
        """Every table of a call and a department, ALL for each of them."""
        call, department = place
        calls: dict[Place, str] = {(name, department): label for name, label in self.calls.items()}
        departments: dict[Place, str] = {
            (call, name): label for name, label in self.departments.items()
        }
        return [
            self._of_alliances("progress", _("How far they came"), place),
            self._of_places("calls", _("By call"), calls, (ALL, department)),
            self._of_places("departments", _("By department"), departments, (call, ALL)),
            *(self._of_money(name, place) for name in MONEY),
            self._of_people("sexes", _("Producers: women and men"), place),
            self._of_people("ages", _("Producers: age"), place),
            self._of_people("groups", _("Producers: groups they say they belong to"), place),
            self._of_alliances("routes", _("By service route"), place),
            self._of_alliances("crops", _("By crop"), place),
        ]

    def key_figures(self, place: Place = (ALL, ALL)) -> list[tuple[str, str, Unit, Figure]]:
        """What an adviser asks first: name, label, unit and figure."""
        women = self.people["sexes"][1][(*place, "women")]
        return [
            (*_column("alliances", _("Alliances presented")), self.alliances[place]),
            (*_column("incentive", _("Incentive asked for"), Unit.COP), self.incentive[place]),
            (*_column("producers", _("Producers")), self.producers[place]),
            (*_column("women", _("Women")), women),
            (*_column("paid", _("Paid"), Unit.COP), self.money[PAID.name][1][place]),
            (
                *_column("late", _("Requests late for their season")),
                self.money[LATE.name][0][place],
            ),
        ]

    def _of_places(
        self, name: str, title: str, places: Mapping[Place, str], total: Place
    ) -> ProgrammeTable:
        head = self.key_figures()
        rows = [
            (place, str(place[0 if name == "calls" else 1]), text) for place, text in places.items()
        ]
        rows.append((total, "total", _("Total")))
        return ProgrammeTable(
            name,
            title,
            tuple((key, label, unit) for key, label, unit, _figure in head),
            tuple(
                Row(key, label, tuple(row[3] for row in self.key_figures(place)))
                for place, key, label in rows
            ),
        )

    def _of_alliances(self, name: str, title: str, place: Place) -> ProgrammeTable:
        axis, counts, amounts = self.breakdowns[name]
        if name == "crops":
            axis = _sorted({code: _in_language(names) for code, names in axis.items()})
        columns = (
            _column("alliances", _("Alliances")),
            _column("incentive", _("Incentive asked for"), Unit.COP),
        )
        rows = [
            Row(str(key), str(label), (counts[(*place, key)], amounts[(*place, key)]))
            for key, label in axis.items()
        ]
        total = Row("total", _("Total"), (self.alliances[place], self.incentive[place]))
        return ProgrammeTable(name, title, columns, (*rows, total))

    def _of_people(self, name: str, title: str, place: Place) -> ProgrammeTable:
        axis, counts = self.people[name]
        rows = [
            Row(str(key) or "none", str(label), (counts[(*place, key)],))
            for key, label in axis.items()
        ]
        total = Row("total", _("Total"), (self.producers[place],))
        return ProgrammeTable(name, title, (_column("producers", _("Producers")),), (*rows, total))

    def _of_money(self, name: str, place: Place) -> ProgrammeTable:
        title, measures = MONEY[name]
        is_counted = any(measure.is_counted for measure in measures)
        columns = [_column("cop", _("Pesos"), Unit.COP)]
        if is_counted:
            columns.insert(0, _column("requests", _("Requests")))
        rows = []
        for measure in measures:
            counts, amounts = self.money[measure.name]
            figures = (counts[place], amounts[place])
            rows.append(
                Row(measure.name, str(measure.label), figures if is_counted else figures[1:])
            )
        return ProgrammeTable(name, str(title), tuple(columns), tuple(rows))


def _merged(cells: Mapping[Key, Any]) -> dict[Key, Any]:
    """The cells with their category summed out."""
    merged: dict[Key, Any] = {}
    for key, figure in cells.items():
        merged[key[:-1]] = merged.get(key[:-1], 0) + figure
    return merged


def _in_language(names: Mapping[str, str]) -> str:
    return names.get(short_language(), names["es"])


def _sorted(names: Mapping[str, str]) -> dict[str, str]:
    return dict(sorted(names.items(), key=lambda item: (sort_key(item[1]), item[0])))


#: How long the figures of one moment are good enough. They are read for months and years, and
#: adding up a whole country at each look would cost seconds.
KEPT_FOR = timedelta(minutes=15)
_latest: list[Programme] = []
_one_by_one = Lock()


def programme_at(at: datetime) -> Programme:
    """The programme as it stands, or stood a quarter of an hour ago and says so (``at``)."""
    with _one_by_one:
        if not _latest or not timedelta(0) <= at - _latest[0].at < KEPT_FOR:
            _latest[:] = [Programme(facts_on(localtime(at).date()), at)]
        return _latest[0]


def forget() -> None:
    """Add up anew at the next look."""
    _latest.clear()
