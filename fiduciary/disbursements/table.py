"""The life of a disbursement request on one screen: what may happen to it, and who does it.

The service, the database trigger, the buttons of the page, the API and a test that walks every
cell all derive from this table. Between ``requested`` and ``paid`` the protocol (data) says how
many steps there are; each of them is one ``review``, ``clear``, ``approve`` or ``pay``. Until the
next hand has acted on what was sent, it is still its writers' to correct or to give up.
"""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from alliances.lifecycle.duties import Duty
from alliances.lifecycle.reasons import ReasonCode as R
from alliances.lifecycle.table import WITH_TRUST, Act, Status
from fiduciary.disbursements.protocol import REVIEWERS
from kit.process import Move, Process
from kit.tones import Tone


class RequestStatus(TextChoices):
    REQUESTED = "requested", pgettext_lazy("disbursement", "Requested")
    RETURNED = "returned", pgettext_lazy("disbursement", "Returned")
    APPROVED = "approved", pgettext_lazy("disbursement", "Approved")
    PAID = "paid", pgettext_lazy("disbursement", "Paid")
    CANCELLED = "cancelled", pgettext_lazy("disbursement", "Cancelled")

    @property
    def tone(self) -> Tone:
        return STATUS_TONES[self]


class Verb(TextChoices):
    REVIEW = "review", _("Review")
    CLEAR = "clear", _("Give no objection")
    APPROVE = "approve", _("Approve disbursement")
    PAY = "pay", _("Pay")
    RETURN = "return", _("Return")
    RESUBMIT = "resubmit", _("Send again")
    CORRECT = "correct", _("Correct request")
    CANCEL = "cancel", _("Cancel request")


S, V = RequestStatus, Verb
PROCESS = Process(
    "A request",
    RequestStatus,
    S.REQUESTED,
    (
        Move(V.REVIEW, V.REVIEW.label, (S.REQUESTED,), S.REQUESTED),
        Move(V.CLEAR, V.CLEAR.label, (S.REQUESTED,), S.REQUESTED),
        Move(V.APPROVE, V.APPROVE.label, (S.REQUESTED,), S.APPROVED),
        Move(V.REVIEW, V.REVIEW.label, (S.APPROVED,), S.APPROVED),
        Move(V.PAY, V.PAY.label, (S.APPROVED,), S.PAID),
        Move(V.RETURN, V.RETURN.label, (S.REQUESTED, S.APPROVED), S.RETURNED),
        Move(V.RESUBMIT, V.RESUBMIT.label, (S.RETURNED,), S.REQUESTED),
        Move(V.CORRECT, V.CORRECT.label, (S.REQUESTED,), S.REQUESTED),
        Move(V.CANCEL, V.CANCEL.label, (S.REQUESTED, S.RETURNED), S.CANCELLED),
    ),
)
STATUS_TONES: dict[RequestStatus, Tone] = {
    S.REQUESTED: Tone.PLAIN,
    S.RETURNED: Tone.ATTENTION,
    S.APPROVED: Tone.PLAIN,
    S.PAID: Tone.GOOD,
    S.CANCELLED: Tone.NONE,
}
#: Verbs that complete a step of the protocol: each is possible only at a step of its own.
COMPLETING = (V.REVIEW, V.CLEAR, V.APPROVE, V.PAY)
#: Verbs of who asked, wherever the request stands: of their own duty, not of the step's.
WRITERS = (V.CORRECT, V.RESUBMIT, V.CANCEL)
OPEN = tuple(status for status in RequestStatus if status not in PROCESS.final)

_SPENDING = (Status.EXECUTING,)
_NOT_SPENDING = _(
    "Money is asked for and paid while the alliance is executing; it is «%(status)s»."
)
#: Whoever holds the step at which a request stands: a review is of whom its protocol names.
_OF_THE_STEP = tuple(map(Duty, REVIEWERS))

ADD_BUDGET_LINE = Act(
    "add_budget_line",
    _("Add budget line"),
    (Status.TRUST_CONSTITUTED, Status.EXECUTING),
    (Duty.ACCOMPANY,),
    elsewhere=_("The annual plan is not written while the alliance is «%(status)s»."),
)
REQUEST_DISBURSEMENT = Act(
    "request_disbursement",
    _("Request disbursement"),
    _SPENDING,
    (Duty.REQUEST,),
    elsewhere=_NOT_SPENDING,
)
#: The act of each verb. Under which of its duties it is done, the step says.
ACT_OF: dict[Verb, Act] = {
    V.REVIEW: Act(
        "review_disbursement", _("Review disbursement request"), WITH_TRUST, _OF_THE_STEP
    ),
    V.CLEAR: Act(
        "clear_disbursement",
        _("Give no objection to a disbursement"),
        _SPENDING,
        (Duty.CLEAR,),
        elsewhere=_NOT_SPENDING,
    ),
    V.APPROVE: Act(
        "approve_disbursement",
        _("Approve disbursement"),
        _SPENDING,
        (Duty.APPROVE,),
        elsewhere=_NOT_SPENDING,
    ),
    V.PAY: Act(
        "pay_disbursement",
        _("Pay disbursement"),
        _SPENDING,
        (Duty.PAY,),
        elsewhere=_NOT_SPENDING,
    ),
    V.RETURN: Act(
        "return_disbursement",
        _("Return disbursement request"),
        WITH_TRUST,
        _OF_THE_STEP,
        has_own_reasons=True,
    ),
    V.RESUBMIT: Act(
        "resubmit_disbursement",
        _("Send disbursement request again"),
        _SPENDING,
        (Duty.REQUEST,),
        elsewhere=_NOT_SPENDING,
    ),
    V.CORRECT: Act(
        "correct_disbursement",
        _("Correct disbursement request"),
        _SPENDING,
        (Duty.REQUEST,),
        elsewhere=_NOT_SPENDING,
    ),
    V.CANCEL: Act(
        "cancel_disbursement",
        _("Cancel disbursement request"),
        WITH_TRUST,
        (Duty.REQUEST,),
        reasons=(R.MISTAKE, R.MARKET, R.WEATHER, R.REPLACED, R.OTHER),
    ),
}
ACTS = (ADD_BUDGET_LINE, REQUEST_DISBURSEMENT, *ACT_OF.values())
