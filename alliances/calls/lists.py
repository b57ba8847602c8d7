"""The list of calls: what it shows of each, and how it is narrowed."""

from typing import Any

import django_filters
from django.db.models import F, Q, QuerySet
from django.urls import reverse
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from alliances.calls.models import Call
from alliances.calls.selectors import calls_visible_to, state_of, with_totals
from alliances.people.models import Membership
from kit.filters import WordsFilter
from kit.lists import ListColumn, ListShape, Toned, declare
from kit.names import by_name

#: The same as ``state_of``, by the days of the call.
_STATES = {
    "draft": lambda today: Q(sealed_at__isnull=True),
    "coming": lambda today: Q(sealed_at__isnull=False, opens_on__gt=today),
    "open": lambda today: Q(sealed_at__isnull=False, opens_on__lte=today, closes_on__gte=today),
    "closed": lambda today: Q(sealed_at__isnull=False, closes_on__lt=today),
}


class CallFilter(WordsFilter):
    """By words and by where a call stands today."""

    names = ("code", "name")

    state = django_filters.ChoiceFilter(
        label=_("State"),
        choices=[
            ("draft", pgettext_lazy("call", "Draft")),
            ("coming", pgettext_lazy("call", "Coming")),
            ("open", pgettext_lazy("call", "Open")),
            ("closed", pgettext_lazy("call", "Closed")),
        ],
        method="in_state",
    )

    class Meta:
        model = Call
        fields = ["q", "state"]

    def in_state(self, rows: QuerySet[Call], _name: str, state: str) -> QuerySet[Call]:
        """Those that stand there today."""
        return rows.filter(_STATES[state](localdate()))


def _source(membership: Membership) -> QuerySet[Call]:
    return with_totals(calls_visible_to(membership))


def _state(call: Any) -> Toned:
    state = state_of(call, localdate())
    return Toned(state.word, state.tone)


CALLS = declare(
    ListShape(
        name="calls",
        title=_("Calls"),
        page="alliances:call-list",
        source=_source,
        columns=(
            ListColumn(
                "name",
                _("Call"),
                lambda row: row.name,
                tuple(by_name("name")),
                under=lambda row: row.code,
                is_key=True,
            ),
            ListColumn("state", _("State"), _state),
            ListColumn("opens", _("Opens"), lambda row: row.opens_on, (F("opens_on"),)),
            ListColumn("closes", _("Closes"), lambda row: row.closes_on, (F("closes_on"),)),
            ListColumn(
                "regions",
                _("Regions"),
                lambda row: row.region_count,
                (F("region_count"),),
                is_number=True,
            ),
            ListColumn(
                "budget",
                _("Budget"),
                lambda row: row.budget_cop,
                (F("budget_cop"),),
                is_money=True,
            ),
        ),
        filters=CallFilter,
        order="-opens",
        opens=lambda row: reverse("alliances:call-detail", args=[row.code]),
        lookup="code",
        key=lambda row: row.code,
    )
)
