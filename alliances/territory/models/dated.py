"""Rows that are in force between two days, the last of which may be open."""

from datetime import date
from typing import Self, TypeVar

from django.db import models
from django.db.models import Q

M = TypeVar("M", bound=models.Model)


class DatedQuerySet(models.QuerySet[M]):
    """Of a table with ``valid_from`` and ``valid_until``."""

    def in_force_on(self, day: date) -> Self:
        """Those whose first day has come and whose last one, if any, has not passed."""
        open_ended = Q(valid_until__isnull=True) | Q(valid_until__gte=day)
        return self.filter(open_ended, valid_from__lte=day)
