"""Studies on answers of their own, for drills in an installation apart from the tests' database.

``python -m tests.evaluation.runs.scene chaining`` (or ``impact``) writes both studies the first
time, launches a run of one and prints its number, as a command would. ``… visitor`` prints the
session of the impact study's author and the study's number, for a browser.
"""

import sys
from uuid import uuid4

import django


def main(word: str) -> None:
    """What the word asks, the studies written now if need be."""
    django.setup()
    from evaluation.models import Study

    if not Study.objects.exists():
        write_chaining()
        write_impact()
    print(visitor() if word == "visitor" else launch(word))


def launch(kind: str) -> int:
    from django.utils.timezone import now

    from evaluation.models import Study
    from evaluation.runs.services import request_run

    study = Study.objects.select_related("author").get(kind=kind)
    run = request_run(study_id=study.pk, acting=study.author, at=now(), key=uuid4())
    return run.pk


def visitor() -> str:
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    from evaluation.models import Study

    study = Study.objects.select_related("author__user").get(kind="impact")
    session = SessionStore()
    session[SESSION_KEY] = str(study.author.user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = study.author.user.get_session_auth_hash()
    session.create()
    return f"{session.session_key} {study.pk}"


def write_chaining() -> None:
    from tests.factories.alliances import make_membership
    from tests.factories.evaluation import make_study, make_surveyed, make_wave

    evaluator = make_membership("evaluator")
    wave = make_wave(evaluator)
    make_surveyed(wave, evaluator, alliances=14, members=8)
    make_study(evaluator, wave, bootstrap_replicates=3000)


def write_impact() -> None:
    from tests.evaluation.estimators.rd.test_expected import table
    from tests.evaluation.runs.impact.columns import COVARIATES, OUTCOMES
    from tests.evaluation.runs.impact.files import synthetic_wave
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
