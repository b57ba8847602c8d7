"""Reading requests: which ones a person sees, in which order they press, what each may do."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import (
    BigIntegerField,
    Case,
    Count,
    DateField,
    DecimalField,
    Exists,
    F,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
    prefetch_related_objects,
)
from django.db.models.functions import Coalesce, Concat, Greatest, JSONObject, TruncWeek
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from alliances.lifecycle.desk import may_ever
from alliances.lifecycle.duties import HANDS, REGIMES, Dossier, Duty, PastAct, Regime, judge
from alliances.lifecycle.models import Alliance, Appointment
from alliances.lifecycle.owing import (
    Owed,
    TextBy,
    holder_of_duty,
    is_key,
    merged,
    via_of,
)
from alliances.lifecycle.selectors import (
    alliances_visible_to,
    dossiers,
    member_of,
    possible_now,
)
from alliances.lifecycle.table import Status
from alliances.people.identifiers import masked
from alliances.people.models import Membership
from alliances.people.roles import Role
from alliances.territory.workdays import working_days_between
from fiduciary.disbursements.models import (
    BudgetLine,
    DisbursementRequest,
    ProtocolStep,
    ReturnReason,
    StepRecord,
)
from fiduciary.disbursements.models.request import BY_WRITERS, RequestQuerySet
from fiduciary.disbursements.protocol import REVIEWERS, steps_for
from fiduciary.disbursements.table import (
    ACT_OF,
    COMPLETING,
    OPEN,
    PROCESS,
    WRITERS,
    RequestStatus,
    Verb,
)
from fiduciary.ledger.models import Account, AccountKind
from fiduciary.trust.models import Trust
from kit.access import Verdict
from kit.lists import in_full as read_in_full

AMOUNT: DecimalField = DecimalField(max_digits=16, decimal_places=2)
WEEKS_AHEAD = 8
#: Who must know exactly whom the trust pays: who clears, asks and pays, and whose money it is.
PAYEE_READERS = frozenset({Role.EIP, Role.OGA, Role.TRUSTEE, Role.ORGANISATION, Role.MANAGER})
#: Under which duty a stay ended: who asked takes it from another's step under their own.
DUTY_OF_STAY = Case(
    When(outcome__in=BY_WRITERS, then=Value(Duty.REQUEST.value)), default=F("step__duty")
)


def requests_visible_to(membership: Membership) -> RequestQuerySet:
    """Requests of the alliances this membership may read: bare, to be narrowed and sorted."""
    return DisbursementRequest.objects.filter(alliance__in=alliances_visible_to(membership))


@dataclass(frozen=True)
class Cash:
    """A trust's money in COP: in the bank, and of it approved for requests not paid yet."""

    held_cop: Decimal
    approved_cop: Decimal

    @property
    def free_cop(self) -> Decimal:
        """What may still be approved."""
        return self.held_cop - self.approved_cop


def _held_cop(alliance: str) -> Coalesce:
    """The bank account of the alliance that the outer query has in this column."""
    account = Account.objects.filter(alliance=OuterRef(alliance), kind=AccountKind.CASH)
    return Coalesce(Subquery(account.values("balance_cop")[:1]), Value(Decimal(0), AMOUNT))


def _approved_cop(alliance: str, but: str = "") -> Coalesce:
    """What is approved and unpaid there; ``but`` names the column of a request left out."""
    approved = DisbursementRequest.objects.filter(
        alliance=OuterRef(alliance), status=RequestStatus.APPROVED
    )
    if but:
        approved = approved.exclude(pk=OuterRef(but))
    totals = approved.order_by().values("alliance").annotate(total=Sum("amount_cop"))
    return Coalesce(Subquery(totals.values("total")), Value(Decimal(0), AMOUNT))


def cash_of(alliance_id: int) -> Cash:
    """What decides whether one more request can be approved."""
    cash = Alliance.objects.filter(pk=alliance_id).values_list(_held_cop("pk"), _approved_cop("pk"))
    return Cash(*cash.get())


