"""Columns of tables that more than one room has."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal, overload

from django.core.validators import MinValueValidator
from django.db import models

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


@overload
def pesos(
    name: "_StrPromise", *, null: Literal[True], blank: bool = ...
) -> "models.DecimalField[Any, Decimal | None]": ...
@overload
def pesos(
    name: "_StrPromise",
    *,
    at_least: int | Decimal | None = ...,
    default: Decimal = ...,
    editable: bool = ...,
) -> "models.DecimalField[Any, Decimal]": ...
def pesos(name: "_StrPromise", *, at_least: int | Decimal | None = None, **options: Any) -> Any:
    """An amount in COP to the cent, below 10¹⁴; ``at_least`` is the smallest that makes sense."""
    if at_least is not None:
        options["validators"] = [MinValueValidator(at_least)]
    return models.DecimalField(name, max_digits=16, decimal_places=2, **options)
