"""The life of a run on one screen, and how long a silent worker is believed to be alive."""

from datetime import timedelta

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from alliances.lifecycle.table import Act, apart
from kit.process import Move, Process
from kit.tones import Tone


class RunStatus(TextChoices):
    QUEUED = "queued", pgettext_lazy("run", "Waiting")
    RUNNING = "running", pgettext_lazy("run", "Running")
    SUCCEEDED = "succeeded", pgettext_lazy("run", "Finished")
    FAILED = "failed", pgettext_lazy("run", "Failed")
    CANCELLED = "cancelled", pgettext_lazy("run", "Cancelled")

    @property
    def tone(self) -> Tone:
        return STATUS_TONES[self]


STATUS_TONES: dict[RunStatus, Tone] = {
    RunStatus.QUEUED: Tone.INFO,
    RunStatus.RUNNING: Tone.INFO,
    RunStatus.SUCCEEDED: Tone.GOOD,
    RunStatus.FAILED: Tone.LATE,
    RunStatus.CANCELLED: Tone.NONE,
}


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


#: Every change of status that may happen; the database refuses any other.
PROCESS = Process(
    "A run",
    RunStatus,
    RunStatus.QUEUED,
    (
        Move("claim", _("Start"), (RunStatus.QUEUED, RunStatus.RUNNING), RunStatus.RUNNING),
        Move("succeed", _("Finish"), (RunStatus.RUNNING,), RunStatus.SUCCEEDED),
        Move("fail", _("Fail"), (RunStatus.RUNNING,), RunStatus.FAILED),
        Move("cancel", _("Cancel"), (RunStatus.QUEUED, RunStatus.RUNNING), RunStatus.CANCELLED),
    ),
)
FINISHED = tuple(status for status in RunStatus if status in PROCESS.final)
ACTIVE = tuple(status for status in RunStatus if status not in PROCESS.final)

REQUEST_RUN = apart("request_run", _("Launch run"), "evaluators")
CANCEL_RUN = apart("cancel_run", _("Cancel run"), "evaluators")
FINISH_RUN = Act(
    "finish_run",
    _("Finish run"),
    None,
    (),
    is_systems=True,
    is_apart=True,
    right="nobody: a worker writes it with the digest of the result",
)
ACTS = (REQUEST_RUN, CANCEL_RUN, FINISH_RUN)

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
