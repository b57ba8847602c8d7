"""Result types common to all estimators. What cannot be estimated is a result with a reason."""

import math
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from decimal import Decimal
from functools import cache
from types import UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

ReasonCode = Literal[
    "no_rows",
    "few_clusters",
    "empty_level",
    "sparse_level",
    "constant_outcome",
    "separation",
    "collinear",
    "perfect_fit",
    "not_converged",
    "failed_replicates",
    "not_requested",
    "no_column",
    "not_a_number",
    "no_group",
    "out_of_range",
    "negative_weights",
    "one_side",
    "few_rows",
    "few_scores",
    "like_scores",
    "no_density",
    "constant_treatment",
    "constant_nearby",
    "no_first_stage",
    "few_cases",
    "not_reached",
    "small_cell",
    "no_price_index",
    "no_noise",
    "dominant_cluster",
    "unbalanced",
    "two_cutoffs",
    "one_cutoff",
]

WarningCode = Literal[
    "shared_scores",
    "bias_moves",
    "negative_first_stage",
    "weak_first_stage",
    "noise_at_cutoff",
    "bandwidth_of_reduced_form",
    "one_bandwidth",
    "covariate_left_out",
    "treatment_codes",
    "units_differ",
    "unit_not_named",
    "few_units",
    "repeated_scores",
]


class EstimatorWarning(str):
    """What qualifies a result: a sentence for users of the estimator itself, and its code.

    Parameters
    ----------
    code : str
        One of ``WarningCode``; pages have their own words for each.
    facts : int, float or str
        Figures and names of the sentence, by the names that those words give them.
    """

    code: WarningCode
    facts: dict[str, int | float | str]

    def __new__(
        cls, code: WarningCode, sentence: str, **facts: int | float | str
    ) -> "EstimatorWarning":
        warning = super().__new__(cls, sentence)
        warning.code, warning.facts = code, facts
        return warning

    def __getnewargs_ex__(self) -> tuple[tuple[WarningCode, str], dict[str, int | float | str]]:
        """What a copy is made of."""
        return (self.code, str(self)), self.facts


# Twelve digits are far below what a survey can tell and above what two processors disagree on.
SIGNIFICANT_DIGITS = 12


@dataclass(frozen=True)
class NotEstimable:
    """Reason why a number is absent.

    Parameters
    ----------
    reason : str
        One of ``ReasonCode``; pages have their own words for each.
    count : int
        Figure behind the reason, such as the number of clusters.
    detail : str
        Sentence for users of the estimator itself.
    """

    reason: ReasonCode
    count: int = 0
    detail: str = ""


@dataclass(frozen=True)
class Interval:
    """Confidence interval and its nominal level, such as 0.95."""

    low: float
    high: float
    level: float


@dataclass(frozen=True)
class Estimate:
    """Point estimate with standard error, interval, rows and clusters."""

    value: float
    standard_error: float | NotEstimable
    interval: Interval | NotEstimable
    n: int
    clusters: int


@dataclass(frozen=True)
class Test:
    """Two-sided test with its null hypothesis."""

    __test__ = False  # the name must not make pytest collect it

    null: str
    statistic: float
    degrees_of_freedom: int
    p_value: float


def to_data(result: Any) -> Any:
    """Result as JSON data: dataclasses become objects, floats keep twelve significant digits, a
    warning its code, figures and sentence, and an amount of money is text, exact.

    Raises
    ------
    ValueError
        If a float is not finite; such a number must be a ``NotEstimable``.
    """
    if isinstance(result, NotEstimable):
        absent = {"not_estimable": result.reason, "count": result.count}
        return absent | {"detail": result.detail} if result.detail else absent
    if isinstance(result, EstimatorWarning):
        return {"warning": result.code, "sentence": str(result), "facts": to_data(result.facts)}
    if is_dataclass(result):
        return {item.name: to_data(getattr(result, item.name)) for item in fields(result)}
    if isinstance(result, dict):
        return {str(key): to_data(value) for key, value in result.items()}
    if isinstance(result, (list, tuple)):
        return [to_data(value) for value in result]
    if isinstance(result, float):
        return _rounded(result)
    return str(result) if isinstance(result, Decimal) else result


Result = TypeVar("Result")


def from_data(kind: type[Result], data: Any) -> Result:
    """Inverse of ``to_data``, for the same dataclass or one with fewer fields.

    Raises
    ------
    TypeError
        If a field without a default is absent.
    """
    of: Any = kind  # a class can be hashed, whatever it is
    result: Result = _reader(of)(data)
    return result


@cache
def _reader(kind: Any) -> Callable[[Any], Any]:
    """Converts data to an annotation: a dataclass, tuple, dict or union of them, or unchanged.

    Annotations never change, and reading them takes longer than all the rest.
    """
    if isinstance(kind, type) and is_dataclass(kind):
        return _reader_of_fields(kind)
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return _reader_of_union(inner)
    if origin is tuple and inner[-1] is Ellipsis:
        item = _reader(inner[0])
        return lambda data: tuple([item(value) for value in data])
    if origin is tuple:
        items = [_reader(part) for part in inner]
        return lambda data: tuple([read(value) for read, value in zip(items, data, strict=True)])
    if origin is dict:
        item = _reader(inner[1])
        return lambda data: {name: item(value) for name, value in data.items()}
    if kind is Decimal:
        return Decimal
    return _text if kind is str else lambda data: data


def _text(data: Any) -> Any:
    """A text; a warning is one with its code. Older runs kept its sentence alone."""
    if isinstance(data, dict) and "warning" in data:
        return EstimatorWarning(data["warning"], data["sentence"], **data["facts"])
    return data


def _reader_of_fields(kind: type) -> Callable[[Any], Any]:
    readers = [(name, _reader(hint)) for name, hint in get_type_hints(kind).items()]

    def read(data: Mapping[str, Any]) -> Any:
        values = _renamed(data) if kind is NotEstimable else data
        return kind(**{name: reader(values[name]) for name, reader in readers if name in values})

    return read


def _reader_of_union(kinds: tuple[Any, ...]) -> Callable[[Any], Any]:
    """An absent number carries its reason; other dataclasses are told apart by their fields."""
    absent = _reader(NotEstimable)
    first, *others = (kind for kind in kinds if kind not in (NotEstimable, type(None)))
    readers = [(_required(kind), _reader(kind)) for kind in (first, *others)]
    only = readers[0][1] if not others else None

    def read(data: Any) -> Any:
        if data is None:
            return None
        if isinstance(data, dict) and "not_estimable" in data:
            return absent(data)
        return (only or next(reader for names, reader in readers if names <= data.keys()))(data)

    return read


def _required(kind: Any) -> frozenset[str]:
    """The fields without which there is none of its kind."""
    own = fields(kind) if is_dataclass(kind) else ()
    return frozenset(item.name for item in own if item.default is MISSING)


def _renamed(data: Mapping[str, Any]) -> dict[str, Any]:
    rest = {name: value for name, value in data.items() if name != "not_estimable"}
    return rest | {"reason": data["not_estimable"]}


def _rounded(number: float) -> float:
    if not math.isfinite(number):
        raise ValueError("a result holds a number that is not finite")
    return float(f"{number:.{SIGNIFICANT_DIGITS}g}")
