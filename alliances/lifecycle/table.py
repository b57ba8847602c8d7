"""The process on one screen: what may happen to an alliance, by which duty, within how long.

Everything derives from this table: the service that advances, the trigger that refuses any
other change, the diagram on the page, the matrix in the docs, the API's ``allowed_actions``
and the test that walks every (status, verb, role).

``target_days`` are working days from entering the source status; they are our planning values,
since the published ones (domain facts §1.5) are ranges in months.
"""

from collections.abc import Iterator
from dataclasses import KW_ONLY, dataclass

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from alliances.lifecycle.duties import Duty
from alliances.lifecycle.reasons import ReasonCode
from kit.process import Process
from kit.tones import Tone


class Stage(TextChoices):
    PROFILE = "profile", _("Profile")
    PREINVESTMENT = "preinvestment", _("Pre-investment")
    CLOSING = "closing", _("Closing")
    EXECUTION = "execution", _("Execution")
    FUND = "fund", _("Rotating fund")


class Status(TextChoices):
    DRAFT = "draft", pgettext_lazy("status", "Draft")
    SUBMITTED = "submitted", pgettext_lazy("status", "Submitted")
    RETURNED = "returned", pgettext_lazy("status", "Returned")
    ELIGIBLE = "eligible", pgettext_lazy("status", "Eligible")
    INELIGIBLE = "ineligible", pgettext_lazy("status", "Not eligible")
    SCORED = "scored", pgettext_lazy("status", "Scored")
    SELECTED = "selected", pgettext_lazy("status", "Selected")
    WAITLISTED = "waitlisted", pgettext_lazy("status", "On the waiting list")
    NOT_SELECTED = "not_selected", pgettext_lazy("status", "Not selected")
    WITHDRAWN = "withdrawn", pgettext_lazy("status", "Withdrawn")
    PREPARING = "preparing", pgettext_lazy("status", "Study in preparation")
    STUDY_SUBMITTED = "study_submitted", pgettext_lazy("status", "Study submitted")
    STUDY_RETURNED = "study_returned", pgettext_lazy("status", "Study returned")
    VIABLE = "viable", pgettext_lazy("status", "Viable")
    NOT_VIABLE = "not_viable", pgettext_lazy("status", "Not viable")
    APPROVED = "approved", pgettext_lazy("status", "Approved")
    CLOSING = "closing", pgettext_lazy("status", "In closing")
    TRUST_CONSTITUTED = "trust_constituted", pgettext_lazy("status", "Trust constituted")
    EXECUTING = "executing", pgettext_lazy("status", "Executing")
    SUSPENDED = "suspended", pgettext_lazy("status", "Suspended")
    CLOSED = "closed", pgettext_lazy("status", "Execution closed")
    FUND_OPERATING = "fund_operating", pgettext_lazy("status", "Fund operating")
    GRADUATED = "graduated", pgettext_lazy("status", "Graduated")
    RUPTURED = "ruptured", pgettext_lazy("status", "Ruptured")

    @property
    def tone(self) -> Tone:
        return STATUS_TONES[self]


S = Status
#: Each stage with the statuses an alliance passes when all goes well, then its other ends.
STAGES: dict[Stage, tuple[tuple[Status, ...], tuple[Status, ...]]] = {
    Stage.PROFILE: (
        (S.DRAFT, S.SUBMITTED, S.ELIGIBLE, S.SCORED, S.SELECTED),
        (S.RETURNED, S.INELIGIBLE, S.WAITLISTED, S.NOT_SELECTED, S.WITHDRAWN),
    ),
    Stage.PREINVESTMENT: (
        (S.PREPARING, S.STUDY_SUBMITTED, S.VIABLE, S.APPROVED),
        (S.STUDY_RETURNED, S.NOT_VIABLE),
    ),
    Stage.CLOSING: ((S.CLOSING, S.TRUST_CONSTITUTED), ()),
    Stage.EXECUTION: ((S.EXECUTING, S.CLOSED), (S.SUSPENDED,)),
    Stage.FUND: ((S.FUND_OPERATING, S.GRADUATED), (S.RUPTURED,)),
}
STAGE_OF: dict[Status, Stage] = {
    status: stage for stage, paths in STAGES.items() for path in paths for status in path
}
MAIN_PATH: tuple[Status, ...] = tuple(status for main, _ends in STAGES.values() for status in main)
#: Plain on the way, coloured at its end and where it must be looked at.
STATUS_TONES: dict[Status, Tone] = dict.fromkeys(MAIN_PATH, Tone.PLAIN) | {
    S.RETURNED: Tone.ATTENTION,
    S.STUDY_RETURNED: Tone.ATTENTION,
    S.SUSPENDED: Tone.ATTENTION,
    S.WAITLISTED: Tone.ATTENTION,
    S.INELIGIBLE: Tone.LATE,
    S.NOT_SELECTED: Tone.LATE,
    S.NOT_VIABLE: Tone.LATE,
    S.RUPTURED: Tone.LATE,
    S.WITHDRAWN: Tone.NONE,
    S.GRADUATED: Tone.GOOD,
}


