"""How the queue is narrowed, in the page and in the API alike."""

from collections.abc import Mapping

import django_filters
from django.forms import HiddenInput
from django.utils.translation import gettext_lazy as _

from alliances.overview.filters import SEARCHED, SEARCHED_NUMBERS
from alliances.people.models import Membership
from alliances.territory.filters import crop_filter, department_filter
from fiduciary.disbursements.models import DisbursementRequest
from fiduciary.disbursements.models.request import RequestQuerySet
from fiduciary.disbursements.selectors import duties_of, held_by, requests_awaited_from
from fiduciary.disbursements.table import RequestStatus
from fiduciary.timing.models import SlackStateChoices
from kit.filters import WordsFilter


class RequestFilter(WordsFilter):
    """By words, slack, status, department and crop."""

    names = ("payee_name", "description", *(f"alliance__{path}" for path in SEARCHED))
    numbers = tuple(f"alliance__{path}" for path in SEARCHED_NUMBERS)
    whole = "payee_document"

    slack = django_filters.ChoiceFilter(
        label=_("On crop time"), field_name="slack_state", choices=SlackStateChoices.choices
    )
    status = django_filters.ChoiceFilter(label=_("Status"), choices=RequestStatus.choices)
    department = department_filter("alliance__")
    crop = crop_filter()

    class Meta:
        model = DisbursementRequest
        fields = ["q", "slack", "status", "department", "crop"]


class QueueFilter(RequestFilter):
    """The same on the page: open ones, of one's own hands unless ``all`` or a status is asked."""

    all = django_filters.CharFilter(method="keep", widget=HiddenInput)
    waits_on = django_filters.CharFilter(method="of_holder", widget=HiddenInput)
    owes = django_filters.CharFilter(method="of_kind", widget=HiddenInput)

    def keep(self, rows: RequestQuerySet, _name: str, _value: str) -> RequestQuerySet:
        """What ``all`` means is said once for every address: ``filter_queryset``."""
        return rows

    def of_holder(self, rows: RequestQuerySet, _name: str, who: str) -> RequestQuerySet:
        """Those for which whoever asks waits on that body or role."""
        return rows.filter(pk__in=requests_awaited_from(self.request, who=who).values("pk"))

    def of_kind(self, rows: RequestQuerySet, _name: str, verb: str) -> RequestQuerySet:
        """Those for which whoever asks waits for that act."""
        return rows.filter(pk__in=requests_awaited_from(self.request, verb=verb).values("pk"))

    def filter_queryset(self, queryset: RequestQuerySet) -> RequestQuerySet:
        """Without a status, what is still open; and of it what waits for this member."""
        rows: RequestQuerySet = super().filter_queryset(queryset)
        if not self.data.get("status"):
            rows = rows.still_open()
        return held_by(rows, self.request) if is_own(self.data, self.request) else rows


def is_own(query: Mapping[str, str], acting: Membership) -> bool:
    """Whether the queue shows only what waits for this member."""
    return bool(duties_of(acting.role)) and not query.get("status") and not query.get("all")
