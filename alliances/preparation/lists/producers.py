"""Producers as a list, of the programme and of one alliance, for who works with them by name.

A document stands masked here and in files; to see a whole one is an act (``reveal_document``).
"""

from typing import Any

import django_filters
from django.db.models import F, QuerySet
from django.forms import HiddenInput
from django.http import QueryDict
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alliances.calls.filters import call_filter
from alliances.people.models import Producer
from alliances.preparation.selectors import ListedProducer, producer_rows, producers_visible_to
from alliances.territory.filters import crop_filter, department_filter
from kit.filters import WordsFilter
from kit.lists import ListColumn, ListShape, Toned, declare
from kit.names import by_name
from kit.tones import Tone


class ProducerFilter(WordsFilter):
    """By words, consent, sex, and the department, crop and call of the alliance."""

    names = ("searched", "alliance__searched", "alliance__organisation__searched")
    numbers = ("alliance__organisation__nit",)
    whole = "document_number"  # nobody finds a document by a part of it

    consent = django_filters.ChoiceFilter(
        label=gettext_lazy("Consent"),
        choices=[("yes", gettext_lazy("Signed")), ("no", gettext_lazy("Not signed"))],
        method="consenting",
    )
    sex = django_filters.ChoiceFilter(label=gettext_lazy("Sex"), choices=Producer.Sex.choices)
    department = department_filter("alliance__")
    crop = crop_filter("alliance__")
    call = call_filter("alliance__")
    alliance = django_filters.CharFilter(field_name="alliance__code", widget=HiddenInput)

    class Meta:
        model = Producer
        fields = ["q", "consent", "sex", "department", "crop", "call", "alliance"]

    def __init__(self, data: QueryDict, *args: Any, **kwargs: Any) -> None:
        """Within one alliance nothing tells its producers' places, crops or calls apart."""
        super().__init__(data, *args, **kwargs)
        if data.get("alliance"):
            for name in ("department", "crop", "call"):
                del self.filters[name]

    def consenting(self, rows: QuerySet[Producer], _name: str, word: str) -> QuerySet[Producer]:
        """Those who signed to the use of their data, or those who did not."""
        return rows.filter(consented_on__isnull=word == "no")


def _document(row: ListedProducer) -> str:
    return f"{row.producer.document_kind.upper()} {row.producer.masked_document}"


def _document_to_reveal(row: ListedProducer) -> str:
    """The masked document with the button to see it whole, of the page's form «reveal»."""
    if not row.may_reveal:
        return ""
    producer = row.producer
    return format_html(
        '<span class="num" id="document-{0}">{1} <button class="btn btn-link btn-sm" form="reveal"'
        ' formaction="{2}" hx-post="{2}" hx-target="#document-{0}" hx-swap="outerHTML"'
        ' aria-label="{3}: {4}">{5}</button></span>',
        producer.pk,
        _document(row),
        reverse("alliances:producer-reveal", args=[producer.alliance.code, producer.pk]),
        _("See the whole document number"),
        producer,
        _("See whole"),
    )


def _alliance(row: ListedProducer) -> str:
    alliance = row.producer.alliance
    page = reverse("alliances:alliance-detail", args=[alliance.code])
    return format_html('<a class="num" href="{}">{}</a>', page, alliance.code)


def _order_of(query: QueryDict) -> str:
    """By name within one alliance; else the latest profiles first, which an index keeps."""
    return "name" if query.get("alliance") else "-written"


PRODUCERS = declare(
    ListShape(
        name="producers",
        title=gettext_lazy("Producers"),
        page="alliances:all-producers",
        within="alliance",
        page_within="alliances:producer-list",
        source=producers_visible_to,
        columns=(
            ListColumn(
                "name",
                gettext_lazy("Name"),
                lambda row: f"{row.producer.surnames}, {row.producer.given_names}",
                tuple(by_name("surnames", "given_names")),
                is_key=True,
            ),
            ListColumn("document", gettext_lazy("Document"), _document, markup=_document_to_reveal),
            ListColumn(
                "alliance",
                gettext_lazy("Alliance"),
                lambda row: row.producer.alliance.code,
                (F("alliance__code"),),
                under=lambda row: row.producer.alliance.name,
                markup=_alliance,
                is_within=False,
            ),
            ListColumn(
                "organisation",
                gettext_lazy("Organisation"),
                lambda row: row.producer.alliance.organisation.name,
                tuple(by_name("alliance__organisation__name")),
                is_shown=False,
            ),
            ListColumn(
                "place",
                gettext_lazy("Place"),
                lambda row: str(row.producer.alliance.municipality),
                tuple(
                    by_name(
                        "alliance__municipality__department__name", "alliance__municipality__name"
                    )
                ),
                under=lambda row: str(row.producer.alliance.municipality.department),
                is_shown=False,
            ),
            ListColumn(
                "call",
                gettext_lazy("Call"),
                lambda row: row.producer.alliance.call.code,
                (F("alliance__call__code"),),
                is_shown=False,
            ),
            ListColumn(
                "written",
                gettext_lazy("Profile written on"),
                lambda row: row.producer.alliance.created_at,
                (F("alliance"),),
                is_shown=False,
            ),
            ListColumn(
                "sex",
                gettext_lazy("Sex"),
                lambda row: row.producer.get_sex_display(),
                (F("sex"),),
                is_shown=False,
            ),
            ListColumn(
                "farm",
                gettext_lazy("Farm (ha)"),
                lambda row: row.producer.farm_area_ha,
                (F("farm_area_ha"),),
                is_number=True,
            ),
            ListColumn(
                "project",
                gettext_lazy("Project (ha)"),
                lambda row: row.producer.project_area_ha,
                (F("project_area_ha"),),
                is_number=True,
            ),
            ListColumn(
                "experience",
                gettext_lazy("Experience (years)"),
                lambda row: row.producer.experience_years,
                (F("experience_years"),),
                is_number=True,
            ),
            ListColumn(
                "consent",
                gettext_lazy("Consent"),
                lambda row: row.producer.consented_on or Toned(_("Not signed"), Tone.ATTENTION),
                (F("consented_on"),),
            ),
        ),
        filters=ProducerFilter,
        order="-written",
        order_of=_order_of,
        opens=lambda row: reverse("alliances:producer-detail", args=[row.producer.pk]),
        key=lambda row: row.producer.pk,
        rows=producer_rows,
    )
)
