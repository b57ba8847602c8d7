"""The list of studies: what it shows of each, and how it is narrowed."""

import django_filters
from django.db.models import F, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from alliances.people.models import Membership
from evaluation.access import can_read_evaluation
from evaluation.studies.models import Study, StudyKind
from evaluation.studies.selectors import studies
from kit.filters import WordsFilter
from kit.lists import ListColumn, ListShape, Toned, declare
from kit.names import by_name


class StudyFilter(WordsFilter):
    """By words, kind, and whether it is frozen."""

    names = ("title",)

    kind = django_filters.ChoiceFilter(label=gettext_lazy("Kind"), choices=StudyKind.choices)
    frozen = django_filters.ChoiceFilter(
        label=gettext_lazy("Status"),
        choices=[
            ("yes", gettext_lazy("Frozen")),
            ("no", pgettext_lazy("study", "Open")),
        ],
        method="is_frozen",
    )

    class Meta:
        model = Study
        fields = ["q", "kind", "frozen"]

    def is_frozen(self, rows: QuerySet[Study], _name: str, answer: str) -> QuerySet[Study]:
        """Frozen ones, or those that are still written."""
        return rows.filter(frozen_at__isnull=answer == "no")


def _source(membership: Membership) -> QuerySet[Study]:
    return studies() if can_read_evaluation(membership) else Study.objects.none()


def _amends(study: Study) -> str:
    return _("Amends «%(title)s»") % {"title": study.amends.title} if study.amends else ""


def _status(study: Study) -> Toned:
    word = _("Frozen") if study.is_frozen else pgettext("study", "Open")
    return Toned(word, study.status_tone)


STUDIES = declare(
    ListShape(
        name="studies",
        title=gettext_lazy("Studies"),
        page="evaluation:study-list",
        source=_source,
        columns=(
            ListColumn(
                "title",
                gettext_lazy("Study"),
                lambda row: row.title,
                tuple(by_name("title")),
                under=_amends,
                is_key=True,
            ),
            ListColumn(
                "kind", gettext_lazy("Kind"), lambda row: row.get_kind_display(), (F("kind"),)
            ),
            ListColumn("source", gettext_lazy("What it reads"), lambda row: str(row.source)),
            ListColumn("status", gettext_lazy("Status"), _status, (F("frozen_at"),)),
            ListColumn(
                "author",
                gettext_lazy("Author"),
                lambda row: row.author.user.display_name,
                is_personal=True,
            ),
            ListColumn(
                "written",
                gettext_lazy("Written on"),
                lambda row: row.created_at,
                (F("created_at"),),
            ),
            ListColumn(
                "runs",
                gettext_lazy("Runs"),
                lambda row: row.run_count,
                (F("run_count"),),
                is_number=True,
            ),
        ),
        filters=StudyFilter,
        order="-written",
        opens=lambda row: reverse("evaluation:study-detail", args=[row.pk]),
    )
)
