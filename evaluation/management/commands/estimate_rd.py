"""Estimate a regression discontinuity from a file, from the shell."""

import json
from argparse import ArgumentTypeError
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, TypeVar, get_args

import pandas as pd
from django.core.management.base import BaseCommand, CommandError, CommandParser

from evaluation.estimators.checks import (
    LocalRandomisation,
    PooledEstimate,
    honest_interval,
    local_randomisation,
    pooled_estimate,
)
from evaluation.estimators.discontinuity import (
    AndersonRubin,
    HonestInterval,
    RDEstimate,
    WeightedAverage,
)
from evaluation.estimators.rd import NotEstimable, RDSpec, estimate_rd, spec
from evaluation.estimators.rd.estimating import WEAK_F
from evaluation.surveys.rules import BLANK, plain, readable
from kit.cells import Unreadable
from kit.errors import InvalidFile, RowError
from kit.files import headings
from kit.files.limits import Limits
from kit.files.tables import Table, read_table
from kit.numbers import MARKS, POINT, Mark, convention_of, number_of, readings, two_ways

Result = TypeVar("Result", RDEstimate, PooledEstimate)
#: What few scores still allow, by its name in JSON.
Instead = Mapping[str, HonestInterval | LocalRandomisation]
#: Reasons for which that is worked out.
FEW = ("few_scores", "like_scores", "few_rows")
#: The same files that the page of a survey reads.
LIMITS = Limits()
#: Mistakes of a column that are shown, and values of it that ``--columns`` shows.
SHOWN = 10


class Command(BaseCommand):
    """``estimate_rd survey.dta --outcome sales --score score --cutoff 70 --cluster alliance``."""

    help = "Regression discontinuity from a file of a survey, as a table or as JSON."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--columns", action="store_true", help="list what the file holds")
        parser.add_argument("--outcome", default="")
        parser.add_argument("--score", default="")
        parser.add_argument("--cutoff", type=float, default=0.0)
        parser.add_argument("--treatment", help="column of who took part: a fuzzy design")
        parser.add_argument("--covariates", type=_names, default=(), help="a,b,c")
        parser.add_argument("--cluster")
        parser.add_argument("--weights")
        parser.add_argument("--by", help="column of groups that have a cut-off each: pooled")
        parser.add_argument("--cutoffs", help="column of the cut-off of each row, with --by")
        parser.add_argument("--kernel", choices=get_args(spec.Kernel), default="triangular")
        parser.add_argument("--p", type=int, default=1)
        parser.add_argument("--q", type=int)
        parser.add_argument("--deriv", type=int, choices=(0, 1), default=0)
        parser.add_argument("--h", type=_widths, help="bandwidth, or left,right")
        parser.add_argument("--b", type=_widths, help="bandwidth of the bias, or left,right")
        parser.add_argument("--rho", type=float)
        parser.add_argument("--bwselect", choices=get_args(spec.Selector), default="mserd")
        parser.add_argument("--bandwidth-on", choices=get_args(spec.Target), default="reduced_form")
        parser.add_argument("--vce", choices=get_args(spec.Variance))
        parser.add_argument("--nn-matches", type=int, default=3)
        parser.add_argument("--masspoints", choices=get_args(spec.MassPoints), default="adjust")
        parser.add_argument("--regularisation", type=float, default=1.0)
        parser.add_argument("--level", type=float, default=95.0)
        parser.add_argument("--distribution", choices=get_args(spec.Distribution), default="normal")
        parser.add_argument(
            "--decimals",
            type=_decimals,
            default="found",
            help="of the scores: a number, found, or as_stored: nothing is rounded",
        )
        parser.add_argument(
            "--codes",
            type=_codes,
            action="append",
            default=[],
            metavar="COLUMN: 1=1, 2=0, 9=",
            help="what each code counts as, nothing for no answer; once for each column",
        )
        parser.add_argument(
            "--decimal", choices=MARKS, help="mark of numbers in text, where it must be said"
        )
        parser.add_argument(
            "--delimiter", default="", help="of text, where it is not told by itself"
        )
        parser.add_argument("--encoding", default="", help="of text, such as cp1252")
        parser.add_argument("--sheet", default="", help="of a workbook; the one with the columns")
        parser.add_argument("--format", choices=("table", "json"), default="table")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["columns"]:
            self.stdout.write(_listing(_table_of(options, frozenset())))
            return
        if not options["outcome"] or not options["score"]:
            raise CommandError("Say --outcome and --score; --columns lists what the file holds.")
        try:
            spec = RDSpec(**{name: options[name] for name in RDSpec.__dataclass_fields__})
        except ValueError as error:
            raise CommandError(str(error)) from error
        if options["cutoffs"] and not options["by"]:
            raise CommandError("Say --by: the column of the groups that have a cut-off each.")
        rows = _read(options, spec)
        if options["by"]:
            pooled_result = pooled_estimate(rows, spec, options["by"], options["cutoffs"])
            self._answer(
                pooled_result, options["format"], lambda pooled: _pooled_table(pooled, spec)
            )
        else:
            estimate = estimate_rd(rows, spec)
            instead = _instead(rows, spec, estimate)
            self._answer(estimate, options["format"], lambda alone: _table(alone, spec), instead)

    def _answer(
        self,
        result: Result | NotEstimable,
        form: str,
        table: Callable[[Result], str],
        instead: Instead | None = None,
    ) -> None:
        """Write what was found. Raises CommandError with the reason where there is nothing."""
        if form == "json":
            extra = {name: asdict(way) for name, way in (instead or {}).items()}
            self.stdout.write(json.dumps(asdict(result) | extra, indent=2))
        elif not isinstance(result, NotEstimable):
            self.stdout.write(table(result))
        if isinstance(result, NotEstimable):
            why = f"Not estimable ({result.reason}): {result.detail}"
            raise CommandError("\n".join([why, *map(_instead_line, (instead or {}).values())]))


