"""Studies on answers of their own, for drills in an installation apart from the tests' database.

``python -m tests.evaluation.runs.scene chaining`` (or ``impact``) writes the study the first time,
launches a run of it and prints the run's number. Pages are not involved: this is what a command
would do.
"""

import sys
from uuid import uuid4

import django


def main(kind: str) -> None:
    """Launch the one study of this kind, written now if need be."""
    django.setup()
    from django.utils.timezone import now

    from evaluation.models import Study
    from evaluation.runs.services import request_run

    study = Study.objects.select_related("author").filter(kind=kind).first() or WRITERS[kind]()
    run = request_run(study_id=study.pk, acting=study.author, at=now(), client_key=uuid4())
    print(run.pk)


def write_chaining():  # type: ignore[no-untyped-def]
    from tests.factories.alliances import make_membership
    from tests.factories.evaluation import make_study, make_surveyed, make_wave

    evaluator = make_membership("evaluator")
    wave = make_wave(evaluator)
    make_surveyed(wave, evaluator, alliances=14, members=8)
    return make_study(evaluator, wave, bootstrap_replicates=3000)


def write_impact():  # type: ignore[no-untyped-def]
    from tests.evaluation.estimators.rd.test_expected import table
    from tests.evaluation.runs.impact.files import COVARIATES, OUTCOMES, synthetic_wave
    from tests.factories.alliances import make_membership
    from tests.factories.evaluation import make_impact_study

    evaluator = make_membership("evaluator")
    return make_impact_study(
        evaluator,
        synthetic_wave(evaluator, table("alianzas_sintetico.csv")),
        outcomes=OUTCOMES,
        treatment="answer",
        treatment_variable="participo",
        covariates=COVARIATES,
    )


WRITERS = {"chaining": write_chaining, "impact": write_impact}

if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "chaining")