def trust_and_cash(alliance: Alliance) -> tuple[Trust | None, Cash]:
    """The alliance's trust with its trustee, and what decides whether it can pay; in one read."""
    trust = (
        Trust.objects.filter(alliance=alliance)
        .select_related("trustee")
        .annotate(held_cop=_held_cop("alliance"), approved_cop=_approved_cop("alliance"))
        .first()
    )
    if trust is None:
        return None, Cash(Decimal(0), Decimal(0))
    return trust, Cash(trust.held_cop, trust.approved_cop)


def cash_for(request: DisbursementRequest) -> Cash:
    """What this request can be paid from: all but what others had approved; needs ``in_full``."""
    return Cash(request.held_cop, request.others_cop)  # type: ignore[attr-defined]


def payee_document_for(request: DisbursementRequest, membership: Membership) -> str:
    """The payee's number: whole for who asks, clears or pays, and its last digits for the rest.

    A payee is often a person, whose number is their identity document.
    """
    whole = request.payee_document
    return whole if membership.role in PAYEE_READERS else masked(whole)


def with_holders(requests: RequestQuerySet) -> RequestQuerySet:
    """The requests with their names and with what ``holder_of`` asks: the names of bodies alone."""
    appointed = Appointment.objects.filter(
        alliance=OuterRef("alliance"), until__isnull=True, person__isnull=True
    )
    held = appointed.order_by("pk").values(held=JSONObject(duty="duty", by=F("organisation__name")))
    return requests.with_names().annotate(
        trustee_name=F("alliance__trust__trustee__name"), appointed=ArraySubquery(held)
    )


def in_full(requests: RequestQuerySet) -> RequestQuerySet:
    """The requests with everything their pages show. For a page of them, not for all."""
    documents = DisbursementRequest.documents.through.objects.filter(
        disbursementrequest=OuterRef("pk")
    )
    return with_holders(requests).annotate(
        held_cop=_held_cop("alliance"),
        others_cop=_approved_cop("alliance", but="pk"),
        has_documents=Exists(documents),
    )


def queue_for(membership: Membership) -> RequestQuerySet:
    """Open requests this member may see, the least time to spare first."""
    return requests_visible_to(membership).still_open().by_slack()


@lru_cache
def duties_of(role: str) -> frozenset[Duty]:
    """Duties that this role may hold under some regime."""
    return frozenset(duty for duty in Duty if may_ever(role, duty))


def held_by(requests: RequestQuerySet, membership: Membership) -> RequestQuerySet:
    """Those at a step whose duty the role may hold, unless the person holds another hand of it."""
    another = (
        StepRecord.objects.filter(request=OuterRef("pk"), by=membership.user_id)
        .alias(hand=DUTY_OF_STAY)
        .filter(hand__in=HANDS)
        .exclude(hand=OuterRef("step__duty"))
    )
    at_step = requests.filter(step__duty__in=duties_of(membership.role))
    return at_step.exclude(Exists(another), step__duty__in=HANDS)


def hands_on(
    requests: Iterable[DisbursementRequest], person_id: int | None = None
) -> dict[int, tuple[PastAct, ...]]:
    """What was done on each request, by everybody or by one person, in one query."""
    stays = stays_with_names().filter(
        request__in=[row.pk for row in requests], left_at__isnull=False
    )
    if person_id:
        stays = stays.filter(by=person_id)
    by_request: dict[int, tuple[PastAct, ...]] = defaultdict(tuple)
    for stay in stays:
        by_request[stay.request_id] += (as_act(stay),)
    return by_request


def stays_with_names() -> QuerySet[StepRecord]:
    """Stays in the order in which they ended, the open one last, with what a refusal says."""
    return StepRecord.objects.select_related("step", "by", "organisation").order_by("left_at", "pk")


def as_act(stay: StepRecord) -> PastAct:
    """A finished stay as the judge of duties sees it."""
    return PastAct(
        duty=Duty.REQUEST if stay.outcome in BY_WRITERS else Duty(stay.step.duty),
        person_id=stay.by_id,
        person=stay.by.display_name if stay.by else "",
        organisation_id=stay.organisation_id,
        organisation=stay.organisation.name if stay.organisation else "",
        on=localtime(stay.left_at).date(),
    )


