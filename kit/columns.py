"""Columns of tables that more than one room has, and what holds of them."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal, overload

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

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


def ends_no_earlier(name: str) -> models.CheckConstraint:
    """The constraint, by its ``name``, that ``valid_until`` is not before ``valid_from``."""
    return models.CheckConstraint(
        condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("valid_from")),
        name=name,
        violation_error_message=_("It cannot end before it begins."),
    )
