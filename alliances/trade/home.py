"""What the agreement asks of each party today, for the home page and for lists of that."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import (
    Case,
    DateField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    When,
)
from django.db.models.expressions import Combinable
from django.urls import reverse
from django.utils.timezone import localdate, localtime, make_aware
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alliances.lifecycle.desk import Desk, OwnTask, offer_task
from alliances.lifecycle.home import HomeItem, by_urgency
from alliances.lifecycle.models import Alliance
from alliances.lifecycle.selectors import PARTY_READERS, alliances_visible_to
from alliances.lifecycle.table import Status
from alliances.people.models import Membership
from alliances.people.roles import Role
from alliances.territory.deadlines import Deadline
from alliances.trade.models import Agreement, ProduceSale
from alliances.trade.rules import CONFIRM_WORKDAYS, SIGNATORIES, Side, confirm_by
from alliances.trade.selectors import facts_of, side_on, sides_signed
from alliances.trade.table import OPEN_TO_AGREEMENTS, SIGN_AGREEMENT, WRITE_AGREEMENT
from kit.figures import date_short, number
from kit.tones import Tone

TRADE, AGREEMENT = "trade", "alliances:agreement"
SOON_DAYS = 7  # a promise enters the page a week before its day


def waiting_for(desk: Desk) -> list[HomeItem]:
    """What this party must write, sign, deliver, confirm or pay, the most urgent first."""
    membership, today = desk.membership, localtime(desk.at).date()
    if membership.role not in PARTY_READERS:
        return []
    visible = alliances_visible_to(membership)
    return by_urgency(
        [
            *(_to_write(desk, visible) if WRITE_AGREEMENT.verb in desk.counts else ()),
            *(_to_sign(membership, visible) if SIGN_AGREEMENT.verb in desk.counts else ()),
            *_to_trade(desk, visible, today),
        ]
    )[: desk.rows]


# -- The agreement --------------------------------------------------------------------------------
def lacks_agreement(membership: Membership) -> Q | None:
    """Alliances of this organisation that cannot close before an agreement is written."""
    if membership.role not in (Role.ORGANISATION, Role.MANAGER):
        return None
    agreed = Agreement.objects.open().filter(alliance=OuterRef("pk"), ally=OuterRef("ally"))
    return Q(
        ~Exists(agreed),
        status=Status.CLOSING,
        ally__isnull=False,
        organisation=membership.organisation_id,
    )


def lacks_signature(membership: Membership) -> Q | None:
    """Alliances with an agreement that waits for the signature of this party."""
    if membership.role not in SIGNATORIES:
        return None
    own = membership.organisation_id
    unsigned = Agreement.objects.open().filter(
        Q(signed_by_organisation_at=None, alliance__organisation=own)
        | Q(signed_by_ally_at=None, ally=own)
    )
    return Q(pk__in=unsigned.values("alliance"), status__in=OPEN_TO_AGREEMENTS)


def _to_write(desk: Desk, visible: QuerySet[Alliance]) -> list[HomeItem]:
    """Alliances in financial closing whose organisation has no agreement with the ally."""
    lacks = lacks_agreement(desk.membership)
    if lacks is None:
        return []
    rows = visible.filter(lacks)
    return [
        HomeItem.on(
            row,
            AGREEMENT,
            title=_("Write the commercial agreement"),
            why=_("Without it the trust cannot be constituted"),
            tone=Tone.ATTENTION,
            action=_("Write"),
            task=WRITE_AGREEMENT.verb,
        )
        for row in rows.order_by("status_since", "pk")[: desk.rows]
    ]


def _to_sign(membership: Membership, visible: QuerySet[Alliance]) -> list[HomeItem]:
    """Agreements that lack this party's signature, for whoever may give it."""
    if membership.role not in SIGNATORIES:
        return []
    unsigned = (
        Agreement.objects.open()
        .select_related("alliance")
        .filter(alliance__in=visible.filter(status__in=OPEN_TO_AGREEMENTS))
        .filter(Q(signed_by_organisation_at=None) | Q(signed_by_ally_at=None))
        .order_by("alliance__status_since", "pk")
    )
    return [
        HomeItem.on(
            row.alliance,
            AGREEMENT,
            title=_("Sign the commercial agreement"),
            why=_("Without both signatures the trust cannot be constituted"),
            tone=Tone.ATTENTION,
            action=_("Read and sign"),
            task=SIGN_AGREEMENT.verb,
        )
        for row in unsigned
        if side_on(row.alliance, row, membership) in set(Side) - sides_signed(row)
    ]


