"""A request for money, where it stands, and the time it spent at each step."""

from itertools import combinations

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from alliances.lifecycle.duties import HANDS
from alliances.lifecycle.triggers import refuse
from alliances.territory.models import Operation
from fiduciary.disbursements.models.protocol import ProtocolStep, ReturnReason
from fiduciary.disbursements.protocol import Case
from fiduciary.disbursements.table import OPEN, PROCESS, RequestStatus
from fiduciary.timing.clock import AT_RISK_DAYS, SlackState
from fiduciary.timing.models import SlackStateChoices, StoredReading
from kit.columns import pesos
from kit.tones import Tone
from kit.triggers import with_its_event
from kit.versions import version_of

#: What was approved is what is paid: these change only until another hand acts on what was sent.
_CONTENT = (
    "amount_cop",
    "description",
    "payee_name",
    "payee_document",
    "budget_line_id",
    "alliance_id",
    "crop_id",
    "operation",
    "departure",
    "is_off_plan",
    "needs_clearance",
)
#: How long it will take to arrive: what was approved in view of the crop's time stays as it was.
_LEADS = ("delivery_lead_days", "contracting_lead_days")
#: Another hand completed a step since the request was last sent: it is no longer its writers'.
_IS_ACTED_ON = """EXISTS (
    SELECT 1 FROM fiduciary_steprecord record
      JOIN fiduciary_protocolstep step ON step.id = record.step_id
     WHERE record.request_id = OLD.id AND record.outcome = 'done' AND step.verb <> 'resubmit'
       AND record.id > coalesce((
           SELECT max(sent.id) FROM fiduciary_steprecord sent
             JOIN fiduciary_protocolstep own ON own.id = sent.step_id
            WHERE sent.request_id = OLD.id AND own.verb = 'resubmit'), 0))"""
_DUTIES = ", ".join(f"'{duty}'" for duty in HANDS)
_ALLOWED = ", ".join(f"('{source}', '{target}')" for source, target in PROCESS.changes())
#: What chance drew a request from, and what it drew: nobody draws again.
_DRAW = ("is_drawn", "key", "requested_at")
#: Who holds each of the four hands of a request.
_HANDS = ("requested_by", "cleared_by", "approved_by", "paid_by")
#: What lists are sorted by; an index holds it, so that a page of them does not sort them all.
URGENCY = Coalesce("urgency_days", Value(AT_RISK_DAYS))


def _different(*hands: str) -> Q:
    """No two of these columns name the same person; an empty one is nobody."""
    condition = Q()
    for one, other in combinations(hands, 2):
        nobody = Q(**{f"{one}__isnull": True}) | Q(**{f"{other}__isnull": True})
        condition &= nobody | ~Q(**{one: F(other)})
    return condition


def _changed(columns: tuple[str, ...]) -> str:
    """The SQL condition that any of these columns is not what it was."""
    new, old = (", ".join(f"{row}.{name}" for name in columns) for row in ("NEW", "OLD"))
    return f"({new}) IS DISTINCT FROM ({old})"


class RequestQuerySet(models.QuerySet["DisbursementRequest"]):
    def still_open(self) -> "RequestQuerySet":
        """Neither paid nor cancelled."""
        return self.filter(status__in=OPEN)

    def by_slack(self) -> "RequestQuerySet":
        """The least time to spare first.

        What has no calendar, or no deadline, stands where attention begins: not knowing is
        neither good nor the most urgent of all.
        """
        return self.order_by(URGENCY, "requested_at", "pk")

    def newest(self) -> "RequestQuerySet":
        """The latest asked for first, for what no longer presses."""
        return self.order_by("-requested_at", "-pk")

    def with_names(self) -> "RequestQuerySet":
        """With everything a row of a list shows."""
        return self.select_related(
            "alliance__call",
            "alliance__municipality__department",
            "alliance__organisation",
            "alliance__crop",
            "crop",
            "step",
        )


