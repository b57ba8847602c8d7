"""The life of a run on one screen, and how long a silent worker is believed to be alive."""

from datetime import timedelta

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Status(TextChoices):
    QUEUED = "queued", pgettext_lazy("run", "Waiting")
    RUNNING = "running", pgettext_lazy("run", "Running")
    SUCCEEDED = "succeeded", pgettext_lazy("run", "Finished")
    FAILED = "failed", pgettext_lazy("run", "Failed")
    CANCELLED = "cancelled", pgettext_lazy("run", "Cancelled")


#: The first and the last phase of every run; those between belong to its kind.
LOAD, STORE = "load", "store"
PHASES: dict[str, Promise] = {
    LOAD: _("Reading the stored rows"),
    STORE: _("Storing the result and its charts"),
}


class Failure(TextChoices):
    DATA = "data", _("The stored rows do not fit the method.")
    CHANGED = "changed", _("The stored rows or the method changed while it ran: launch it again.")
    GAVE_UP = "gave_up", _("Its worker stopped three times without finishing a part.")
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

#: Per cent of a run at which its rows are read, and at which only storing is left.
LOADED_AT, STORED_FROM = 5, 95

#: A worker says that it lives this often, and is taken for dead after this silence.
HEARTBEAT_EVERY = timedelta(seconds=3)
STALE_AFTER = timedelta(seconds=15)
#: A run that kills its worker every time, without one more part to show, must end and say so.
MAXIMUM_ATTEMPTS = 3


def percent_of(done: float) -> int:
    """Per cent of the whole run when ``done`` (0 to 1) of its jobs is over."""
    return round(LOADED_AT + (STORED_FROM - LOADED_AT) * min(max(done, 0), 1))