#: Duties whose refused attempts stay in the history.
WATCHED = frozenset(
    (Duty.VERIFY, Duty.SCORE, Duty.SELECT, Duty.REQUEST, Duty.CLEAR, Duty.APPROVE, Duty.PAY)
)


@dataclass(frozen=True)
class Act:
    """Something a person may do: the row that who-may-act, pages, docs and tests derive from.

    ``sources``: statuses of the alliance in which it is possible; None for any, and for acts that
    belong to no alliance. ``duties``: the duties it may be done under, in order of preference;
    none for what needs no duty (``right`` then says who may, for the docs).
    """

    verb: str
    label: Promise
    sources: tuple[Status, ...] | None
    duties: tuple[Duty, ...]
    _kw: KW_ONLY
    reasons: tuple[ReasonCode, ...] = ()  # the codes of the reason that it needs
    has_own_reasons: bool = False  # their codes are rows of a table that its room reads
    needs_evidence: bool = False
    is_owners: bool = False  # the producers' own: their ally is a party and may not do it
    is_no_partys: bool = False  # it judges: no party does it, whatever duty it holds here
    elsewhere: Promise | str = ""  # what to say in another status, with %(status)s
    is_systems: bool = False  # nobody does it: it is written of what somebody did
    is_apart: bool = False  # it belongs to no alliance, and goes to the chain of the programme
    freezes: bool = False  # what could be changed until then never can again: its page says what
    right: str = ""

    @property
    def needs_reason(self) -> bool:
        """A code that fits the act and a sentence of substance."""
        return bool(self.reasons) or self.has_own_reasons

    @property
    def is_watched(self) -> bool:
        """Money, score and decision: who is refused one leaves a trace."""
        return bool(WATCHED.intersection(self.duties))

    def is_possible(self, status: str) -> bool:
        """Whether an alliance in this status lets it happen."""
        return self.sources is None or status in self.sources


@dataclass(frozen=True)
class Transition(Act):
    """One row of the process: an act that takes an alliance from some statuses to another."""

    sources: tuple[Status, ...]
    target: Status
    requirements: tuple[str, ...] = ()
    target_days: int = 0
    page: str = ""  # the name of the address where a room does it; empty for the plain form
    has_own_service: bool = False  # it writes more than a status: the plain act refuses it

    @property
    def duty(self) -> Duty:
        """The one duty of a change of status."""
        return self.duties[0]


