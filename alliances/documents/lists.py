"""Documents of all alliances that one sees, each by its latest version."""

import django_filters
from django.db.models import F, QuerySet
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from alliances.documents.models import DocumentKind, DocumentVersion
from alliances.documents.selectors import latest_versions, version_rows
from alliances.territory.filters import department_filter
from kit.filters import WordsFilter
from kit.lists import ListColumn, ListShape, declare
from kit.names import by_name


class DocumentFilter(WordsFilter):
    """By words, kind, department of the alliance, and the days it was brought."""

    names = (
        "searched",
        "uploaded_by__user__searched",
        "uploaded_by__organisation__searched",
        "document__searched",
        "document__alliance__searched",
        "document__alliance__organisation__searched",
    )
    numbers = ("document__alliance__organisation__nit",)

    kind = django_filters.ChoiceFilter(
        label=_("Kind"), field_name="document__kind", choices=DocumentKind.choices
    )
    department = department_filter("document__alliance__")
    replaced = django_filters.ChoiceFilter(
        label=_("Versions"),
        choices=[("yes", _("Replaced at least once")), ("no", _("As it was first brought"))],
        method="with_versions",
    )

    class Meta:
        model = DocumentVersion
        fields = ["q", "kind", "department", "replaced"]

    def with_versions(
        self, rows: QuerySet[DocumentVersion], _name: str, word: str
    ) -> QuerySet[DocumentVersion]:
        """Those of which a later version was brought, or the others."""
        return rows.filter(number__gt=1) if word == "yes" else rows.filter(number=1)


def _alliance(row: DocumentVersion) -> str:
    alliance = row.document.alliance
    if alliance is None:
        return ""
    page = reverse("alliances:document-list", args=[alliance.code])
    return format_html('<a href="{}">{}</a>', page, alliance.code)


def _file(row: DocumentVersion) -> str:
    page = reverse("alliances:document-download", args=[row.pk])
    return format_html('<a href="{}" download>{}</a>', page, row.original_name)


DOCUMENTS = declare(
    ListShape(
        name="documents",
        title=_("Documents"),
        page="alliances:all-documents",
        source=latest_versions,
        columns=(
            ListColumn(
                "title",
                _("Document"),
                lambda row: row.document.title,
                tuple(by_name("document__title")),
                is_key=True,
            ),
            ListColumn(
                "kind",
                _("Kind"),
                lambda row: row.document.get_kind_display(),
                (F("document__kind"),),
            ),
            ListColumn(
                "alliance",
                _("Alliance"),
                lambda row: row.document.alliance and row.document.alliance.code,
                (F("document__alliance__code"),),
                under=lambda row: row.document.alliance and row.document.alliance.name,
                markup=_alliance,
            ),
            ListColumn(
                "version", _("Version"), lambda row: row.number, (F("number"),), is_number=True
            ),
            ListColumn(
                "brought", _("Brought on"), lambda row: row.uploaded_at, (F("uploaded_at"),)
            ),
            ListColumn(
                "by",
                _("Brought by"),
                lambda row: row.uploaded_by.user.display_name,
                tuple(by_name("uploaded_by__user__first_name", "uploaded_by__user__last_name")),
                under=lambda row: row.uploaded_by.organisation.name,
            ),
            ListColumn("file", _("File"), lambda row: row.original_name, markup=_file),
            ListColumn(
                "bytes",
                _("Size (bytes)"),
                lambda row: row.size,
                (F("size"),),
                is_number=True,
                is_shown=False,
            ),
            ListColumn("sha256", _("SHA-256"), lambda row: row.sha256, is_shown=False),
        ),
        filters=DocumentFilter,
        order="-brought",
        opens=lambda row: reverse("alliances:document-detail", args=[row.document_id]),
        lookup="document",
        key=lambda row: row.document_id,
        rows=lambda rows, acting: version_rows(rows),
    )
)