def steps_of(request: DisbursementRequest) -> list[ProtocolStep]:
    """The steps of its protocol that the request goes through, in order."""
    prefetch_related_objects([request.protocol], "steps")
    return steps_for(list(request.protocol.steps.all()), request.case)


def is_with_its_writers(request: DisbursementRequest) -> bool:
    """Whether who asked may still take it back: no other hand acted on what was last sent."""
    if request.status != RequestStatus.REQUESTED:
        return request.status == RequestStatus.RETURNED
    return request.step_id == steps_of(request)[1].pk


@dataclass(frozen=True)
class RequestAction:
    """A verb that leaves the request's status, with the verdict for one member."""

    verb: Verb
    verdict: Verdict

    @property
    def label(self) -> str:
        return str(self.verb.label)


def actions_of(
    request: DisbursementRequest,
    membership: Membership,
    acts: tuple[PastAct, ...] | None = None,
    dossier: Dossier | None = None,
) -> list[RequestAction]:
    """Every act possible where the request stands, allowed to this member or not, and why."""
    hands = None if acts is None else {request.pk: acts}
    dossier_of = {request.alliance_id: dossier} if dossier else None
    return actions_by_request([request], membership, dossier_of, hands)[request.pk]


def actions_by_request(
    requests: Iterable[DisbursementRequest],
    membership: Membership,
    dossier_of: Mapping[int, Dossier] | None = None,
    hands: Mapping[int, tuple[PastAct, ...]] | None = None,
) -> dict[int, list[RequestAction]]:
    """The same for many requests, in a number of queries that does not grow.

    ``dossier_of`` their alliances and the ``hands`` on them, where they were already read.
    """
    rows = list(requests)
    judged = _verdicts([row for row in rows if row.step], membership, dossier_of, hands)
    writes = Duty.REQUEST in duties_of(membership.role)
    if writes:
        sent = [row for row in rows if row.status == RequestStatus.REQUESTED]
        prefetch_related_objects(sent, "protocol__steps")
    return {row.pk: _actions(row, judged.get(row.pk, {}), writes=writes) for row in rows}


def _verdicts(
    requests: Collection[DisbursementRequest],
    membership: Membership,
    dossier_of: Mapping[int, Dossier] | None = None,
    hands: Mapping[int, tuple[PastAct, ...]] | None = None,
) -> dict[int, dict[Duty, Verdict]]:
    """Whether this member may act at the step each request stands at, or as who asked for it."""
    if dossier_of is None:
        alliances = {row.alliance_id: row.alliance for row in requests}
        dossier_of = dossiers(alliances.values(), membership)
    hands = hands_on(requests, membership.user_id) if hands is None else hands
    member = member_of(membership)
    return {
        row.pk: {
            duty: judge(
                replace(dossier_of[row.alliance_id], on_request=hands[row.pk]), duty, member
            )
            for duty in (Duty(row.step.duty), Duty.REQUEST)
        }
        for row in requests
        if row.step
    }


def _actions(
    request: DisbursementRequest, verdicts: Mapping[Duty, Verdict], *, writes: bool
) -> list[RequestAction]:
    """What was sent is its writers' to take back: nobody else is told of it, not even that."""
    step = request.step
    if step is None:
        return []
    others = set(COMPLETING) - {Verb(step.verb)}
    is_sent = request.status == RequestStatus.REQUESTED
    if is_sent and not (writes and is_with_its_writers(request)):
        others |= set(WRITERS)
    return [
        RequestAction(verb, verdict and possible_now(request.alliance, ACT_OF[verb]))
        for verb in (Verb(row.verb) for row in PROCESS.leaving(request.status))
        if verb not in others
        for verdict in [verdicts[Duty.REQUEST if verb in WRITERS else Duty(step.duty)]]
    ]


@dataclass(frozen=True)
class QueueRow:
    """A request as the queue shows it: who holds it, for how long, and what it lacks."""

    request: DisbursementRequest
    holder: str
    held_days: int
    missing: tuple[str, ...]
    actions: tuple[RequestAction, ...]