#: Profiles that whoever promotes them may change.
EDITABLE = (S.DRAFT, S.RETURNED)
#: Profiles that no longer count: their producers may take part in another one.
ENDED_EARLY = frozenset({S.WITHDRAWN, S.INELIGIBLE, S.NOT_SELECTED})
#: Whoever belongs to an alliance that came to be executed was supported by the programme.
SUPPORTED = tuple(
    status for status, stage in STAGE_OF.items() if stage in (Stage.EXECUTION, Stage.FUND)
)
#: Profiles that are scored until the committee decides.
AWAITING_DECISION = (S.ELIGIBLE, S.SCORED)
NOT_SCORED = _("A profile that is «%(status)s» is not scored.")
#: Alliances whose study whoever advises may write.
STUDY_OPEN = (S.PREPARING, S.STUDY_RETURNED)
#: From the first day of execution until graduation or rupture, pauses included: crops wait neither
#: for papers nor for money, and visits are what brings a suspended alliance back.
OPERATING = (S.EXECUTING, S.SUSPENDED, S.CLOSED, S.FUND_OPERATING)
#: Alliances that have a trust, or had one: what it owes and is owed outlives execution.
WITH_TRUST = (S.TRUST_CONSTITUTED, *OPERATING, S.GRADUATED, S.RUPTURED)
#: From pre-investment until execution: while the plan is studied, closed or carried out.
PLANNING = (
    S.PREPARING,
    S.STUDY_SUBMITTED,
    S.STUDY_RETURNED,
    S.VIABLE,
    S.APPROVED,
    S.CLOSING,
    S.TRUST_CONSTITUTED,
    S.EXECUTING,
)

R = ReasonCode
SENT_BACK = (R.INCOMPLETE, R.INCONSISTENT, R.OUT_OF_LIMITS, R.OTHER)
GIVEN_UP = (R.ORGANISATION, R.MARKET, R.NOT_FEASIBLE, R.WEATHER, R.SECURITY, R.OTHER)
NOT_VIABLE = (R.NOT_FEASIBLE, R.MARKET, R.OUT_OF_LIMITS, R.ORGANISATION, R.OTHER)
STOPPED = (R.BREACH, R.WEATHER, R.SECURITY, R.MARKET, R.ORGANISATION, R.OTHER)

