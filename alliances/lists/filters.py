"""Narrowing a list of alliances to what waits for whoever asks, or to what they wait for."""

import django_filters
from django.db.models import QuerySet
from django.forms import HiddenInput

from alliances.lifecycle.desk import waiting_for_task
from alliances.lifecycle.models import Alliance
from alliances.lifecycle.owing import awaited_from


class TaskFilter(django_filters.FilterSet):
    """``task`` is the verb of an act; home counts the same rows."""

    task = django_filters.CharFilter(method="of_task", widget=HiddenInput)

    def of_task(self, rows: QuerySet[Alliance], _name: str, verb: str) -> QuerySet[Alliance]:
        """Those that wait for this act of this member."""
        return rows.filter(pk__in=waiting_for_task(self.request, verb).values("pk"))


class AwaitedFilter(django_filters.FilterSet):
    """What whoever asks waits for: ``waits_on`` is a body or a role, ``owes`` the kind of act."""

    waits_on = django_filters.CharFilter(method="of_holder", widget=HiddenInput)
    owes = django_filters.CharFilter(method="of_kind", widget=HiddenInput)

    def of_holder(self, rows: QuerySet[Alliance], _name: str, who: str) -> QuerySet[Alliance]:
        """Those on which that body or role is waited for."""
        return rows.filter(pk__in=awaited_from(self.request, who=who).values("pk"))

    def of_kind(self, rows: QuerySet[Alliance], _name: str, verb: str) -> QuerySet[Alliance]:
        """Those on which that act is waited for."""
        return rows.filter(pk__in=awaited_from(self.request, verb=verb).values("pk"))
