"""Narrowing a list of alliances to what waits for an act of whoever asks."""

import django_filters
from django.db.models import QuerySet
from django.forms import HiddenInput

from alliances.lifecycle.desk import waiting_for_task
from alliances.lifecycle.models import Alliance


class TaskFilter(django_filters.FilterSet):
    """``task`` is the verb of an act; home counts the same rows."""

    task = django_filters.CharFilter(method="of_task", widget=HiddenInput)

    def of_task(self, rows: QuerySet[Alliance], _name: str, verb: str) -> QuerySet[Alliance]:
        """Those that wait for this act of this member."""
        return rows.filter(pk__in=waiting_for_task(self.request, verb).values("pk"))