D = Duty
T = Transition
# fmt: off
TRANSITIONS: tuple[Transition, ...] = (
    # -- profile
    T("submit", _("Submit profile"), (S.DRAFT, S.RETURNED), (D.PROMOTE,), S.SUBMITTED, ("profile_complete",), 20),
    T("return_profile", _("Return profile"), (S.SUBMITTED,), (D.VERIFY,), S.RETURNED, (), 10, reasons=SENT_BACK),
    T("verify", _("Declare eligible"), (S.SUBMITTED,), (D.VERIFY,), S.ELIGIBLE, ("eligibility_met",), 10,
      page="alliances:eligibility", has_own_service=True),
    T("reject", _("Declare not eligible"), (S.SUBMITTED,), (D.VERIFY,), S.INELIGIBLE, (), 10, reasons=SENT_BACK),
    T("score", _("Seal score"), (S.ELIGIBLE,), (D.SCORE,), S.SCORED, ("score_sealed",), 15,
      page="alliances:score", has_own_service=True, freezes=True, elsewhere=NOT_SCORED),
    T("select", _("Select"), (S.SCORED, S.WAITLISTED), (D.SELECT,), S.SELECTED, ("committee_selected",), 20,
      page="alliances:decide", has_own_service=True, freezes=True),
    T("waitlist", _("Put on the waiting list"), (S.SCORED,), (D.SELECT,), S.WAITLISTED, ("committee_waitlisted",), 20,
      page="alliances:decide", has_own_service=True, freezes=True),
    T("decline", _("Do not select"), (S.SCORED, S.WAITLISTED), (D.SELECT,), S.NOT_SELECTED, ("committee_declined",), 20,
      page="alliances:decide", has_own_service=True, freezes=True),
    T("withdraw", _("Withdraw"), (S.DRAFT, S.SUBMITTED, S.RETURNED, S.ELIGIBLE, S.SCORED, S.WAITLISTED, S.SELECTED, S.PREPARING),
      (D.REPRESENT,), S.WITHDRAWN, (), 0, reasons=GIVEN_UP, is_owners=True),
    # Slips of its own people, while nobody else has acted: written by mistake, or presented too soon.
    T("discard_profile", _("Discard draft"), (S.DRAFT,), (D.PROMOTE,), S.WITHDRAWN, (), 0,
      reasons=(R.MISTAKE, R.ORGANISATION, R.OTHER)),
    T("take_back", _("Take back profile"), (S.SUBMITTED,), (D.PROMOTE,), S.DRAFT, (), 0),
    # -- pre-investment
    T("prepare", _("Begin pre-investment"), (S.SELECTED,), (D.ADVISE,), S.PREPARING, (), 10),
    T("submit_study", _("Submit study"), (S.PREPARING, S.STUDY_RETURNED), (D.ADVISE,), S.STUDY_SUBMITTED, ("study_complete",), 60,
      page="alliances:study"),
    T("return_study", _("Return study"), (S.STUDY_SUBMITTED,), (D.DIRECT,), S.STUDY_RETURNED, (), 10, reasons=SENT_BACK),
    T("declare_viable", _("Declare viable"), (S.STUDY_SUBMITTED,), (D.DIRECT,), S.VIABLE, (), 10),
    T("declare_not_viable", _("Declare not viable"), (S.STUDY_SUBMITTED,), (D.DIRECT,), S.NOT_VIABLE, (), 10, reasons=NOT_VIABLE),
    T("approve", _("Approve alliance"), (S.VIABLE,), (D.SELECT,), S.APPROVED, (), 20, needs_evidence=True),
    # -- closing
    T("begin_closing", _("Begin financial closing"), (S.APPROVED,), (D.DIRECT,), S.CLOSING, (), 10),
    T("constitute_trust", _("Constitute trust"), (S.CLOSING,), (D.PAY,), S.TRUST_CONSTITUTED,
      ("agreement_signed", "oga_appointed", "contributions_certified"), 60,
      page="fiduciary:trust", has_own_service=True),
    # -- execution
    T("start", _("Start execution"), (S.TRUST_CONSTITUTED,), (D.ACCOMPANY,), S.EXECUTING, (), 15, needs_evidence=True),
    T("suspend", _("Suspend"), (S.EXECUTING,), (D.SUPERVISE,), S.SUSPENDED, (), 0, reasons=STOPPED),
    T("resume", _("Resume"), (S.SUSPENDED,), (D.SUPERVISE,), S.EXECUTING, (), 20, reasons=(R.RESOLVED, R.MISTAKE, R.OTHER)),
    T("close", _("Close execution"), (S.EXECUTING,), (D.SUPERVISE,), S.CLOSED, ("requests_settled",), 0),
    # -- rotating fund
    T("open_fund", _("Open rotating fund"), (S.CLOSED,), (D.REPRESENT,), S.FUND_OPERATING, ("fund_rules_approved",), 20,
      is_owners=True),
    T("graduate", _("Graduate"), (S.FUND_OPERATING,), (D.SUPERVISE,), S.GRADUATED, ("fund_repaid",), 0),
    T("rupture", _("Declare rupture"), (S.EXECUTING, S.SUSPENDED, S.CLOSED, S.FUND_OPERATING), (D.SUPERVISE,), S.RUPTURED, (), 0,
      reasons=STOPPED),
)
# fmt: on
PROCESS = Process("An alliance", Status, S.DRAFT, TRANSITIONS)
BY_VERB: dict[str, Transition] = {row.verb: row for row in TRANSITIONS}
FINAL = PROCESS.final


def apart(verb: str, label: Promise, right: str, *, freezes: bool = False) -> Act:
    """An act that belongs to no alliance; ``right`` says who may, for the docs."""
    return Act(verb, label, None, (), is_apart=True, right=right, freezes=freezes)


APPOINT = Act("appoint", _("Appoint"), None, (D.DIRECT,))
END_APPOINTMENT = Act(
    "end_appointment",
    _("End appointment"),
    None,
    (D.DIRECT,),
    reasons=(R.REPLACED, R.BREACH, R.MISTAKE, R.ORGANISATION, R.OTHER),
)
DECLARE_INTEREST = Act(
    "declare_interest", _("Declare an interest"), None, (), right="anybody, of themselves"
)
REFUSED_ATTEMPT = Act(
    "refuse_attempt",
    _("Refused attempt"),
    None,
    (),
    is_systems=True,
    right="nobody: it is written of whoever tried",
)
ACTS = (*TRANSITIONS, APPOINT, END_APPOINTMENT, DECLARE_INTEREST, REFUSED_ATTEMPT)


def moves() -> Iterator[tuple[str, Status, Status]]:
    """Every (verb, source, target), as the database trigger knows them."""
    for row in TRANSITIONS:
        for source in row.sources:
            yield row.verb, source, row.target
