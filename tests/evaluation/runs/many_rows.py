"""A survey of any size, written by PostgreSQL itself: a million answers in some two minutes.

``python -m tests.evaluation.runs.many_rows 1000000`` writes the wave and a frozen impact study of
it, for benches in an installation of their own, and prints the author's session and the study.
"""

import sys

import django
import numpy as np

MEMBERS = 45
DEPARTMENTS = 33
IMPORTED_AT_ONCE = 100_000
OUTCOMES = ("productivity_kg_ha", "sales_cop", "profit_cop")
COVARIATES = ("is_woman", "age_years", "farm_area_ha", "experience_years", "schooling_years")
#: What the survey asked besides: forty variables in all.
OTHERS = tuple(f"p{place:02d}" for place in range(1, 36))
#: Bell-shaped enough, from 0 with a standard deviation of 1.
NOISE = "(2 * (random() + random() + random() - 1.5))"


def main(rows: int) -> None:
    """Write all and print who looks, and at what."""
    django.setup()
    from kit.waits import patient
    from tests.evaluation.runs.scene import visitor

    with patient():
        write(rows)
    print(visitor())


def write(rows: int) -> None:
    """Alliances with a frozen score, their producers, and what each answered."""
    from django.db import connection

    from evaluation.surveys.services import add_variable
    from tests.factories.alliances import make_membership
    from tests.factories.evaluation import AT, make_impact_study, make_import, make_wave

    evaluator = make_membership("evaluator")
    wave = make_wave(evaluator)
    kinds = {"participo": ("yes_no", "after"), **dict.fromkeys(OTHERS, ("number", "after"))}
    for name, (kind, measured) in kinds.items():
        add_variable(
            wave_id=wave.pk,
            acting=evaluator,
            at=AT,
            name=name,
            label=name,
            kind=kind,
            measured=measured,
        )
    first = _alliances(-(-rows // MEMBERS), np.random.default_rng(11))
    for start in range(0, rows, IMPORTED_AT_ONCE):
        number = min(IMPORTED_AT_ONCE, rows - start)
        producers = _producers(first, start, number)
        survey_import = make_import(wave, evaluator, number)
        with connection.cursor() as cursor:
            cursor.execute(_ANSWERS, [wave.pk, survey_import.pk, *producers])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    make_impact_study(
        evaluator,
        wave,
        outcomes=OUTCOMES,
        standardised=OUTCOMES[:1],
        treatment="answer",
        treatment_variable="participo",
        covariates=COVARIATES,
    )


def _alliances(number: int, random: np.random.Generator) -> int:
    """Number of the first of so many alliances, in as many departments as there are."""
    from alliances.models import Department, EvaluationSnapshot
    from tests.factories.alliances import make_alliance, make_municipality
    from tests.factories.evaluation import make_snapshot

    places = []
    for place in range(1, DEPARTMENTS + 1):
        code = f"{place:02d}"
        Department.objects.get_or_create(
            code=code,
            defaults={
                "name": f"Departamento {place}",
                "natural_region": "Andina",
                "call_region": "Central",
                "iso_code": f"CO-{code}",
            },
        )
        places.append(make_municipality(f"{code}001", f"Municipio {place}").pk)
    model = make_alliance()
    chosen = ", ".join(f"'{place}'" for place in places)
    first, _last = _copied(
        model,
        number,
        code="'M-' || n",
        key="gen_random_uuid()",
        municipality_id=f"(ARRAY[{chosen}])[1 + n %% {DEPARTMENTS}]",
    )
    snapshot = make_snapshot(model, "70")
    values = {
        field.attname: getattr(snapshot, field.attname)
        for field in EvaluationSnapshot._meta.concrete_fields
        if not field.primary_key
    }
    scores = np.clip(random.normal(70, 10, number), 5, 100).round(2).tolist()
    EvaluationSnapshot.objects.bulk_create(
        (
            EvaluationSnapshot(
                **values
                | {"alliance_id": first + place, "score": score, "was_offered": score >= 70}
            )
            for place, score in enumerate(scores)
        ),
        batch_size=5000,
    )
    return first


def _producers(first_alliance: int, start: int, number: int) -> tuple[int, int]:
    """First and last of so many producers, ``MEMBERS`` to an alliance."""
    from alliances.models import Alliance, Producer
    from tests.factories.alliances import make_producer

    model = Producer.objects.order_by("pk").first() or make_producer(
        Alliance.objects.get(pk=first_alliance)
    )
    return _copied(
        model,
        number,
        alliance_id=f"{first_alliance} + ({start} + n - 1) / {MEMBERS}",
        document_number=f"(20000000 + {start} + n)::text",
        household_key=f"'M' || ({start} + n)",
        sex="CASE WHEN random() < 0.4 THEN 'f' ELSE 'm' END",
        born_on="date '1950-01-01' + (random() * 16000)::int",
        farm_area_ha="round((1 + random() * 8)::numeric, 2)",
        experience_years="(random() * 40)::int",
    )


def _copied(model: "object", number: int, **columns: str) -> tuple[int, int]:
    """Insert copies of a row, some columns by an expression of ``n``: first and last number."""
    from django.db import connection

    meta = model._meta  # type: ignore[attr-defined]
    fields = [row for row in meta.concrete_fields if not row.primary_key and not row.generated]
    names = [field.column for field in fields]
    values = ", ".join(columns.get(name, f'model."{name}"') for name in names)
    listed = ", ".join(f'"{name}"' for name in names)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH added AS (
                INSERT INTO {meta.db_table} ({listed})
                SELECT {values} FROM {meta.db_table} model, generate_series(1, %s) n
                 WHERE model.id = %s ORDER BY n RETURNING id
            )
            SELECT min(id), max(id) FROM added
            """,
            [number, model.pk],  # type: ignore[attr-defined]
        )
        first, last = cursor.fetchone()
    assert last - first + 1 == number
    return first, last


_ANSWERS = f"""
    INSERT INTO evaluation_response (wave_id, survey_import_id, producer_id, source_row, answers)
    SELECT %s, %s, producer.id, 2, jsonb_build_object(
        'participo', took,
        'productivity_kg_ha',
            round((12000 + 60 * distance + 1600 * took + 3000 * {NOISE})::numeric),
        'sales_cop', round((14e6 + 2e5 * distance + 55e5 * took + 8e6 * {NOISE})::numeric),
        'profit_cop', round((6e6 + 1e5 * distance + 29e5 * took + 4e6 * {NOISE})::numeric),
        'schooling_years', (random() * 16)::int,
        {", ".join(f"'{name}', round((random() * 1000)::numeric, 1)" for name in OTHERS)})
      FROM alliances_producer producer
      JOIN alliances_evaluationsnapshot snapshot ON snapshot.alliance_id = producer.alliance_id,
   LATERAL (SELECT (snapshot.score - snapshot.cutoff)::float AS distance,
                   (random() < CASE WHEN snapshot.score >= snapshot.cutoff THEN 0.9 ELSE 0.1 END
                    AND producer.id > 0)::int AS took OFFSET 0) AS taken
     WHERE producer.id BETWEEN %s AND %s
     ORDER BY producer.id
"""

if __name__ == "__main__":
    main(int(sys.argv[1]))
