"""Studies on answers of their own, for drills in an installation apart from the tests' database.

``python -m tests.evaluation.runs.scene chaining`` (or ``impact``) writes both studies the first
time, launches a run of one and prints its number. Pages are not involved: this is what a command
would do.
"""

import sys
from uuid import uuid4

import django


def main(kind: str) -> None:
    """Launch the study of this kind, written now if need be."""
    django.setup()
    from django.utils.timezone import now

    from evaluation.models import Study
    from evaluation.runs.services import request_run

    if not Study.objects.exists():
        write_chaining()
        write_impact()
    study = Study.objects.select_related("author").get(kind=kind)
    run = request_run(study_id=study.pk, acting=study.author, at=now(), client_key=uuid4())
    print(run.pk)


def write_chaining() -> None:
    from tests.factories.alliances import make_membership
    from tests.factories.evaluation import make_study, make_surveyed, make_wave

    evaluator = make_membership("evaluator")
    wave = make_wave(evaluator)
    make_surveyed(wave, evaluator, alliances=14, members=8)
    make_study(evaluator, wave, bootstrap_replicates=3000)


def write_impact() -> None:
    from tests.evaluation.estimators.rd.test_expected import table
    from tests.evaluation.runs.impact.files import COVARIATES, OUTCOMES, synthetic_wave
    from tests.factories.alliances import make_membership
    from tests.factories.evaluation import make_impact_study

    evaluator = make_membership("evaluator")
    make_impact_study(
        evaluator,
        synthetic_wave(evaluator, table("alianzas_sintetico.csv")),
        outcomes=OUTCOMES,
        treatment="answer",
        treatment_variable="participo",
        covariates=COVARIATES,
    )


if __name__ == "__main__":
    main(sys.argv[1])
