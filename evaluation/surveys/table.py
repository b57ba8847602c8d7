"""The acts of this room and the life of a file of answers, on one screen."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from alliances.lifecycle.reasons import ReasonCode as R
from alliances.lifecycle.table import Act, apart
from kit.process import Move, Process
from kit.tones import Tone


class ImportStatus(TextChoices):
    PENDING = "pending", _("Waiting for confirmation")
    CONFIRMED = "confirmed", _("Imported")
    DISCARDED = "discarded", _("Discarded")
    WITHDRAWN = "withdrawn", _("Withdrawn")

    @property
    def tone(self) -> Tone:
        return STATUS_TONES[self]


S = ImportStatus
PROCESS = Process(
    "A file of answers",
    ImportStatus,
    S.PENDING,
    (
        Move("confirm", _("Import answers of a survey"), (S.PENDING,), S.CONFIRMED),
        Move("discard", _("Discard a file of answers"), (S.PENDING,), S.DISCARDED),
        Move("withdraw", _("Withdraw imported answers"), (S.CONFIRMED,), S.WITHDRAWN),
    ),
)
STATUS_TONES: dict[ImportStatus, Tone] = {
    S.PENDING: Tone.ATTENTION,
    S.CONFIRMED: Tone.GOOD,
    S.DISCARDED: Tone.NONE,
    S.WITHDRAWN: Tone.NONE,
}

CREATE_WAVE = apart("create_wave", _("Open wave of a survey"), "evaluators")
REVISE_WAVE = apart(
    "revise_wave", _("Change wave of a survey"), "evaluators, while no frozen study reads it"
)
DISCARD_WAVE = Act(
    "discard_wave",
    _("Discard wave of a survey"),
    None,
    (),
    reasons=(R.MISTAKE, R.INCONSISTENT, R.INCOMPLETE, R.REPLACED, R.OTHER),
    is_apart=True,
    right="evaluators, while no frozen study reads it",
)
ADD_VARIABLE = apart("add_variable", _("Add variable to a wave"), "evaluators")
RECEIVE_ANSWERS = apart("receive_answers", _("Receive a file of answers"), "evaluators")
MAP_ANSWERS = apart("map_answers", _("Map the columns of a file of answers"), "evaluators")
LINK_ANSWERS = apart("link_answers", _("Link rows of a file of answers"), "evaluators")
IMPORT_ANSWERS = apart("import_answers", _("Import answers of a survey"), "evaluators")
DISCARD_ANSWERS = apart("discard_answers", _("Discard a file of answers"), "evaluators")
FORGET_ANSWERS = apart(
    "forget_answers",
    _("Forget a file of answers that nobody decided on"),
    "the system, seven days after the file came",
)
WITHDRAW_ANSWERS = Act(
    "withdraw_answers",
    _("Withdraw imported answers"),
    None,
    (),
    reasons=(R.MISTAKE, R.INCONSISTENT, R.INCOMPLETE, R.REPLACED, R.OTHER),
    is_apart=True,
    right="evaluators, while no run has read the wave",
)
ACTS = (
    CREATE_WAVE,
    REVISE_WAVE,
    DISCARD_WAVE,
    ADD_VARIABLE,
    RECEIVE_ANSWERS,
    MAP_ANSWERS,
    LINK_ANSWERS,
    IMPORT_ANSWERS,
    DISCARD_ANSWERS,
    FORGET_ANSWERS,
    WITHDRAW_ANSWERS,
)
