"""The life of a run on one screen, and how long a silent worker is believed to be alive."""

from datetime import timedelta

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Status(TextChoices):
    QUEUED = "queued", pgettext_lazy("run", "Waiting")
    RUNNING = "running", pgettext_lazy("run", "Running")
    SUCCEEDED = "succeeded", pgettext_lazy("run", "Finished")
    FAILED = "failed", pgettext_lazy("run", "Failed")
    CANCELLED = "cancelled", pgettext_lazy("run", "Cancelled")


class Phase(TextChoices):
    LOAD = "load", _("Reading the stored rows")
    INDEX = "index", _("Building the indices")
    SHARES = "shares", _("Shares and outcomes by level")
    MODELS = "models", _("Adjusted differences")
    STORE = "store", _("Storing the result and its charts")


class Failure(TextChoices):
    DATA = "data", _("The stored rows do not fit the method.")
    GAVE_UP = "gave_up", _("Its worker stopped three times without finishing it.")
    UNEXPECTED = (
        "unexpected",
        _("Something unexpected went wrong; the worker's log tells what."),
    )


ACTIVE = (Status.QUEUED, Status.RUNNING)
FINISHED = (Status.SUCCEEDED, Status.FAILED, Status.CANCELLED)

#: Every change of status that may happen; the database refuses any other.
MOVES: tuple[tuple[Status, Status], ...] = (
    (Status.QUEUED, Status.RUNNING),
    (Status.QUEUED, Status.CANCELLED),
    (Status.RUNNING, Status.SUCCEEDED),
    (Status.RUNNING, Status.FAILED),
    (Status.RUNNING, Status.CANCELLED),
)

#: Where each phase begins and ends, in per cent of the run; models take nearly all the time.
SPAN: dict[Phase, tuple[int, int]] = {
    Phase.LOAD: (0, 5),
    Phase.INDEX: (5, 7),
    Phase.SHARES: (7, 10),
    Phase.MODELS: (10, 95),
    Phase.STORE: (95, 100),
}

#: A worker says that it lives this often, and is taken for dead after this silence.
HEARTBEAT_EVERY = timedelta(seconds=3)
STALE_AFTER = timedelta(seconds=15)
#: A run that kills its worker every time must end, and say so.
MAXIMUM_ATTEMPTS = 3


def percent_at(phase: Phase, done: float) -> int:
    """Per cent of the whole run when ``done`` (0 to 1) of a phase is over."""
    start, end = SPAN[phase]
    return round(start + (end - start) * min(max(done, 0), 1))