class DisbursementRequest(StoredReading):
    """One payment asked of the trust, from the request to the bank."""

    alliance = models.ForeignKey(
        "alliances.Alliance", on_delete=models.PROTECT, related_name="disbursement_requests"
    )
    budget_line = models.ForeignKey(
        "fiduciary.BudgetLine", on_delete=models.PROTECT, related_name="requests"
    )
    protocol = models.ForeignKey(
        "fiduciary.Protocol", on_delete=models.PROTECT, related_name="requests"
    )
    step = models.ForeignKey(
        ProtocolStep, on_delete=models.PROTECT, null=True, editable=False, related_name="requests"
    )
    step_since = models.DateTimeField(_("at this step since"), null=True, editable=False)
    status = models.CharField(
        _("status"),
        max_length=10,
        choices=RequestStatus.choices,
        default=PROCESS.initial,
        editable=False,
    )
    amount_cop = pesos(_("amount (COP)"), at_least=1)
    description = models.CharField(_("what it pays for"), max_length=200)
    payee_name = models.CharField(_("payee"), max_length=160)
    payee_document = models.CharField(_("payee's NIT or document"), max_length=20)
    crop = models.ForeignKey(
        "alliances.Crop", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    operation = models.CharField(
        _("operation"), max_length=22, choices=Operation.choices, blank=True
    )
    delivery_lead_days = models.PositiveSmallIntegerField(
        _("delivery (calendar days)"),
        default=0,
        help_text=_("From the supplier's contract to the farm."),
    )
    contracting_lead_days = models.PositiveSmallIntegerField(
        _("contracting (working days)"),
        default=0,
        help_text=_("From payment to the supplier's contract."),
    )
    documents = models.ManyToManyField(
        "alliances.DocumentVersion", blank=True, related_name="disbursement_requests"
    )
    departure = models.CharField(
        _("departs from the plan in"),
        max_length=200,
        blank=True,
    )
    is_off_plan = models.BooleanField(_("departs from the plan"), default=False, editable=False)
    is_drawn = models.BooleanField(_("drawn for review"), default=False, editable=False)
    needs_clearance = models.BooleanField(
        _("needs the no objection"), default=False, editable=False
    )
    requested_at = models.DateTimeField(_("requested at"))
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    cleared_at = models.DateTimeField(_("no objection given at"), null=True, editable=False)
    cleared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
    )
    approved_at = models.DateTimeField(_("approved at"), null=True, editable=False)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
    )
    paid_at = models.DateTimeField(_("paid at"), null=True, editable=False)
    paid_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
    )
    payment = models.OneToOneField(
        "fiduciary.Transaction",
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        related_name="request",
    )
    key = models.UUIDField(unique=True, editable=False)

    objects = RequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("disbursement request")
        verbose_name_plural = _("disbursement requests")
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=RequestStatus.values)
                & Q(slack_state__in=SlackStateChoices.values),
                name="fiduciary_request_choices",
                violation_error_message=_("Unknown status."),
            ),
            models.CheckConstraint(
                condition=Q(amount_cop__gt=0),
                name="fiduciary_request_positive",
                violation_error_message=_("A request is for a positive amount."),
            ),
            models.CheckConstraint(
                condition=Q(operation="", crop__isnull=True)
                | Q(operation__in=Operation.values, crop__isnull=False),
                name="fiduciary_request_operation",
                violation_error_message=_("Name both the crop and its operation, or neither."),
            ),
            models.CheckConstraint(
                condition=_different(*_HANDS),
                name="fiduciary_request_four_hands",
                violation_error_message=_(
                    "Asking, giving no objection, approving and paying stay in four "
                    "different hands."
                ),
            ),
            models.CheckConstraint(
                condition=Q(needs_clearance=False)
                | Q(cleared_by__isnull=False, cleared_at__isnull=False)
                | ~Q(status__in=["approved", "paid"]),
                name="fiduciary_request_cleared_first",
                violation_error_message=_(
                    "What needs the no objection has it before it is approved."
                ),
            ),
            models.CheckConstraint(
                condition=Q(status__in=["approved", "paid"], approved_by__isnull=False)
                | (~Q(status__in=["approved", "paid"]) & Q(approved_by__isnull=True)),
                name="fiduciary_request_approved_by",
                violation_error_message=_("An approved request says who approved it."),
            ),
            models.CheckConstraint(
                condition=Q(status="paid", payment__isnull=False, paid_by__isnull=False)
                | (~Q(status="paid") & Q(payment__isnull=True, paid_by__isnull=True)),
                name="fiduciary_request_paid_by",
                violation_error_message=_("A paid request says who paid it, and its movement."),
            ),
            models.CheckConstraint(
                condition=Q(status__in=OPEN, step__isnull=False, step_since__isnull=False)
                | (~Q(status__in=OPEN) & Q(step__isnull=True, step_since__isnull=True)),
                name="fiduciary_request_somebody_holds_it",
                violation_error_message=_("An open request is always at one step."),
            ),
        ]
        indexes = [
            models.Index(URGENCY, "requested_at", "id", name="fiduciary_request_urgency"),
            models.Index(fields=["alliance", "status"], name="fiduciary_request_alliance"),
            models.Index(
                fields=["step", "alliance"],
                condition=Q(status__in=OPEN),
                name="fiduciary_request_open",
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="finished_requests",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=~pgtrigger.Q(old__status__in=OPEN),
                func="RAISE EXCEPTION USING ERRCODE = 'restrict_violation', MESSAGE = "
                "'A paid or cancelled request is not rewritten.';",
            ),
            pgtrigger.Trigger(
                name="of_its_own_plan",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func="""
                    IF NOT EXISTS (
                        SELECT 1 FROM fiduciary_budgetline
                         WHERE id = NEW.budget_line_id AND alliance_id = NEW.alliance_id
                    ) THEN
                        RAISE EXCEPTION USING ERRCODE = 'check_violation', MESSAGE =
                            'A request is charged to a line of its own alliance.';
                    END IF;
                    IF NEW.payment_id IS NOT NULL AND NOT EXISTS (
                        SELECT 1 FROM fiduciary_posting posting JOIN fiduciary_budgetline line
                               ON line.account_id = posting.account_id
                         WHERE posting.transaction_id = NEW.payment_id
                           AND line.id = NEW.budget_line_id AND posting.amount_cop = NEW.amount_cop
                    ) THEN
                        RAISE EXCEPTION USING ERRCODE = 'check_violation', MESSAGE =
                            'A payment takes to the line exactly what was approved.';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(
                name="status_by_table",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func=f"""
                    IF TG_OP = 'INSERT' THEN
                        IF NEW.status <> '{PROCESS.initial}' THEN
                            RAISE EXCEPTION USING ERRCODE = 'check_violation', MESSAGE =
                                'A request begins as requested.';
                        END IF;
                        RETURN NEW;
                    END IF;
                    IF NEW.status <> OLD.status
                       AND (OLD.status, NEW.status) NOT IN ({_ALLOWED}) THEN
                        RAISE EXCEPTION USING ERRCODE = 'check_violation', MESSAGE = format(
                            'A request does not go from %s to %s.', OLD.status, NEW.status);
                    END IF;
                    IF {_changed(_DRAW)} THEN
                        RAISE EXCEPTION USING ERRCODE = 'restrict_violation', MESSAGE =
                            'Chance draws a request once, when it is asked for.';
                    END IF;
                    IF (OLD.status = 'approved' AND {_changed(_CONTENT + _LEADS)})
                       OR (OLD.status = 'requested'
                           AND ({_changed(_CONTENT)} OR NEW.status = 'cancelled')
                           AND {_IS_ACTED_ON}) THEN
                        RAISE EXCEPTION USING ERRCODE = 'restrict_violation', MESSAGE =
                            'What was asked for changes only until somebody acts on it.';
                    END IF;
                    RETURN NEW;
                """,
            ),
            with_its_event(
                "request_disbursement",
                "review_disbursement",
                "clear_disbursement",
                "approve_disbursement",
                "pay_disbursement",
                "return_disbursement",
                "resubmit_disbursement",
                "correct_disbursement",
                "cancel_disbursement",
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("status", *_CONTENT),
            ),
            pgtrigger.Trigger(
                name="rewritten_by_its_act",
                when=pgtrigger.After,
                operation=pgtrigger.UpdateOf(*_CONTENT),
                timing=pgtrigger.Deferred,
                condition=pgtrigger.Condition(f"({_changed(_CONTENT)})"),
                func="""
                    IF NOT EXISTS (
                        SELECT FROM alliances_event
                         WHERE alliance_id = NEW.alliance_id
                           AND coalesce(recorded_at, transaction_timestamp())
                               = transaction_timestamp()
                           AND verb IN ('correct_disbursement', 'resubmit_disbursement')
                           AND (data ->> 'request')::bigint = NEW.id
                    ) THEN
                        RAISE EXCEPTION USING ERRCODE = 'restrict_violation', MESSAGE =
                            'What was asked for changes only by the act that tells it.';
                    END IF;
                    RETURN NULL;
                """,
            ),
            refuse("no_delete", pgtrigger.Delete, "Requests are cancelled, never removed."),
            refuse("no_truncate", pgtrigger.Truncate, "Requests are cancelled, never removed."),
        ]

    def __str__(self) -> str:
        return f"{self.reference} · {self.description}"

    @property
    def reference(self) -> str:
        """The number people quote."""
        return f"D-{self.pk:05d}"

    @property
    def version(self) -> str:
        """A fingerprint of what an officer decides on: it changes when any of that does."""
        names = (*_CONTENT, *_LEADS, "status", "step_id", "step_since")
        return version_of(*(getattr(self, name) for name in names))

    @property
    def case(self) -> Case:
        """What of it decides its way through the protocol."""
        return Case(self.amount_cop, is_off_plan=self.is_off_plan, is_drawn=self.is_drawn)

    @property
    def is_open(self) -> bool:
        return self.status in OPEN

    @property
    def status_tone(self) -> Tone:
        return RequestStatus(self.status).tone

    @property
    def slack_tone(self) -> Tone:
        return SlackState(self.slack_state).tone


class StayOutcome(models.TextChoices):
    """How a request left a step."""

    DONE = "done", pgettext_lazy("step", "Done")
    RETURNED = "returned", pgettext_lazy("step", "Returned")
    CORRECTED = "corrected", pgettext_lazy("step", "Corrected by who asked")
    CANCELLED = "cancelled", pgettext_lazy("step", "Cancelled")


#: How who asked takes a request from a step that is another's: under their own duty.
BY_WRITERS = (StayOutcome.CORRECTED, StayOutcome.CANCELLED)
_BY_WRITERS = ", ".join(f"'{outcome}'" for outcome in BY_WRITERS)


class StepRecord(models.Model):
    """One stay of a request at one step: since when, until when, how it ended and by whose hand.

    ``working_days`` are counted when it leaves; the observed durations come from them.
    """

    request = models.ForeignKey(
        DisbursementRequest, on_delete=models.PROTECT, related_name="step_records"
    )
    step = models.ForeignKey(ProtocolStep, on_delete=models.PROTECT, related_name="records")
    entered_at = models.DateTimeField(_("entered at"))
    left_at = models.DateTimeField(_("left at"), null=True, blank=True)
    working_days = models.PositiveSmallIntegerField(_("working days"), null=True, blank=True)
    outcome = models.CharField(_("outcome"), max_length=10, choices=StayOutcome.choices, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    organisation = models.ForeignKey(
        "alliances.Organisation",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    reason = models.ForeignKey(
        ReturnReason, on_delete=models.PROTECT, null=True, blank=True, related_name="records"
    )
    note = models.TextField(_("note"), blank=True)

    class Meta:
        verbose_name = _("stay at a step")
        verbose_name_plural = _("stays at steps")
        constraints = [
            models.UniqueConstraint(
                fields=["request"],
                condition=Q(left_at__isnull=True),
                name="fiduciary_steprecord_one_open",
                violation_error_message=_("A request stands at one step at a time."),
            ),
            models.CheckConstraint(
                condition=Q(
                    left_at__isnull=True,
                    outcome="",
                    working_days__isnull=True,
                    by__isnull=True,
                    organisation__isnull=True,
                )
                | Q(
                    left_at__gte=F("entered_at"),
                    outcome__in=StayOutcome.values,
                    working_days__isnull=False,
                    by__isnull=False,
                    organisation__isnull=False,
                ),
                name="fiduciary_steprecord_closed_whole",
                violation_error_message=_("A finished step says when, how and by whom."),
            ),
            models.CheckConstraint(
                condition=Q(outcome="returned", reason__isnull=False)
                | (~Q(outcome="returned") & Q(reason__isnull=True)),
                name="fiduciary_steprecord_return_reason",
                violation_error_message=_("A return carries its reason code."),
            ),
        ]
        indexes = [
            models.Index(
                fields=["step", "working_days"],
                condition=Q(outcome="done"),
                name="fiduciary_steprecord_times",
            )
        ]
        triggers = [
            pgtrigger.Trigger(
                name="finished_stays",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__left_at__isnull=False),
                func="RAISE EXCEPTION USING ERRCODE = 'restrict_violation', MESSAGE = "
                "'A finished step is not rewritten.';",
            ),
            pgtrigger.Trigger(
                name="four_hands",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                condition=pgtrigger.Q(new__by__isnull=False),
                declare=[("hand", "text")],
                func=f"""
                    SELECT CASE WHEN NEW.outcome IN ({_BY_WRITERS}) THEN 'request' ELSE duty END
                      INTO hand FROM fiduciary_protocolstep WHERE id = NEW.step_id;
                    IF hand IN ({_DUTIES}) AND (
                        EXISTS (
                            SELECT 1 FROM fiduciary_steprecord record
                              JOIN fiduciary_protocolstep step ON step.id = record.step_id
                             WHERE record.request_id = NEW.request_id AND record.by_id = NEW.by_id
                               AND step.duty IN ({_DUTIES})
                               AND CASE WHEN record.outcome IN ({_BY_WRITERS}) THEN 'request'
                                        ELSE step.duty END <> hand
                        ) OR (hand <> 'request' AND EXISTS (
                            SELECT 1 FROM fiduciary_disbursementrequest
                             WHERE id = NEW.request_id AND requested_by_id = NEW.by_id
                        ))
                    ) THEN
                        RAISE EXCEPTION USING ERRCODE = 'check_violation', MESSAGE =
                            'Nobody holds two of the four hands of a request.';
                    END IF;
                    RETURN NEW;
                """,
            ),
            refuse("no_delete", pgtrigger.Delete, "Steps are never removed."),
            refuse("no_truncate", pgtrigger.Truncate, "Steps are never removed."),
        ]

    def __str__(self) -> str:
        return f"{self.request_id}: {self.step}"
