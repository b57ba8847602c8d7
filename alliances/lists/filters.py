"""Narrowing a list of alliances by whoever asks: what waits for them, and what they wait for."""

from datetime import datetime

import django_filters
from django.db.models import QuerySet
from django.forms import HiddenInput

from alliances.lifecycle.desk import waiting_for_task
from alliances.lifecycle.models import Alliance
from alliances.lifecycle.owing import awaited_from
from alliances.lifecycle.selectors import changes_by_others

#: Where words are looked for in an alliance (``WordsFilter``), by the paths of its fields.
NAMES_AND_PLACE = (
    "searched",
    "organisation__searched",
    "municipality__name",
    "municipality__department__name",
)
CROP_NAMES = ("crop__name_es", "crop__name_en")


class TaskFilter(django_filters.FilterSet):
    """``task`` is the verb of an act; home counts the same rows."""

    task = django_filters.CharFilter(method="of_task", widget=HiddenInput)

    def of_task(self, rows: QuerySet[Alliance], _name: str, verb: str) -> QuerySet[Alliance]:
        """Those that wait for this act of this member."""
        return rows.filter(pk__in=waiting_for_task(self.request, verb).values("pk"))


class ChangedFilter(django_filters.FilterSet):
    """What others changed since a moment: home says since whoever asks came last."""

    changed_since = django_filters.IsoDateTimeFilter(method="of_others", widget=HiddenInput)

    def of_others(
        self, rows: QuerySet[Alliance], _name: str, since: datetime
    ) -> QuerySet[Alliance]:
        """Those whose status somebody else changed after that."""
        changes = changes_by_others(self.request, since)
        return rows.filter(pk__in=changes.values("alliance"))


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
