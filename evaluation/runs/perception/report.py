"""A perception result as sections of tables, in the language that is active. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from evaluation.estimators.results import NotEstimable
from evaluation.runs.perception.results import (
    Cell,
    GroupComparison,
    GroupRow,
    PerceptionResult,
    Question,
)
from evaluation.runs.perception.selectors import PerceptionNames, Wording
from evaluation.runs.perception.words import (
    KINDS,
    PERSONS,
    group_label,
    share_words,
    theme_of,
    theme_place,
)
from evaluation.runs.tables import ReportTable, columns
from evaluation.runs.words import p_value, why
from evaluation.studies.reading.perception import GROUPS
from kit.figures import count, number


@dataclass(frozen=True)
class Battery:
    """Questions of one theme that are answered alike; ``name`` is that of their chart."""

    name: str
    theme: str
    wordings: tuple[Wording, ...]
    questions: tuple[Question, ...]

    @property
    def is_yes_no(self) -> bool:
        return self.wordings[0].is_yes_no

    @property
    def heading(self) -> str:
        """The only question, or the theme of several."""
        return self.wordings[0].label if self.is_single else self.theme

    @property
    def is_single(self) -> bool:
        """One question of a list: its answers are the rows."""
        return len(self.wordings) == 1 and not self.is_yes_no


#: More groups than these are read from the downloaded table: a page of all is slow and long.
GROUPS_SHOWN = 12


@dataclass(frozen=True)
class GroupReport:
    """The questions of a theme told apart in one way; no table where there are too many groups."""

    title: str
    groups: int
    tables: tuple[ReportTable, ...]


@dataclass(frozen=True)
class ThemeSection:
    """A theme with its batteries, and the ways of telling apart that are there."""

    code: str
    title: str
    batteries: tuple[Battery, ...]
    groups: tuple[GroupReport, ...]
    extra: ReportTable | None


def batteries(result: PerceptionResult, names: PerceptionNames) -> list[Battery]:
    """The questions, gathered by theme and by how they are answered."""
    gathered: dict[tuple[str, tuple[str, ...]], list[Question]] = {}
    for question in result.questions:
        wording = names.questions[question.name]
        answers = tuple(wording.answers.items())
        key = (theme_of(question.name), tuple(map("=".join, answers)))
        gathered.setdefault(key, []).append(question)
    return [
        Battery(
            f"answers-{place}",
            theme,
            tuple(names.questions[question.name] for question in questions),
            tuple(questions),
        )
        for place, ((theme, _answers), questions) in enumerate(
            sorted(gathered.items(), key=lambda item: theme_place(item[0][0])), start=1
        )
    ]


def sections(result: PerceptionResult, names: PerceptionNames) -> list[ThemeSection]:
    """A section for each theme."""
    by_theme: dict[str, list[Battery]] = {}
    for battery in batteries(result, names):
        by_theme.setdefault(battery.theme, []).append(battery)
    return [
        ThemeSection(
            code=f"theme-{place}",
            title=theme,
            batteries=tuple(rows),
            groups=tuple(_groups(rows, result, names)),
            extra=support_table(result)
            if any(wording.name.startswith("support_") for row in rows for wording in row.wordings)
            else None,
        )
        for place, (theme, rows) in enumerate(by_theme.items(), start=1)
    ]


def support_table(result: PerceptionResult) -> ReportTable | None:
    """A row for each kind of support and who gave it."""
    if not result.support:
        return None
    return ReportTable(
        _("Who received each support, and how many of them call it good or very good"),
        columns(_("Support"), _("Received it"), _("Of those, good or very good")),
        tuple(
            (
                f"{KINDS.get(row.kind, row.kind)}: {PERSONS.get(row.person, row.person)}",
                share_words(row.received),
                share_words(row.good),
            )
            for row in result.support
        ),
    )


def battery_table(battery: Battery) -> ReportTable:
    """Everybody's answers: a row for each question, or for each answer of the only one."""
    if battery.is_single:
        (wording,), (question,) = battery.wordings, battery.questions
        return ReportTable(
            wording.label,
            columns(_("Answer"), _("Producers"), _("Share")),
            tuple(
                (wording.answers.get(cell.code, cell.code), count(cell.n), share_words(cell.share))
                for cell in question.rows[0].cells
            ),
        )
    return ReportTable(
        battery.theme,
        columns(_("Question"), _("Producers"), _("Alliances"), *_headings(battery.wordings[0])),
        tuple(
            (wording.label, *_counts(question.rows[0]), *_shares(question.rows[0], wording))
            for wording, question in zip(battery.wordings, battery.questions, strict=True)
        ),
    )