def queue_rows(
    requests: Iterable[DisbursementRequest], membership: Membership, today: date
) -> list[QueueRow]:
    """A page of requests, in the order given, with what the queue says beside each.

    Who may act is worked out only where this member's role could.
    """
    return rows_in_full(
        read_in_full(requests, in_full(DisbursementRequest.objects.all())), membership, today
    )


def rows_in_full(
    requests: Iterable[DisbursementRequest], membership: Membership, today: date
) -> list[QueueRow]:
    """The same for requests that were read ``in_full``."""
    rows, duties = list(requests), duties_of(membership.role)
    own = [row for row in rows if row.step and row.step.duty in duties]
    actions = actions_by_request(own, membership) if own else {}
    return [
        QueueRow(
            request=row,
            holder=holder_of(row),
            held_days=held_days(row, today),
            missing=missing_in(row),
            actions=tuple(actions.get(row.pk, ())),
        )
        for row in rows
    ]


def missing_in(request: DisbursementRequest) -> tuple[str, ...]:
    """What would stop the request, in a few words each."""
    missing = []
    if not request.has_documents:  # type: ignore[attr-defined]
        missing.append(_("no supporting document"))
    if cash_for(request).free_cop < request.amount_cop:
        missing.append(_("the trust lacks cash"))
    if request.alliance.status != Status.EXECUTING:
        missing.append(
            _("the alliance is «%(status)s»") % {"status": request.alliance.get_status_display()}
        )
    return tuple(missing)


def holder_of(request: DisbursementRequest) -> str:
    """The organisation whose turn it is, or the role when none was appointed.

    Needs ``with_holders``: the names of the bodies appointed and of the trustee are read there.
    """
    if request.step is None:
        return ""
    duty = Duty(request.step.duty)
    if duty == Duty.REPRESENT:
        return request.alliance.organisation.name
    holders = Regime.from_data(request.alliance.call.regime_rules).holders.get(duty, ())
    wanted = {holder.via for holder in holders}
    trustee: str | None = request.trustee_name  # type: ignore[attr-defined]
    if Duty.PAY in wanted and trustee:
        return trustee
    for held in request.appointed:  # type: ignore[attr-defined]
        if held["duty"] in wanted:
            return str(held["by"])
    return str(Role(holders[0].role).label) if holders else str(duty.label)


# -- Whom a member waits for ----------------------------------------------------------------------
def requests_awaited_by(membership: Membership) -> RequestQuerySet:
    """For who asks for money or needs it: open requests whose step is somebody else's."""
    if not _needs_money(membership):
        return DisbursementRequest.objects.none()
    others = requests_visible_to(membership).still_open()
    return others.exclude(step__duty__in=duties_of(membership.role))


def _needs_money(membership: Membership) -> bool:
    return bool(duties_of(membership.role) & {Duty.REQUEST, Duty.REPRESENT})


def _holders() -> dict[tuple[str, str], tuple[Role, Duty | None]]:
    """The role that holds a step by regime and duty, and by which appointment its body does."""
    return {
        (code, duty): (holder_of_duty(regime, duty).role, via_of(regime, duty))
        for code, regime in REGIMES.items()
        for duty in map(Duty, (*REVIEWERS, Duty.REQUEST))
    }


def _with_body(requests: RequestQuerySet) -> QuerySet[Any]:
    """Each with ``body``: the key of the organisation appointed to its step, or its trustee."""
    via = {f"{code} {duty}": body for (code, duty), (_role, body) in _holders().items() if body}
    appointed = Appointment.objects.filter(
        alliance=OuterRef("alliance"),
        duty=OuterRef("via"),
        until__isnull=True,
        person__isnull=True,
    )
    key = Concat(F("alliance__call__regime"), Value(" "), F("step__duty"))
    trustee = Case(When(via=Duty.PAY, then=F("alliance__trust__trustee")))
    return requests.alias(via=TextBy(key, via)).annotate(
        body=Coalesce(
            trustee,
            Subquery(appointed.values("organisation")[:1]),
            output_field=BigIntegerField(),
        )
    )