def _names(words: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in words.split(",") if name.strip())


def _decimals(words: str) -> Any:
    return int(words) if words.isdecimal() else words


def _codes(words: str) -> tuple[str, tuple[tuple[float | str, float | None], ...]]:
    name, colon, pairs = words.rpartition(":")
    if not colon:
        raise ArgumentTypeError(f"{words}: write COLUMN: 1=1, 2=0, 9=")
    return name.strip(), tuple(_code(pair) for pair in pairs.split(",") if pair.strip())


def _code(pair: str) -> tuple[float | str, float | None]:
    code, equals, value = (part.strip() for part in pair.partition("="))
    if not code or not equals:
        raise ArgumentTypeError(f"{pair.strip()}: write code=value, or code= for no answer")
    try:
        counts_as = float(value) if value else None
    except ValueError:
        raise ArgumentTypeError(f"{pair.strip()}: {value} is no number") from None
    try:
        return float(code), counts_as
    except ValueError:
        return code, counts_as


def _widths(words: str) -> float | tuple[float, float]:
    left, *right = [float(width) for width in words.split(",")]
    if len(right) > 1:
        raise ArgumentTypeError(f"{words}: one number, or left,right")
    return (left, right[0]) if right else left


# -- The file -------------------------------------------------------------------------------------
def _read(options: Mapping[str, Any], spec: RDSpec) -> pd.DataFrame:
    """The columns asked for, by row of the file, labels left as codes. Raises CommandError."""
    measures = {spec.outcome, spec.score, spec.treatment, spec.weights} - {None}
    coded = {name for name, codes in spec.codes for code, _value in codes if isinstance(code, str)}
    measures |= {options["cutoffs"]} - {None}
    names = {
        *measures,
        *spec.covariates,
        spec.cluster,
        options["by"],
        *(name for name, _codes in spec.codes),
    }
    table = _table_of(options, frozenset(headings.plain(str(name)) for name in names if name))
    columns = {name: place for place, name in enumerate(table.columns) if name in names}
    absent = sorted(str(name) for name in names - {None} - {*columns})
    if absent:
        raise CommandError(
            f"{options['file'].name}: no column {', '.join(absent)}. It has: "
            f"{', '.join(table.columns)}."
        )
    try:
        read = {
            name: _column(table, place, options["decimal"], is_measure=name in measures - coded)
            for name, place in columns.items()
        }
    except InvalidFile as error:
        raise _unreadable(options["file"], error) from error
    return pd.DataFrame(read, index=pd.Index(table.numbers))


def _table_of(options: Mapping[str, Any], known: frozenset[str]) -> Table:
    """The table in the file. Raises CommandError, with rows and columns."""
    path: Path = options["file"]
    if path.suffix.lower() not in LIMITS.formats:
        raise CommandError(f"{path.name}: only {', '.join(LIMITS.formats)} files are read.")
    try:
        return read_table(
            path.name,
            path.read_bytes(),
            limits=LIMITS,
            delimiter=options["delimiter"],
            encoding=options["encoding"],
            sheet=options["sheet"],
            known=known,
        )
    except FileNotFoundError as error:
        raise CommandError(f"There is no file {path}.") from error
    except OSError as error:
        raise CommandError(f"{path.name} cannot be read: {error}") from error
    except InvalidFile as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: InvalidFile) -> CommandError:
    lines = [f"{path.name} cannot be read: {error.message}"]
    for problem in error.errors[:SHOWN]:
        place = ", ".join(filter(None, [problem.sheet, f"row {problem.row}", problem.column]))
        lines.append(f"{place}: {problem.message}")
    more = len(error.errors) - SHOWN
    return CommandError("\n".join([*lines, *([f"and {more} more"] if more > 0 else [])]))


