"""What power before data reads: scores and how many people stand at each, and no outcome.

Without data frames, so that a page may ask.
"""

import numpy as np
from django.db import connection
from django.db.models import Count, Q
from django.db.models.fields.json import KeyTransform

from alliances.models import EvaluationSnapshot
from evaluation.estimators.checks.planned_power import PlannedSample
from evaluation.studies.impact_spec import ImpactSpec
from evaluation.surveys.models import Response, Wave
from evaluation.surveys.selectors import not_withdrawn

#: Fewer answers than these tell no spread of an outcome.
MINIMUM_ANSWERS = 30


def planned_sample(
    wave: Wave, spec: ImpactSpec, *, per_alliance: float | None = None
) -> tuple[PlannedSample, bool]:
    """Who would be compared, without the departments left out; true if they have answered already.

    Those who answered the wave; while nobody has, every producer of the profiles decided on.
    ``per_alliance``: so many of each alliance instead.
    """
    answered = Response.objects.filter(not_withdrawn(wave))
    has_answers = answered.exists()
    if spec.score_variable:
        rows = [
            (float(score) - spec.cutoff, alliance, department, 1)
            for score, alliance, department in answered.values_list(
                KeyTransform(spec.score_variable, "answers"),
                "producer__alliance",
                "producer__alliance__municipality__department",
            )
            if score is not None
        ]
    else:
        rows = _decided(wave, has_answers=has_answers)
    valid = [row for row in rows if row[2] not in spec.excluded and row[3]]
    people = np.array([row[3] for row in valid], float)
    groups = [row[1] if spec.cluster == "alliance" else row[2] for row in valid]
    if spec.cluster == "none":
        groups = [*range(len(valid))]
    codes = np.unique(np.array(groups, str), return_inverse=True)[1]
    if per_alliance and not spec.score_variable:
        people = np.full(len(valid), float(per_alliance))
    score = np.array([row[0] for row in valid], float)
    return PlannedSample(score, people, codes.astype(np.intp)), has_answers


def earlier_spreads(wave: Wave, names: tuple[str, ...]) -> dict[str, float]:
    """Standard deviation of each variable in the latest wave that had ended before this one began.

    Nothing is read of this wave. A variable that no earlier wave has, or few answered, is absent.
    """
    earlier = Wave.objects.filter(collected_until__lt=wave.collected_from)
    rows: dict[str, float] = {}
    for before in earlier.order_by("collected_until", "pk"):
        known = before.variables.filter(name__in=names, is_personal=False)
        for name in known.values_list("name", flat=True):
            with connection.cursor() as cursor:
                cursor.execute(_SPREAD, [name, before.pk, name])
                spread, answers = cursor.fetchone()
            if answers >= MINIMUM_ANSWERS and spread:
                rows[name] = float(spread)
    return rows


#: Answers that are numbers, of imports that stand.
_SPREAD = """
    SELECT stddev_samp((answer.answers ->> %s)::numeric), count(*)
      FROM evaluation_response answer
      JOIN evaluation_surveyimport file ON file.id = answer.survey_import_id
     WHERE answer.wave_id = %s AND file.status = 'confirmed'
       AND jsonb_typeof(answer.answers -> %s) = 'number'
"""


def _decided(wave: Wave, *, has_answers: bool) -> list[tuple[float, int, str, int]]:
    people = Count("alliance__producers")
    if has_answers:
        current: Q = not_withdrawn(wave, "alliance__producers__responses__")
        people = Count("alliance__producers__responses", filter=current)
    rows = (
        EvaluationSnapshot.objects.values_list(
            "alliance", "alliance__municipality__department", "score", "cutoff"
        )
        .annotate(surveyed=people)
        .order_by("alliance")
    )
    return [(float(score - cut), pk, place, count) for pk, place, score, cut, count in rows]
