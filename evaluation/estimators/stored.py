"""What a study asks, as JSON data and back, by the annotations of its dataclass. Pure."""

from collections.abc import Mapping
from dataclasses import asdict, fields, is_dataclass
from datetime import date
from functools import cache
from types import UnionType
from typing import Any, ClassVar, Self, Union, get_args, get_origin, get_type_hints


class StoredSpec:
    """Base of frozen dataclasses of days, numbers, texts, and tuples or dataclasses of them.

    ``retired`` are settings that studies of earlier versions hold and that say nothing any more.
    """

    retired: ClassVar[frozenset[str]] = frozenset()

    def to_data(self) -> dict[str, Any]:
        """JSON data that ``from_data`` reads back."""
        data: dict[str, Any] = _plain(asdict(self))  # type: ignore[call-overload]
        return data

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """The specification stored as JSON. Raises ValueError on unknown names or wrong values."""
        kind: Any = cls  # a class can be hashed, whatever it is
        hints = _hints(kind)
        unknown = {*data} - {*hints} - cls.retired
        if unknown:
            raise ValueError(f"unknown settings: {', '.join(sorted(unknown))}")
        known = {name: _read(hints[name], data[name]) for name in hints if name in data}
        return cls(**known)


@cache
def _hints(kind: type) -> dict[str, Any]:
    hints = get_type_hints(kind)
    return {item.name: hints[item.name] for item in fields(kind)}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value


def _read(hint: Any, value: Any) -> Any:
    if get_origin(hint) in (Union, UnionType):
        return None if value is None else _read(get_args(hint)[0], value)
    if get_origin(hint) is tuple:
        inner = get_args(hint)
        kinds = [inner[0]] * len(value) if inner[-1] is Ellipsis else inner
        return tuple(_read(kind, item) for kind, item in zip(kinds, value, strict=True))
    if isinstance(hint, type) and is_dataclass(hint):
        return hint(**value)
    return date.fromisoformat(value) if hint is date else value
