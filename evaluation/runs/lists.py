"""The list of runs: what it shows of each, and how it is narrowed."""

from typing import Any

import django_filters
from django.db.models import F, QuerySet
from django.forms import HiddenInput
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alliances.people.models import Membership
from evaluation.access import can_read_evaluation
from evaluation.runs.models import Run
from evaluation.runs.selectors import runs
from evaluation.runs.table import RunStatus
from evaluation.studies.models import StudyKind
from kit.figures import duration
from kit.filters import WordsFilter
from kit.lists import ListColumn, ListShape, Toned, declare
from kit.names import by_name


class RunFilter(WordsFilter):
    """By words of the study, kind, status, and the study itself."""

    names = ("study__title",)

    kind = django_filters.ChoiceFilter(label=gettext_lazy("Kind"), choices=StudyKind.choices)
    status = django_filters.ChoiceFilter(label=gettext_lazy("Status"), choices=RunStatus.choices)
    study = django_filters.NumberFilter(widget=HiddenInput)

    class Meta:
        model = Run
        fields = ["q", "kind", "status", "study"]


def _source(membership: Membership) -> QuerySet[Run]:
    return runs() if can_read_evaluation(membership) else Run.objects.none()


def _took(run: Any) -> str | None:
    return str(duration(run.duration.total_seconds())) if run.duration else None


RUNS = declare(
    ListShape(
        name="runs",
        title=gettext_lazy("Runs"),
        page="evaluation:run-list",
        source=_source,
        columns=(
            ListColumn(
                "number",
                gettext_lazy("Run"),
                lambda row: _("Run %(number)s") % {"number": row.pk},
                (F("pk"),),
                is_key=True,
            ),
            ListColumn(
                "study",
                gettext_lazy("Study"),
                lambda row: row.study.title,
                tuple(by_name("study__title")),
                under=lambda row: str(row.study.source),
            ),
            ListColumn(
                "kind", gettext_lazy("Kind"), lambda row: row.study.get_kind_display(), (F("kind"),)
            ),
            ListColumn(
                "status",
                gettext_lazy("Status"),
                lambda row: Toned(row.get_status_display(), row.status_tone),
                (F("status"),),
            ),
            ListColumn(
                "progress",
                gettext_lazy("Progress"),
                lambda row: f"{row.percent} %",
                (F("percent"),),
            ),
            ListColumn(
                "by",
                gettext_lazy("Launched by"),
                lambda row: row.requested_by.user.display_name,
                is_personal=True,
            ),
            ListColumn(
                "when",
                gettext_lazy("When"),
                lambda row: row.requested_at,
                (F("requested_at"),),
            ),
            ListColumn("took", gettext_lazy("Took"), _took),
        ),
        filters=RunFilter,
        order="-when",
        opens=lambda row: reverse("evaluation:run-detail", args=[row.pk]),
    )
)
