"""Work on a claimed run until it ends; whatever happens, the row says so."""

import logging
from uuid import UUID

from django.db import InterfaceError, OperationalError

from evaluation.runs import chaining
from evaluation.runs.models import Run
from evaluation.runs.services.claiming import Claim, ClaimLost, Clock, RunCancelled
from evaluation.runs.table import Failure

logger = logging.getLogger(__name__)


def execute_run(*, run_id: int, token: UUID, clock: Clock) -> None:
    """Work on a run that was claimed with ``token``. Does nothing once the claim is lost.

    A database that went away is not the run's fault: the error goes up, the row stays running
    and another worker takes it over when the signs of life stop.
    """
    claim = Claim(run_id, token, clock)
    with claim.kept_alive():
        try:
            _work(claim)
        except ClaimLost:
            logger.warning("run %s was taken over by another worker", run_id)


def _work(claim: Claim) -> None:
    run = Run.objects.select_related("study__wave").get(pk=claim.run_id)
    try:
        outcome = chaining.work(run, claim.progress)
        claim.succeed(outcome)
    except (ClaimLost, OperationalError, InterfaceError):
        raise
    except RunCancelled:
        claim.cancel()
    except ValueError as error:
        logger.exception("run %s: the data do not fit the method", claim.run_id)
        claim.fail(Failure.DATA, str(error))
    except Exception as error:
        logger.exception("run %s failed", claim.run_id)
        claim.fail(Failure.UNEXPECTED, type(error).__name__)