def request_debts_to(membership: Membership) -> list[Owed]:
    """On whom this member waits and at which step, the longest first."""
    if not _needs_money(membership):
        return []
    groups = (
        _with_body(requests_awaited_by(membership))
        .values_list("alliance__call__regime", "step__duty", "step__verb", "body")
        .annotate(count=Count("pk"), since=Min("step_since"))
        .order_by()
    )
    holders = _holders()
    return merged(
        (str(body or holders[regime, duty][0]), verb, count, since)
        for regime, duty, verb, body, count, since in groups
    )


def requests_awaited_from(
    membership: Membership, *, who: str = "", verb: str = ""
) -> QuerySet[Any]:
    """The requests behind such a debt: those that wait for ``who``, or for an act."""
    rows = _with_body(requests_awaited_by(membership))
    if verb:
        rows = rows.filter(step__verb=verb)
    if is_key(who):
        return rows.filter(body=int(who))
    if not who:
        return rows
    of_role = Q(pk__in=[])
    for (code, duty), (role, _body) in _holders().items():
        if role == who:
            of_role |= Q(alliance__call__regime=code, step__duty=duty)
    return rows.filter(of_role, body__isnull=True)


def held_days(request: DisbursementRequest, today: date) -> int:
    """Working days at the present step."""
    if request.step_since is None:
        return 0
    return max(working_days_between(localtime(request.step_since).date(), today), 0)


def stays_of(request: DisbursementRequest) -> QuerySet[StepRecord]:
    """Every stay of the request in order: where it was, how long and who took it on."""
    return (
        StepRecord.objects.filter(request=request)
        .select_related("step", "by", "organisation", "reason")
        .order_by("entered_at", "pk")
    )


def return_reasons(on: date) -> QuerySet[ReturnReason]:
    """Reasons in use on a day, in the order they are offered."""
    return ReturnReason.objects.in_force_on(on)


def lines_of(alliance: Alliance) -> QuerySet[BudgetLine]:
    """The annual plan with ``asked_cop``: what open and paid requests take of each line."""
    requested = (
        DisbursementRequest.objects.filter(budget_line=OuterRef("pk"))
        .exclude(status=RequestStatus.CANCELLED)
        .order_by()
        .values("budget_line")
        .annotate(total=Sum("amount_cop"))
        .values("total")
    )
    return (
        BudgetLine.objects.filter(alliance=alliance)
        .select_related("account", "crop")
        .annotate(asked_cop=Coalesce(Subquery(requested), Value(Decimal(0), AMOUNT)))
        .order_by("planned_on", "pk")
    )


@dataclass(frozen=True)
class DemandWeek:
    """Money that open requests are expected to take in one week, beginning on a Monday."""

    starts_on: date
    amount_cop: Decimal
    count: int
    late: int


def demand_by_week(
    membership: Membership, today: date, weeks: int = WEEKS_AHEAD
) -> list[DemandWeek]:
    """The next weeks by the day each open request is needed, else expected.

    What is overdue falls in the first week; what missed its season, in the week of the next one.
    """
    monday = today - timedelta(days=today.weekday())
    day = Coalesce("next_need_by_on", "need_by_on", "forecast_p50_on", Value(today))
    by_week: dict[date, Any] = {
        row["week"]: row
        for row in DisbursementRequest.objects.filter(
            alliance__in=alliances_visible_to(membership), status__in=OPEN
        )
        .annotate(week=TruncWeek(Greatest(day, Value(monday)), output_field=DateField()))
        .values("week")
        .annotate(
            amount=Sum("amount_cop"),
            count=Count("pk"),
            late=Count("pk", filter=Q(slack_state__in=["late", "missed"])),
        )
        .order_by("week")
    }
    mondays = [monday + timedelta(weeks=index) for index in range(weeks)]
    nothing: dict[str, Any] = {"amount": Decimal(0), "count": 0, "late": 0}
    return [
        DemandWeek(day, cell["amount"], cell["count"], cell["late"])
        for day in mondays
        for cell in [by_week.get(day, nothing)]
    ]