def _column(table: Table, place: int, decimal: Mark | None, *, is_measure: bool) -> list[Any]:
    """The values of a column: its texts as numbers, or all left as words if one is no number.

    The mark of its decimals is what its cells show. Raises InvalidFile where its spreadsheet left
    an error, for numbers that can be read in two ways when nobody said their mark, and for words
    where a measure is wanted.
    """
    cells = [row[place] for row in table.rows]
    first: dict[str, int] = {}
    wrong: list[tuple[int, str]] = []
    for number, cell in zip(table.numbers, cells, strict=True):
        try:
            text = readable(cell)
        except Unreadable as problem:
            wrong.append((number, str(problem)))
        else:
            if isinstance(cell, str) and plain(text) not in BLANK:
                first.setdefault(text, number)
    shown = convention_of(first)
    if shown.must_be_asked and shown.doubtful and not decimal:
        message = two_ways(shown.doubtful, readings(shown.doubtful))
        wrong.append((first[shown.doubtful], f"{message} (--decimal)"))
    mark = decimal or (None if shown.is_contradictory else shown.mark or POINT)
    read: dict[str, float | str] = {}
    words: list[tuple[int, str]] = []
    for text, number in first.items():
        try:
            read[text] = float(number_of(text, mark))
        except Unreadable as problem:
            words.append((number, str(problem)))
    if is_measure and not wrong:
        wrong = words
    if wrong:
        name = table.columns[place]
        errors = [RowError(table.sheet, number, name, message) for number, message in wrong]
        raise InvalidFile(f"The column {name} has mistakes.", errors)
    if words:
        read = {text: text for text in first}
    return [read.get(cell.strip()) if isinstance(cell, str) else cell for cell in cells]


def _listing(table: Table) -> str:
    """Each column with how many values it has, what they are, and its labels."""
    where = f"Sheet {table.sheet}: " if table.sheet else ""
    lines = [f"{where}{len(table.rows)} rows, {len(table.columns)} columns"]
    if table.above:
        lines.append(f"Rows above the headings, not read: {len(table.above)}")
    if table.other_sheets:
        lines.append(f"Other sheets (--sheet): {', '.join(table.other_sheets)}")
    width = max(map(len, table.columns))
    for place, name in enumerate(table.columns):
        values = [row[place] for row in table.rows if row[place] is not None]
        labels = table.labels.get(name, {})
        distinct = list(dict.fromkeys(map(str, values)))
        shown = ", ".join(
            f"{value} = {labels[value]}" if value in labels else value for value in distinct[:SHOWN]
        )
        more = ", …" if len(distinct) > SHOWN else ""
        lines.append(
            f"{name:{width}}  {len(values)} values, {len(distinct)} different: {shown}{more}"
        )
    return "\n".join(lines)


# -- Where few scores are left ---------------------------------------------------------------------
def _instead(
    rows: pd.DataFrame, spec: RDSpec, estimate: RDEstimate | NotEstimable
) -> Instead | None:
    """The interval and the test that few scores still allow."""
    if not isinstance(estimate, NotEstimable) or estimate.reason not in FEW or spec.deriv:
        return None
    free = replace(spec, h=None, b=None)
    ways = {"instead": honest_interval(rows, free), "by_lot": local_randomisation(rows, free)}
    return {name: way for name, way in ways.items() if not isinstance(way, NotEstimable)}


def _instead_line(way: HonestInterval | LocalRandomisation) -> str:
    return _honest_line(way) if isinstance(way, HonestInterval) else _lot_line(way)


def _lot_line(test: LocalRandomisation) -> str:
    units = " and ".join(map(str, test.units))
    below, above = map(_figure, test.window)
    interval = f", {' to '.join(map(_figure, test.ci))}" if test.ci else ""
    return (
        f"Sides as if drawn by lot: means differ by {_figure(test.effect)} (p = {test.pv:.4f}"
        f"{interval}; {units} units, up to {below} below and {above} above the cut-off)"
    )


def _honest_line(interval: HonestInterval) -> str:
    low, high = map(_figure, interval.ci)
    scores = " and ".join(map(str, interval.distinct_scores))
    return (
        f"Honest interval of the jump of the outcome: {low} to {high} (on {scores} scores; holds "
        f"where its mean bends no more than {_figure(interval.curvature)}, by a rule of thumb)"
    )


# -- The layout of the field ----------------------------------------------------------------------
WIDE, NARROW = 24, 17  # characters of the first column, and of the others


