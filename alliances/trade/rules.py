"""Who may sign for whom, and how the parties kept their word. Pure: no database, no clock."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from alliances.territory.workdays import add_working_days
from kit.access import ALLOWED, Verdict, refused
from kit.tones import Tone

#: The role that signs for each party; the apprentice manager prepares and keeps accounts.
SIGNATORIES = ("organisation", "ally")


@dataclass(frozen=True)
class Terms:
    """What the parties agree on; the fields of the agreement that a signature freezes."""

    product: str
    quality: str
    quantity_kg_per_month: Decimal
    delivery_place: str
    starts_on: date
    ends_on: date
    price_rule: str
    price_floor_cop: Decimal
    price_ceiling_cop: Decimal
    payment_days: int
    payment_means: str
    price_reference: str = ""


class Side(TextChoices):
    """One of the two parties to a commercial agreement."""

    ORGANISATION = "organisation", pgettext_lazy("party", "Producers' organisation")
    ALLY = "ally", pgettext_lazy("party", "Commercial ally")


def side_of(member_organisation: int, *, organisation: int, ally: int | None) -> Side | None:
    """The party that a member belongs to (ids of organisations), None for anybody else."""
    if member_organisation == organisation:
        return Side.ORGANISATION
    return Side.ALLY if ally is not None and member_organisation == ally else None


def may_sign(side: Side | None, role: str, already_signed: frozenset[Side]) -> Verdict:
    """Each party signs once, through its representative, and only for itself."""
    if side in already_signed:
        return refused(_("Your organisation already signed this agreement."))
    return may_bind(side, role)


def may_bind(side: Side | None, role: str) -> Verdict:
    """Whether this member can commit one of the parties: to sign, or to end what was signed."""
    if side is None:
        return refused(_("Only the two parties sign or end their agreement."))
    if role not in SIGNATORIES:
        return refused(_("This takes the legal representative; the apprentice manager cannot."))
    return ALLOWED


def must_be(side: Side | None, wanted: Side) -> Verdict:
    """Each fact of a sale is written by the party that a false one would hurt."""
    if side == wanted:
        return ALLOWED
    if wanted == Side.ALLY:
        return refused(_("Only the commercial ally confirms what it received."))
    return refused(_("Only the producers' organisation or its manager writes this."))


# -- How the parties behaved ----------------------------------------------------------------------
@dataclass(frozen=True)
class AgreementFacts:
    """A signed agreement: when the second party signed, until when it runs, when it was ended."""

    signed_on: date
    ends_on: date
    ended_on: date | None = None

    def is_in_force_on(self, day: date) -> bool:
        """Signed by then, its term not over, and nobody had ended it."""
        ended = self.ended_on is not None and self.ended_on <= day
        return self.signed_on <= day <= self.ends_on and not ended


@dataclass(frozen=True)
class SaleFacts:
    """A promise of delivery under an agreement and what became of it."""

    promised_on: date
    promised_kg: Decimal
    delivered_on: date | None
    delivered_kg: Decimal
    price_cop: Decimal | None
    paid_on: date | None
    floor_cop: Decimal
    ceiling_cop: Decimal
    payment_days: int

    @property
    def pay_by(self) -> date | None:
        """The last day to pay on time; None before the delivery."""
        if self.delivered_on is None:
            return None
        return self.delivered_on + timedelta(days=self.payment_days)


@dataclass(frozen=True)
class TradeBehaviour:
    """How an alliance and its ally kept their agreement, as shares of 0 to 1.

    None is «no data», never zero: nothing had come due, or nothing was ever signed.
    """

    deliveries_honoured: float | None = None
    price_in_range: float | None = None
    paid_on_time: float | None = None
    agreement_current: bool | None = None
    promises: int = 0
    deliveries: int = 0
    payments_due: int = 0

    @property
    def has_data(self) -> bool:
        """Whether anything was due or delivered."""
        return bool(self.promises or self.deliveries)


def trade_behaviour_of(
    sales: Iterable[SaleFacts], agreements: Sequence[AgreementFacts], on: date
) -> TradeBehaviour:
    """The behaviour as it stood at the end of day ``on``; what happened later is not seen.

    Deliveries honoured: kilos delivered of the kilos promised up to that day, each promise on its
    own, so that plenty in one month does not hide a month without. Price in range: deliveries
    paid within the agreed floor and ceiling. Paid on time: of the sales paid or overdue, those
    paid within the agreed days. Agreement current: one is in force, the first or a later one.
    """
    seen = [_as_of(row, on) for row in sales]
    due = [row for row in seen if row.promised_on <= on]
    delivered = [row for row in seen if row.delivered_on is not None]
    payable = [row for row in delivered if row.paid_on or (row.pay_by and row.pay_by < on)]
    signed = [row for row in agreements if row.signed_on <= on]
    return TradeBehaviour(
        deliveries_honoured=_honoured(due),
        price_in_range=_share([_is_in_range(row) for row in delivered]),
        paid_on_time=_share([_is_paid_on_time(row) for row in payable]),
        agreement_current=any(row.is_in_force_on(on) for row in signed) if signed else None,
        promises=len(due),
        deliveries=len(delivered),
        payments_due=len(payable),
    )


def _as_of(sale: SaleFacts, on: date) -> SaleFacts:
    """The sale as it was known on that day."""
    if sale.delivered_on is None or sale.delivered_on > on:
        return replace(
            sale, delivered_on=None, delivered_kg=Decimal(0), price_cop=None, paid_on=None
        )
    return replace(sale, paid_on=None) if sale.paid_on and sale.paid_on > on else sale


def _honoured(due: Sequence[SaleFacts]) -> float | None:
    promised = sum((row.promised_kg for row in due), Decimal(0))
    if not promised:
        return None
    delivered_kg = sum((min(row.delivered_kg, row.promised_kg) for row in due), Decimal(0))
    return float(delivered_kg / promised)


def _share(answers: Sequence[bool]) -> float | None:
    return sum(answers) / len(answers) if answers else None


def _is_in_range(sale: SaleFacts) -> bool:
    return sale.price_cop is not None and sale.floor_cop <= sale.price_cop <= sale.ceiling_cop


def _is_paid_on_time(sale: SaleFacts) -> bool:
    return sale.paid_on is not None and sale.pay_by is not None and sale.paid_on <= sale.pay_by


# -- The state of one sale ------------------------------------------------------------------------
#: Working days in which the ally is expected to confirm what it received.
CONFIRM_WORKDAYS = 3


def confirm_by(delivered_on: date) -> date:
    """The last day on which the ally's confirmation is in time."""
    return add_working_days(delivered_on, CONFIRM_WORKDAYS)


@dataclass(frozen=True)
class SaleState:
    """Where a sale stands, in a word and a tone."""

    tone: Tone
    word: str


def state_of(sale: SaleFacts, is_received: bool, on: date) -> SaleState:
    """Where the sale stands on that day, the most urgent thing first."""
    if sale.paid_on is not None:
        return (
            SaleState(Tone.GOOD, _("Paid"))
            if _is_paid_on_time(sale)
            else SaleState(Tone.ATTENTION, _("Paid late"))
        )
    if sale.delivered_on is None:
        return (
            SaleState(Tone.LATE, _("Not delivered"))
            if sale.promised_on < on
            else SaleState(Tone.PLAIN, _("To be delivered"))
        )
    if sale.pay_by and sale.pay_by < on:
        return SaleState(Tone.LATE, _("Payment overdue"))
    if not is_received:
        is_late = confirm_by(sale.delivered_on) < on
        return SaleState(Tone.LATE if is_late else Tone.ATTENTION, _("Ally has not confirmed"))
    return SaleState(Tone.PLAIN, _("To be paid"))
