"""Pieces that only the long forms of this room share."""

from decimal import Decimal
from typing import Any, cast

from django import forms
from django.utils.functional import Promise

from kit.amounts import number
from kit.forms import ReadField
from kit.plausible import AREA_HA

StrOrPromise = str | Promise


def hectares(**options: Any) -> ReadField:
    """An area; «2.500» is asked again, as it could be either."""
    return ReadField(parse=number(Decimal(0), AREA_HA, places=2), **options)


class Grouped:
    """A long form told in parts: ``parts`` names the fields under each heading."""

    parts: tuple[tuple[StrOrPromise, tuple[str, ...]], ...] = ()

    @property
    def groups(self) -> list[tuple[StrOrPromise, list[forms.BoundField]]]:
        """Each heading with its fields as the page draws them; what has none is left out."""
        form = cast(forms.BaseForm, self)
        shown = {field.name: field for field in form.visible_fields()}
        parts = (
            (title, [shown[name] for name in names if name in shown]) for title, names in self.parts
        )
        return [(title, fields) for title, fields in parts if fields]
