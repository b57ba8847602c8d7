"""The external shocks inside the period of a study, and how much of it they cover."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import OuterRef, Subquery
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from alliances.models import Department, EvaluationSnapshot
from alliances.territory.models import ExternalShock
from evaluation.studies.follow_up_spec import FollowUpSpec
from evaluation.studies.models import Study
from evaluation.studies.operations_spec import OperationsSpec
from evaluation.studies.reading.words import Pair
from evaluation.studies.specs import specification_of
from evaluation.surveys.models import Response, Wave
from evaluation.surveys.selectors import not_withdrawn
from kit.figures import date_short, percent

DAYS_PER_MONTH = 30.4375


@dataclass(frozen=True)
class Overlap:
    """A shock within a period. days: of the period that it covers; share: of all its days."""

    shock: ExternalShock
    place: str
    days: int
    share: float


def period_of(study: Study) -> tuple[date, date]:
    """First and last day that a study looks at.

    Operations: its own period. Follow-up: from the longest look back from its reference day. With a
    wave: from the first decision on an alliance surveyed to the last day of the survey; without
    any decision, the days of the survey.
    """
    spec = specification_of(study.kind, study.specification)
    if isinstance(spec, OperationsSpec):
        return spec.from_on, spec.until_on
    if isinstance(spec, FollowUpSpec):
        back = timedelta(days=round(max(spec.months) * DAYS_PER_MONTH))
        return spec.reference_on - back, spec.reference_on
    wave = study.required_wave
    first = _first_decision(wave) or wave.collected_from
    return min(first, wave.collected_from), wave.collected_until


def overlaps(study: Study) -> list[Overlap]:
    """The shocks inside the study's period, the earliest first."""
    start, end = period_of(study)
    names = dict(Department.objects.values_list("code", "name"))
    rows = ExternalShock.objects.filter(starts_on__lte=end, ends_on__gte=start)
    overlap = []
    for shock in rows.order_by("starts_on", "code"):
        days = (min(end, shock.ends_on) - max(start, shock.starts_on)).days + 1
        places = ", ".join(names.get(code, code) for code in shock.departments.split())
        share = days / ((end - start).days + 1)
        overlap.append(Overlap(shock, places or _("the whole country"), days, share))
    return overlap


def shock_pairs(overlap: list[Overlap]) -> Iterator[Pair]:
    """Each shock in words: when, where, how much of the period, by which source and where it is."""
    for row in overlap:
        shock = row.shock
        yield (
            f"{shock} ({shock.get_kind_display()})",
            _(
                "%(start)s to %(end)s, %(place)s: %(share)s of the period. Source: %(source)s "
                "(%(confidence)s)"
            )
            % {
                "start": date_short(shock.starts_on),
                "end": date_short(shock.ends_on),
                "place": row.place,
                "share": percent(row.share),
                "source": ", ".join(filter(None, (shock.source, shock.url))),
                "confidence": shock.get_confidence_display().lower(),
            },
        )


def shocks_data(study: Study) -> list[dict[str, Any]]:
    """The same for programs."""
    return [
        {
            "code": row.shock.code,
            "kind": row.shock.kind,
            "from": row.shock.starts_on.isoformat(),
            "until": row.shock.ends_on.isoformat(),
            "departments": row.shock.departments.split(),
            "share_of_period": row.share,
            "source": row.shock.source,
            "url": row.shock.url,
            "confidence": row.shock.confidence,
        }
        for row in overlaps(study)
    ]


def _first_decision(wave: Wave) -> date | None:
    answered = Response.objects.filter(not_withdrawn(wave), producer__alliance=OuterRef("alliance"))
    # One answer of each alliance, not all of them joined: there may be a million.
    one = EvaluationSnapshot.objects.annotate(answer=Subquery(answered.values("pk")[:1]))
    first = one.filter(answer__isnull=False).order_by("taken_at").first()
    return localtime(first.taken_at).date() if first else None