def comparison_table(result: PerceptionResult, names: PerceptionNames) -> ReportTable | None:
    """Every test that groups answer alike, before and after correction."""
    if not result.comparisons:
        return None
    return ReportTable(
        _("Do groups answer alike?"),
        columns(_("Question"), _("Told apart by"), _("Groups"), "F", "p", _("p corrected (Holm)")),
        tuple(
            (
                names.questions[row.question].label,
                str(GROUPS[row.group]),
                number(row.groups),
                *_test(row),
            )
            for row in result.comparisons
        ),
    )


def _groups(
    rows: Sequence[Battery], result: PerceptionResult, names: PerceptionNames
) -> Iterator[GroupReport]:
    for group, questions in result.groups.items():
        groups = max((len(question.rows) for question in questions), default=0)
        tables = (
            []
            if groups > GROUPS_SHOWN
            else [
                table
                for battery in rows
                for table in _group_tables(battery, group, questions, names.groups[group])
            ]
        )
        yield GroupReport(str(GROUPS[group]), groups, tuple(tables))


def _group_tables(
    battery: Battery, group: str, questions: Sequence[Question], labels: Mapping[str, str]
) -> Iterator[ReportTable]:
    """Of yes-or-no questions one table; of others one each."""
    named = {question.name: question for question in questions}
    heading = str(GROUPS[group])
    if battery.is_yes_no:
        yield _yes_table(battery, named, heading, labels)
        return
    for wording in battery.wordings:
        yield ReportTable(
            f"{wording.label} {heading}",
            columns(heading, _("Producers"), _("Alliances"), *_headings(wording)),
            tuple(
                (group_label(dict(labels), row.group), *_counts(row), *_shares(row, wording))
                for row in named[wording.name].rows
            ),
        )


def _yes_table(
    battery: Battery, named: Mapping[str, Question], heading: str, labels: Mapping[str, str]
) -> ReportTable:
    rows = {
        wording.name: {row.group: row for row in named[wording.name].rows}
        for wording in battery.wordings
    }
    groups = list(dict.fromkeys(group for shares in rows.values() for group in shares))
    return ReportTable(
        _("%(theme)s: who says yes. %(group)s") % {"theme": battery.theme, "group": heading},
        columns(heading, *(wording.label for wording in battery.wordings)),
        tuple(
            (
                group_label(dict(labels), group),
                *(
                    _yes(rows[wording.name][group]) if group in rows[wording.name] else ""
                    for wording in battery.wordings
                ),
            )
            for group in groups
        ),
    )


def _yes(row: GroupRow) -> str:
    yes = next(cell for cell in row.cells if cell.code == "1")
    return _("%(share)s, n = %(n)s") % {"share": share_words(yes.share), "n": count(row.n)}


def _headings(wording: Wording) -> list[str]:
    return [wording.answers["1"]] if wording.is_yes_no else list(wording.answers.values())


def _shares(row: GroupRow, wording: Wording) -> list[str]:
    cells: list[Cell] = [cell for cell in row.cells if not wording.is_yes_no or cell.code == "1"]
    return [share_words(cell.share) for cell in cells]


def _counts(row: GroupRow) -> tuple[str, str]:
    return (count(row.n), count(row.alliances))


def _test(row: GroupComparison) -> tuple[str, str, str]:
    if isinstance(row.test, NotEstimable) or row.adjusted is None:
        absent = row.test if isinstance(row.test, NotEstimable) else NotEstimable("no_rows")
        return (why(absent), "", "")
    statistic = number(row.test.statistic, 2)
    return (statistic, p_value(row.test.p_value), p_value(row.adjusted))