# -- Sales ----------------------------------------------------------------------------------------
@dataclass(frozen=True)
class _Step:
    """What a sale asks of one party next, and by when."""

    title: str
    action: str
    due_on: date
    since: date


def _days_after_delivery(days: Combinable | int) -> ExpressionWrapper:
    return ExpressionWrapper(F("delivered_on") + days, output_field=DateField())


#: The day that a sale asks for next, near enough to cut by; the steps below work it out exactly.
_DUE_ON = Case(
    When(delivered_on__isnull=True, then=F("promised_on")),
    When(received_at__isnull=True, then=_days_after_delivery(CONFIRM_WORKDAYS)),
    default=_days_after_delivery(F("agreement__payment_days")),
    output_field=DateField(),
)


def _open_sales(
    membership: Membership, visible: QuerySet[Alliance], today: date
) -> QuerySet[ProduceSale]:
    """Deliveries and payments that wait for this party, within the week or overdue."""
    is_ally = membership.role == Role.ALLY
    waits = Q(delivered_on__isnull=False)
    if not is_ally:
        waits |= Q(promised_on__lte=today + timedelta(days=SOON_DAYS))
    # A buyer that was replaced still has what it received; the one that follows has none of it.
    own = (
        Q(agreement__ally=membership.organisation_id)
        if is_ally
        else Q(agreement__alliance__in=visible)
    )
    return ProduceSale.objects.filter(waits, own, paid_on__isnull=True)


def _sales_of_today(membership: Membership) -> QuerySet[ProduceSale]:
    return _open_sales(membership, alliances_visible_to(membership), localdate())


def trades(membership: Membership) -> Q | None:
    """Alliances with deliveries and payments that wait for this party today."""
    if membership.role not in PARTY_READERS:
        return None
    return Q(pk__in=_sales_of_today(membership).values("agreement__alliance"))


def _to_trade(desk: Desk, visible: QuerySet[Alliance], today: date) -> list[HomeItem]:
    """Those that are due first."""
    is_ally = desk.membership.role == Role.ALLY
    most = desk.rows * 2
    waiting = _open_sales(desk.membership, visible, today).select_related("agreement__alliance")
    sales = list(waiting.order_by(_DUE_ON, "pk")[:most])
    if len(sales) < most:
        desk.note_total(TRADE, len(sales))
    step_of = _step_of_ally if is_ally else _step_of_organisation
    return [_sale_item(row, step_of(row), today, is_ally=is_ally) for row in sales]


def _step_of_organisation(sale: ProduceSale) -> _Step:
    if sale.delivered_on is None:
        return _Step(
            _("Deliver what was promised"),
            _("Record delivery"),
            due_on=sale.promised_on,
            since=sale.promised_on,
        )
    return _Step(
        _("Confirm the payment when it arrives"),
        _("Confirm payment"),
        due_on=facts_of(sale).pay_by or sale.delivered_on,
        since=sale.delivered_on,
    )


def _step_of_ally(sale: ProduceSale) -> _Step:
    delivered_on = sale.delivered_on or sale.promised_on
    if sale.received_at is None:
        return _Step(
            _("Confirm the delivery"),
            _("Confirm delivery"),
            due_on=confirm_by(delivered_on),
            since=delivered_on,
        )
    return _Step(
        _("Pay the delivery"),
        _("Open"),
        due_on=facts_of(sale).pay_by or delivered_on,
        since=delivered_on,
    )


def _sale_item(sale: ProduceSale, step: _Step, today: date, *, is_ally: bool) -> HomeItem:
    is_former = is_ally and sale.agreement.ally_id != sale.agreement.alliance.ally_id
    deadline = Deadline(step.due_on, today)
    kg, day = number(sale.delivered_kg or sale.promised_kg, 0), date_short(step.due_on)
    return HomeItem.on(
        sale.agreement.alliance,
        AGREEMENT,
        title=step.title,
        why=_("%(kg)s kg, due on %(day)s") % {"kg": kg, "day": day},
        tone=deadline.tone,
        action=step.action,
        task=TRADE,
        since=make_aware(datetime.combine(step.since, time.min)),
        slack=deadline.days_left,
        url=reverse("alliances:former-sales") if is_former else "",
    )


offer_task(OwnTask(WRITE_AGREEMENT.verb, gettext_lazy("Write agreement"), lacks_agreement))
offer_task(OwnTask(SIGN_AGREEMENT.verb, gettext_lazy("Sign agreement"), lacks_signature))
offer_task(
    OwnTask(
        TRADE,
        gettext_lazy("Alliances with deliveries or payments due"),
        trades,
        is_pressing=False,
        total=lambda membership: _sales_of_today(membership).count(),
    )
)
