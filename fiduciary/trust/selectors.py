"""Reading trusts and contributions, within what the reader may see."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from alliances.lifecycle.duties import Duty
from alliances.lifecycle.models import Alliance, Event
from alliances.lifecycle.selectors import alliances_visible_to
from alliances.people.models import Membership
from fiduciary.ledger.models import AccountKind
from fiduciary.ledger.selectors import balance_cop
from fiduciary.trust.models import Contribution, ContributionState
from fiduciary.trust.table import duty_to_receive
from kit.access import ALLOWED, Verdict, refused


def contributions_visible_to(membership: Membership) -> QuerySet[Contribution]:
    """Contributions to the alliances this membership may read, with what their pages show."""
    return Contribution.objects.filter(
        alliance__in=alliances_visible_to(membership)
    ).select_related(
        "alliance__call",
        "alliance__organisation",
        "alliance__municipality__department",
        "alliance__crop",
        "organisation",
        "account",
    )


def contributions_of(alliance: Alliance) -> QuerySet[Contribution]:
    """Contributions of one alliance, the earliest due first, with what arrived of each."""
    return Contribution.objects.filter(alliance=alliance).with_received().order_by("due_on", "pk")


def may_take_back(contribution: Contribution, membership: Membership) -> Verdict:
    """A party withdraws what it promised: in its own name, or for whoever it wrote down."""
    promised = Event.objects.filter(key=contribution.key)
    own = {contribution.organisation_id, *promised.values_list("organisation", flat=True)}
    if membership.organisation_id in own:
        return ALLOWED
    return refused(_("Only who promised this contribution, or who directs, withdraws it."))


@dataclass(frozen=True)
class MoneyBar:
    """The alliance's money in COP: promised, due by now, arrived and spent."""

    committed_cop: Decimal
    due_cop: Decimal
    received_cop: Decimal
    paid_cop: Decimal


def money_bar(
    alliance: Alliance, on: date, contributions: Iterable[Contribution] | None = None
) -> MoneyBar:
    """The four figures of the alliance's money on a day, from contributions and ledger.

    ``contributions`` are all of ``contributions_of``, where a page has read them.
    """
    contributions = list(contributions_of(alliance) if contributions is None else contributions)
    return MoneyBar(
        committed_cop=sum((row.standing_cop for row in contributions), Decimal(0)),
        due_cop=sum((row.due_by(on) for row in contributions), Decimal(0)),
        received_cop=sum((row.received_cop for row in contributions), Decimal(0)),
        paid_cop=balance_cop(alliance, AccountKind.SPENDING),
    )


@dataclass(frozen=True)
class ContributionRow:
    """A promise as a page shows it on a day."""

    contribution: Contribution
    state: ContributionState
    on: date

    @property
    def duty_to_receive(self) -> Duty:
        """Who writes down that it arrived."""
        return duty_to_receive(self.contribution.kind)

    def as_bar_row(self) -> dict[str, object]:
        """The row of the money bar's table."""
        promise = self.contribution
        return {
            "name": f"{promise.organisation} · {promise.concept}",
            "committed": promise.standing_cop,
            "due": promise.due_by(self.on),
            "received": promise.received_cop,
        }


def contribution_rows(alliance: Alliance, on: date) -> list[ContributionRow]:
    """Every promise to the alliance with where it stands."""
    return [ContributionRow(row, row.state_on(on), on) for row in contributions_of(alliance)]
