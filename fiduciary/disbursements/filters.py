"""How the queue is narrowed, in the page and in the API alike."""

import django_filters
from django.db.models import QuerySet
from django.forms import HiddenInput
from django.utils.translation import gettext_lazy as _

from alliances.overview.filters import SEARCHED, SEARCHED_NUMBERS
from alliances.territory.models import Crop, Department
from fiduciary.disbursements.models import DisbursementRequest
from fiduciary.disbursements.table import RequestStatus
from fiduciary.timing.models import SlackStateChoices
from kit.names import by_name, with_words


class RequestFilter(django_filters.FilterSet):
    """By words, slack, status, department and crop."""

    q = django_filters.CharFilter(label=_("Search"), method="search")
    slack = django_filters.ChoiceFilter(
        label=_("On crop time"),
        field_name="slack_state",
        choices=SlackStateChoices.choices,
        empty_label=_("All"),
    )
    status = django_filters.ChoiceFilter(
        label=_("Status"), choices=RequestStatus.choices, empty_label=_("All")
    )
    department = django_filters.ModelChoiceFilter(
        label=_("Department"),
        field_name="alliance__municipality__department",
        queryset=Department.objects.order_by(*by_name("name")),
        empty_label=_("All"),
    )
    crop = django_filters.ModelChoiceFilter(
        label=_("Crop"), queryset=Crop.objects.order_by(*by_name("name_es")), empty_label=_("All")
    )

    class Meta:
        model = DisbursementRequest
        fields = ["q", "slack", "status", "department", "crop"]

    def search(
        self, rows: QuerySet[DisbursementRequest], _name: str, words: str
    ) -> QuerySet[DisbursementRequest]:
        """Every word in the alliance, the payee or what it pays for; the payee's whole number."""
        of_alliance = [f"alliance__{path}" for path in SEARCHED]
        return with_words(
            rows,
            words,
            names=("payee_name", "description", *of_alliance),
            numbers=tuple(f"alliance__{path}" for path in SEARCHED_NUMBERS),
            whole="payee_document",
        )


class QueueFilter(RequestFilter):
    """The same on the page, which remembers whether other hands' requests are shown too."""

    all = django_filters.CharFilter(method="keep", widget=HiddenInput)

    def keep(
        self, rows: QuerySet[DisbursementRequest], _name: str, _value: str
    ) -> QuerySet[DisbursementRequest]:
        """The view decides what ``all`` means; the form only carries it."""
        return rows
