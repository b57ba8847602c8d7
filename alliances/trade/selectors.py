"""Reads about the agreement: whose signature is missing, what may be done, how sales went."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import F, Q, QuerySet, Sum
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from alliances.lifecycle.duties import Duty
from alliances.lifecycle.models import Alliance
from alliances.lifecycle.selectors import may_act, may_do, possible_now
from alliances.people.models import Membership
from alliances.people.roles import Role
from alliances.trade.models import Agreement, ProduceSale
from alliances.trade.rules import (
    AgreementFacts,
    SaleFacts,
    SaleState,
    Side,
    TradeBehaviour,
    may_bind,
    may_sign,
    must_be,
    side_of,
    state_of,
    trade_behaviour_of,
)
from alliances.trade.table import RECORD_SALE, REPLACE_ALLY, WRITE_AGREEMENT
from kit.access import ALLOWED, Verdict, refused
from kit.figures import cop, count, date_short, number


# -- The agreement --------------------------------------------------------------------------------
def current_agreement(alliance: Alliance) -> Agreement | None:
    """The agreement with the present ally that nobody has ended, signed or not."""
    return _with_names(alliance.agreements.open().filter(ally=alliance.ally_id)).first()


def past_agreements(alliance: Alliance) -> QuerySet[Agreement]:
    """Agreements that were ended, and those with an earlier ally, the latest first."""
    return _with_names(
        alliance.agreements.filter(Q(ended_on__isnull=False) | ~Q(ally=alliance.ally_id))
    ).order_by("-ended_on", "-pk")


def _with_names(agreements: QuerySet[Agreement]) -> QuerySet[Agreement]:
    return agreements.select_related(
        "ally", "alliance__organisation", "signed_by_organisation__user", "signed_by_ally__user"
    )


def sides_signed(agreement: Agreement) -> frozenset[Side]:
    """The parties that have signed."""
    signed = {
        Side.ORGANISATION: agreement.signed_by_organisation_at,
        Side.ALLY: agreement.signed_by_ally_at,
    }
    return frozenset(side for side, at in signed.items() if at)


def missing_signatures(agreement: Agreement) -> list[str]:
    """Names of the parties that have not signed, in the order of the agreement."""
    signed = sides_signed(agreement)
    names = {
        Side.ORGANISATION: agreement.alliance.organisation.name,
        Side.ALLY: agreement.ally.name,
    }
    return [name for side, name in names.items() if side not in signed]


def frozen_by_signing(agreement: Agreement) -> list[tuple[str, str]]:
    """What can no longer be changed from the first signature on, with its figures."""
    days = {"first": date_short(agreement.starts_on), "last": date_short(agreement.ends_on)}
    floor, ceiling = cop(agreement.price_floor_cop), cop(agreement.price_ceiling_cop)
    signed = {"given": count(len(sides_signed(agreement))), "total": count(len(Side))}
    monthly = {"kg": number(agreement.quantity_kg_per_month), "product": agreement.product}
    return [
        (_("What and how much"), _("%(kg)s kg of %(product)s a month") % monthly),
        (_("Days of the agreement"), _("%(first)s to %(last)s") % days),
        (_("Price per kilo"), floor if agreement.is_fixed_price else f"{floor} – {ceiling}"),
        (_("Quality, place and payment"), _("as they stand above")),
        (_("Signatures before yours"), _("%(given)s of %(total)s") % signed),
    ]


# -- Who may do what ------------------------------------------------------------------------------
def side_on(alliance: Alliance, agreement: Agreement | None, membership: Membership) -> Side | None:
    """The party of the agreement (or of one to be written) that the membership belongs to."""
    return side_of(
        membership.organisation_id,
        organisation=alliance.organisation_id,
        ally=agreement.ally_id if agreement else alliance.ally_id,
    )


@dataclass(frozen=True)
class AgreementActs:
    """What one member may do with the agreement and its sales, each with its reason if not."""

    write: Verdict
    sign: Verdict
    end: Verdict
    promise: Verdict
    record: Verdict
    receive: Verdict
    settle: Verdict


def agreement_acts(
    alliance: Alliance,
    agreement: Agreement | None,
    membership: Membership,
    party: Verdict | None = None,
) -> AgreementActs:
    """Every act on the agreement of this alliance, judged for this member in constant queries.

    ``party``: whether they may represent a party, for who asked already.
    """
    party = party or may_act(alliance, Duty.REPRESENT, membership)
    side = side_on(alliance, agreement, membership)
    signed = sides_signed(agreement) if agreement else frozenset()
    exists = ALLOWED if agreement else refused(_("There is no commercial agreement yet."))
    selling = possible_now(alliance, RECORD_SALE)
    ours = party and must_be(side, Side.ORGANISATION)
    return AgreementActs(
        write=party and _may_write(alliance, agreement),
        sign=party and exists and may_sign(side, membership.role, signed),
        end=party and exists and may_bind(side, membership.role),
        promise=ours and exists and _in_force(agreement) and selling,
        record=ours and selling,
        receive=party and must_be(side, Side.ALLY),
        settle=ours,
    )


def can_replace_ally(alliance: Alliance, membership: Membership) -> Verdict:
    """Whoever directs gives the alliance another buyer, once nothing binds it to this one."""
    return may_do(alliance, REPLACE_ALLY, membership) and not_bound(alliance)


def not_bound(alliance: Alliance) -> Verdict:
    """Whether no agreement ties the alliance to its present ally."""
    agreement = current_agreement(alliance)
    if agreement is None:
        return ALLOWED
    return refused(
        _("The agreement with %(ally)s has not ended: either party ends it first.")
        % {"ally": agreement.ally}
    )


def _may_write(alliance: Alliance, agreement: Agreement | None) -> Verdict:
    if alliance.ally_id is None:
        return refused(_("This alliance has no commercial ally yet."))
    if agreement and agreement.has_signature:
        return refused(
            _("A signed agreement keeps its terms. To change them, end it and write another.")
        )
    return possible_now(alliance, WRITE_AGREEMENT)


def _in_force(agreement: Agreement | None) -> Verdict:
    if agreement and agreement.is_in_force:
        return ALLOWED
    return refused(_("The agreement is not signed by both parties."))


# -- Sales ----------------------------------------------------------------------------------------
@dataclass(frozen=True)
class SaleRow:
    """One sale as a row of the table: where it stands, and what this member may do with it."""

    sale: ProduceSale
    state: SaleState
    pay_by: date | None
    may_record: bool
    may_receive: bool
    may_settle: bool


def sales_of(alliance: Alliance) -> QuerySet[ProduceSale]:
    """Every sale of the alliance, under any of its agreements, the latest promise first."""
    return (
        ProduceSale.objects.filter(agreement__alliance=alliance)
        .select_related("agreement__ally", "received_by__user")
        .order_by("-promised_on", "-pk")
    )


def sales_to_former_ally(membership: Membership) -> QuerySet[ProduceSale]:
    """What was promised to this buyer by alliances that have another one by now.

    It sees these and nothing else of those alliances: what it received is still to be confirmed,
    and what it owes still to be paid.
    """
    sales = ProduceSale.objects.select_related(
        "agreement__ally", "agreement__alliance__organisation", "received_by__user"
    ).order_by("-promised_on", "-pk")
    if membership.role != Role.ALLY:
        return sales.none()
    own = membership.organisation_id
    return sales.filter(agreement__ally=own).exclude(agreement__alliance__ally=own)


def acts_of_former_ally(membership: Membership) -> AgreementActs:
    """The one thing left to do: to confirm what was received."""
    gone = refused(_("This alliance has another commercial ally."))
    return AgreementActs(
        write=gone,
        sign=gone,
        end=gone,
        promise=gone,
        record=gone,
        receive=may_bind(Side.ALLY, membership.role),
        settle=gone,
    )


def sale_rows(
    sales: Iterable[ProduceSale], acts: AgreementActs, on: date, *, ally_id: int | None
) -> list[SaleRow]:
    """The sales with their state on that day; they need ``agreement`` loaded.

    ``ally_id`` is the buyer that the acts are about: another one's deliveries are not its to
    confirm.
    """
    return [_sale_row(sale, acts, on, ally_id) for sale in sales]


def _sale_row(sale: ProduceSale, acts: AgreementActs, on: date, ally_id: int | None) -> SaleRow:
    facts = facts_of(sale)
    is_open = not sale.received_at and not sale.paid_on
    return SaleRow(
        sale=sale,
        state=state_of(facts, bool(sale.received_at), on),
        pay_by=facts.pay_by,
        may_record=bool(acts.record) and is_open,
        may_receive=bool(acts.receive)
        and is_open
        and sale.is_delivered
        and sale.agreement.ally_id == ally_id,
        may_settle=bool(acts.settle) and sale.is_delivered and not sale.paid_on,
    )


def facts_of(sale: ProduceSale) -> SaleFacts:
    """The sale as the rules read it; it needs ``agreement`` loaded."""
    return SaleFacts(
        promised_on=sale.promised_on,
        promised_kg=sale.promised_kg,
        delivered_on=sale.delivered_on,
        delivered_kg=sale.delivered_kg,
        price_cop=sale.price_cop,
        paid_on=sale.paid_on,
        floor_cop=sale.agreement.price_floor_cop,
        ceiling_cop=sale.agreement.price_ceiling_cop,
        payment_days=sale.agreement.payment_days,
    )


# -- Behaviour, for pages and for the evaluation --------------------------------------------------
_SALE_COLUMNS = (
    "agreement__alliance",
    "promised_on",
    "promised_kg",
    "delivered_on",
    "delivered_kg",
    "price_cop",
    "paid_on",
    "agreement__price_floor_cop",
    "agreement__price_ceiling_cop",
    "agreement__payment_days",
)


def trade_behaviour(alliance_ids: Iterable[int], on: date) -> dict[int, TradeBehaviour]:
    """How each alliance and its allies kept their agreements up to ``on``, in two queries.

    Every id gets an answer; what cannot be told is None. Sales under agreements that were never
    signed by both parties do not count: nothing had been agreed.
    """
    wanted = list(dict.fromkeys(alliance_ids))
    agreements: dict[int, list[AgreementFacts]] = defaultdict(list)
    signed = Agreement.objects.signed().filter(alliance__in=wanted).order_by("pk")
    for row in signed.only(
        "alliance", "signed_by_organisation_at", "signed_by_ally_at", "ends_on", "ended_on"
    ):
        agreements[row.alliance_id].append(_agreement_facts(row))
    sales: dict[int, list[SaleFacts]] = defaultdict(list)
    rows = ProduceSale.objects.filter(
        agreement__alliance__in=wanted,
        agreement__signed_by_organisation_at__isnull=False,
        agreement__signed_by_ally_at__isnull=False,
    ).order_by("pk")
    for alliance_id, *values in rows.values_list(*_SALE_COLUMNS):
        sales[alliance_id].append(SaleFacts(*values))
    return {pk: trade_behaviour_of(sales[pk], agreements[pk], on) for pk in wanted}


def _agreement_facts(agreement: Agreement) -> AgreementFacts:
    moments = (agreement.signed_by_organisation_at, agreement.signed_by_ally_at)
    signed_at = max(moment for moment in moments if moment)
    return AgreementFacts(
        signed_on=localtime(signed_at).date(),
        ends_on=agreement.ends_on,
        ended_on=agreement.ended_on,
    )


def sold_cop(alliance: Alliance) -> Decimal:
    """What was delivered to the ally so far, at the price of each delivery."""
    amount = F("delivered_kg") * F("price_cop")
    return sales_of(alliance).aggregate(cop=Sum(amount))["cop"] or Decimal(0)
