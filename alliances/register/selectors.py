"""Reads about the register: who may keep it, bodies, people, and what memberships ask a look at."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Max, Q, QuerySet
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from alliances.lifecycle.duties import CONFIRMED_ROLES, never_joined
from alliances.lifecycle.models import Event
from alliances.people.models import Membership, MembershipQuerySet, Organisation, User
from alliances.people.roles import KEEPERS, ROLES_OF, Role
from kit.access import ALLOWED, Verdict, refused
from kit.names import by_name

#: A membership that ends within these days is shown as ending.
ENDS_SOON = timedelta(days=30)


# -- Who may ---------------------------------------------------------------------------------------
def can_see_register(acting: Membership) -> Verdict:
    """Read bodies and people: administrators all of them, a coordinator their own body."""
    if acting.role in KEEPERS:
        return ALLOWED
    return refused(
        _("Bodies and people are registered by administrators and by each body's coordinator.")
    )


def can_change_bodies(acting: Membership | None) -> Verdict:
    """Register and change bodies. ``acting`` None is whoever runs a command as the owner."""
    if acting is None or acting.role == Role.ADMIN:
        return ALLOWED
    return refused(_("Only an administrator registers and changes bodies."))


def can_give(acting: Membership | None, organisation: Organisation, role: str) -> Verdict:
    """Invite to a role or grant it: an administrator any, a coordinator in their own body."""
    if acting is None:
        return ALLOWED
    if role not in ROLES_OF[organisation.kind]:
        return refused(
            _("Nobody acts as «%(role)s» for a body of this kind: %(kind)s.")
            % {"role": Role(role).label, "kind": organisation.get_kind_display()}
        )
    return _keeps(acting, organisation, role)


def can_grant(
    acting: Membership | None, organisation: Organisation, role: str, *, to: User
) -> Verdict:
    """Grant a role to somebody else. Nobody grants one to themself."""
    if acting is not None and acting.user_id == to.pk:
        return refused(_("Nobody grants a role to themself: ask another administrator."))
    return can_give(acting, organisation, role)


def can_end(acting: Membership, membership: Membership) -> Verdict:
    """End a membership: an administrator any, a coordinator those of their own body."""
    return _keeps(acting, membership.organisation, membership.role)


def _keeps(acting: Membership, organisation: Organisation, role: str) -> Verdict:
    if acting.role == Role.ADMIN:
        return ALLOWED
    is_own = acting.role == Role.COORDINATOR and acting.organisation_id == organisation.pk
    if is_own and role != Role.ADMIN:
        return ALLOWED
    return refused(
        _("Administrators give and end roles, and a body's coordinator those of its people.")
    )


def is_confirmed_by_another(role: str, *, acting: Membership | None) -> bool:
    """Whether the role takes a second person who confirms.

    Alone, the first administrator makes the second one: there is nobody else who could confirm.
    """
    if acting is None or role not in CONFIRMED_ROLES:
        return False
    others = Membership.objects.filter(role=Role.ADMIN).exclude(user=acting.user_id)
    return not (role == Role.ADMIN and acting.role == Role.ADMIN and not others.exists())


# -- Bodies and people -----------------------------------------------------------------------------
def bodies_seen_by(acting: Membership, on: date) -> QuerySet[Organisation]:
    """The bodies in the register of this keeper, with ``members``: how many have a role today."""
    bodies = Organisation.objects.all()
    if acting.role != Role.ADMIN:
        bodies = bodies.filter(pk=acting.organisation_id)
    in_force = Q(memberships__valid_from__lte=on) & (
        Q(memberships__valid_until__isnull=True) | Q(memberships__valid_until__gte=on)
    )
    members = Count("memberships__user", filter=in_force, distinct=True)
    return bodies.annotate(members=members).order_by(*by_name("name"), "pk")


def memberships_seen_by(acting: Membership) -> MembershipQuerySet:
    """Everybody's memberships, or those of the coordinator's own body; what is past too."""
    rows = Membership.objects.with_names()
    if acting.role != Role.ADMIN:
        rows = rows.filter(organisation=acting.organisation_id)
    return rows


def people_seen_by(acting: Membership) -> QuerySet[User]:
    """The people who have or had a membership that this keeper sees."""
    seen = memberships_seen_by(acting).values("user")
    return User.objects.filter(pk__in=seen).order_by(*by_name("first_name", "last_name"), "pk")


@dataclass(frozen=True)
class HeldRole:
    """A membership as the register shows it: what is against it, and when its member acted last."""

    membership: Membership
    last_act_on: date | None
    ends_soon: bool
    is_over: bool
    apart: tuple[str, ...]
    may_end: bool

    @property
    def last_seen_on(self) -> date | None:
        """The later of the last sign-in and the last act."""
        signed_in = self.membership.user.last_login
        days = [day for day in (self.last_act_on, signed_in and localtime(signed_in).date()) if day]
        return max(days, default=None)


def held_roles(rows: Iterable[Membership], acting: Membership, on: date) -> list[HeldRole]:
    """These memberships with what the review asks of each, in three queries."""
    memberships = list(rows)
    people = {row.user_id for row in memberships}
    last: dict[tuple[int | None, int | None], date] = {
        (row["actor"], row["organisation"]): localtime(row["last"]).date()
        for row in Event.objects.filter(actor__in=people)
        .values("actor", "organisation")
        .annotate(last=Max("at"))
    }
    roles = defaultdict(set)
    for row in Membership.objects.filter(user__in=people).valid_on(on):
        roles[row.user_id].add(row.role)
    return [
        HeldRole(
            membership=row,
            last_act_on=last.get((row.user_id, row.organisation_id)),
            ends_soon=bool(row.valid_until and on <= row.valid_until <= on + ENDS_SOON),
            is_over=bool(row.valid_until and row.valid_until < on),
            apart=reasons_apart(row.role, roles[row.user_id]) if row.is_valid_on(on) else (),
            may_end=can_end(acting, row).allowed and not (row.valid_until and row.valid_until < on),
        )
        for row in memberships
    ]


def reasons_apart(role: str, others: Iterable[str]) -> tuple[str, ...]:
    """Why one person may never use two of these roles on one alliance; empty when they may."""
    pairs = (
        (other, pair)
        for other in sorted(set(others) - {role})
        for pair in never_joined(role, other)
    )
    return tuple(
        dict.fromkeys(
            _("with «%(other)s»: %(reason)s")
            % {"other": Role(other).label, "reason": _(pair.reason)}
            for other, pair in pairs
        )
    )