def _table(estimate: RDEstimate, spec: RDSpec) -> str:
    kind = "Fuzzy" if spec.treatment is not None else "Sharp"
    lines = [
        f"{kind} regression discontinuity of {spec.outcome} at {spec.score} = {spec.cutoff:g}",
        f"{spec.kernel} kernel, p = {spec.p}, q = {spec.bias_order}, {spec.bwselect}, "
        f"variance {spec.variance}" + (f" by {spec.cluster}" if spec.cluster is not None else ""),
        "Scores taken as stored"
        if estimate.decimals is None
        else f"Scores read with {estimate.decimals} decimal{'s' * (estimate.decimals != 1)}",
        "",
        *_side_lines(estimate),
        "",
        *_coefficient_lines(estimate),
        "",
        *_inference_lines(estimate, spec),
    ]
    lines += [f"Left out: {name}, {why}" for name, why in estimate.dropped]
    lines += [f"Warning: {warning}" for warning in estimate.warnings]
    return "\n".join(lines)


def _line(*cells: str) -> str:
    first, *others = cells
    return f"{first:{WIDE}}" + "".join(f"{cell:>{NARROW}}" for cell in others)


def _side_lines(estimate: RDEstimate) -> Iterator[str]:
    yield _line("", "left", "right")
    for name, sides in (
        ("Rows", estimate.n),
        ("Rows within h", estimate.n_effective),
        ("Clusters", estimate.clusters),
        ("Distinct scores", estimate.distinct_scores),
        ("h", estimate.h),
        ("b", estimate.b),
        ("Outcome at the cut-off", estimate.at_cutoff),
    ):
        yield _line(name, *map(_figure, sides))


def _coefficient_lines(estimate: RDEstimate) -> Iterator[str]:
    e, stage = estimate, estimate.first_stage
    rows = [
        ("Conventional", e.coef_conventional, e.se_conventional, e.pv_conventional),
        ("Robust, bias-corrected", e.coef_bias_corrected, e.se_robust, e.pv_robust),
    ]
    if stage and stage.pv_robust is not None:
        rows.append(
            ("First stage, robust", stage.coef_bias_corrected, stage.se_robust, stage.pv_robust)
        )
    yield _line("", "coef", "se", "z", "p")
    for name, coef, se, p in rows:
        yield _line(name, _figure(coef), _figure(se), f"{coef / se:.4f}", f"{p:.4f}")


def _inference_lines(estimate: RDEstimate, spec: RDSpec) -> list[str]:
    """The interval and the Anderson-Rubin set; behind a weak first stage the set comes first."""
    low, high = map(_figure, estimate.ci_robust)
    lines = [f"Robust {spec.level:g} % interval: {low} to {high}"]
    if estimate.anderson_rubin:
        lines.append(f"Anderson-Rubin {spec.level:g} % set: {_set(estimate.anderson_rubin)}")
    if estimate.first_stage:
        f = estimate.first_stage.f
        if f is not None and f < WEAK_F:
            lines.reverse()
        lines.append("First stage: without error" if f is None else f"First-stage F: {f:.2f}")
    return lines


def _pooled_table(result: PooledEstimate, spec: RDSpec) -> str:
    groups = [point.at for point in result.by_cutoff]
    names = [f"{at:g}" if isinstance(at, float) else str(at) for at in groups]
    width = max(12, *map(len, names))
    lines = [
        _table(result.pooled, spec),
        "",
        f"{'Cut-off of':{width}}{'cut-off':>12}{'weight':>9}{'coef':>14}{'se':>14}{'robust p':>10}",
    ]
    for name, point in zip(names, result.by_cutoff, strict=True):
        head = f"{name:{width}}{point.cutoff:>12g}{point.weight:>9.3f}"
        if isinstance(point.found, NotEstimable):
            lines.append(f"{head}  {point.found.detail}")
        else:
            estimate = point.found
            figures = (estimate.coef_conventional, estimate.se_conventional)
            coef, se = (f"{_figure(figure):>14}" for figure in figures)
            lines.append(f"{head}{coef}{se}{estimate.pv_robust:>10.4f}")
    if isinstance(result.average, WeightedAverage):
        low, high = map(_figure, result.average.ci)
        coef = _figure(result.average.coef)
        lines.append(f"Average of the robust estimates by weight: {coef} ({low} to {high})")
    lines += [f"Left out: {name}, {why}" for name, why in result.dropped]
    return "\n".join(lines)


def _figure(value: float) -> str:
    if isinstance(value, int) or 1e5 <= abs(value) < 1e12:
        return f"{value:,.0f}"
    return f"{value:.6g}"


def _set(region: AndersonRubin) -> str:
    if region.low is None or region.high is None:
        return "no number" if region.shape == "empty" else "every number"
    low, high = _figure(region.low), _figure(region.high)
    return f"{low} to {high}" if region.shape == "interval" else f"up to {low}, and from {high} on"
