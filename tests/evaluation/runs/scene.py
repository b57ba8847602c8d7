"""A study on answers of its own, for drills in an installation apart from the tests' database.

``python -m tests.evaluation.runs.scene`` writes it the first time, launches a run of it and prints
the run's number. Pages are not involved: this is what a command would do.
"""

from uuid import uuid4

import django


def main() -> None:
    """Launch the one study of the installation, written now if need be."""
    django.setup()
    from django.utils.timezone import now

    from evaluation.models import Study
    from evaluation.runs.services import request_run
    from tests.factories.alliances import make_membership
    from tests.factories.evaluation import make_study, make_surveyed, make_wave

    study = Study.objects.select_related("author").first()
    if study is None:
        evaluator = make_membership("evaluator")
        wave = make_wave(evaluator)
        make_surveyed(wave, evaluator, alliances=14, members=8)
        study = make_study(evaluator, wave, bootstrap_replicates=3000)
    run = request_run(study_id=study.pk, acting=study.author, at=now(), client_key=uuid4())
    print(run.pk)


if __name__ == "__main__":
    main()
