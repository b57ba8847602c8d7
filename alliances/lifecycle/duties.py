"""Who may do what, and who may not also: duties, the regimes that hold them, and the judge.

A duty is held on one alliance by a person *and* by an organisation. A regime says which roles
may hold each duty and which two duties one actor may not join, with the reason for each pair.
A call chooses its regime and freezes it (as data) when it opens. No database here: the judge
works on a ``Dossier`` that the selectors fill.
"""

import json
from collections.abc import Container
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property, lru_cache
from itertools import combinations, product
from typing import Any

from django.db.models import TextChoices
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop, pgettext_lazy

from alliances.people.roles import Role
from kit.access import ALLOWED, Verdict, refused


class Duty(TextChoices):
    PROMOTE = "promote", pgettext_lazy("duty", "Promote")
    ADVISE = "advise", pgettext_lazy("duty", "Advise")
    VERIFY = "verify", pgettext_lazy("duty", "Verify")
    SCORE = "score", pgettext_lazy("duty", "Score")
    SELECT = "select", pgettext_lazy("duty", "Select")
    DIRECT = "direct", pgettext_lazy("duty", "Direct")
    ACCOMPANY = "accompany", pgettext_lazy("duty", "Accompany")
    SUPERVISE = "supervise", pgettext_lazy("duty", "Supervise")
    REQUEST = "request", pgettext_lazy("duty", "Request payment")
    CLEAR = "clear", pgettext_lazy("duty", "Give no objection")
    APPROVE = "approve", pgettext_lazy("duty", "Approve payment")
    PAY = "pay", pgettext_lazy("duty", "Pay")
    EVALUATE = "evaluate", pgettext_lazy("duty", "Evaluate")
    # The organisation and its ally act for themselves: not a programme duty in the strict
    # sense, but an act that bars them from judging their own alliance.
    REPRESENT = "represent", pgettext_lazy("duty", "Represent a party")


class Within(TextChoices):
    """How far a role's reach goes for a duty."""

    NATION = "nation", gettext_lazy("anywhere")
    TERRITORY = "territory", gettext_lazy("in the departments it serves")
    APPOINTED = "appointed", gettext_lazy("when appointed to the alliance")
    PARTY = "party", gettext_lazy("as a party to the alliance")


class Scope(TextChoices):
    """How much of what was done a pair of duties looks at, and whom it keeps apart."""

    ALLIANCE = "alliance", gettext_lazy("one person, or one organisation, on the same alliance")
    REQUEST = "request", gettext_lazy("one person on the same disbursement request")


@dataclass(frozen=True)
class Holder:
    """A role that may hold a duty, and within what reach; ``via`` is the appointment needed."""

    role: Role
    within: Within
    via: Duty | None = None


@dataclass(frozen=True)
class Pair:
    """Two duties that may not be joined; ``scope`` says by whom and on what.

    ``reason`` is a message id: it is frozen in English and translated when it is shown.
    """

    one: Duty
    other: Duty
    reason: str
    scope: Scope = Scope.ALLIANCE


@dataclass(frozen=True)
class Regime:
    """Holders of each duty and incompatible pairs; plain data once frozen in a call."""

    code: str
    holders: dict[Duty, tuple[Holder, ...]]
    pairs: tuple[Pair, ...]

    @cached_property
    def _apart(self) -> dict[Duty, dict[Duty, Pair]]:
        """Each duty with those that it may not join; of two rules for the same, the first."""
        rules: dict[Duty, dict[Duty, Pair]] = {duty: {} for duty in Duty}
        for pair in self.pairs:
            rules[pair.one].setdefault(pair.other, pair)
            rules[pair.other].setdefault(pair.one, pair)
        return rules

    def pair(self, one: Duty, other: Duty) -> Pair | None:
        """The rule that keeps these two duties apart, in either order."""
        return self._apart[one].get(other)

    def against(self, duty: Duty, *scopes: Scope) -> dict[Duty, Pair]:
        """Every duty that bars from ``duty``, with its rule; of those scopes, or of any."""
        wanted = scopes or tuple(Scope)
        return {other: pair for other, pair in self._apart[duty].items() if pair.scope in wanted}

    def holds(self, duty: Duty) -> bool:
        """Whether anybody may exercise the duty: rules frozen before it existed name nobody."""
        return bool(self.holders.get(duty))

    def to_data(self) -> dict[str, Any]:
        """Plain data, to freeze in a call when it opens."""
        return {
            "code": self.code,
            "holders": {
                str(duty): [
                    [str(h.role), str(h.within), str(h.via) if h.via else None] for h in holders
                ]
                for duty, holders in self.holders.items()
            },
            "pairs": [
                [str(pair.one), str(pair.other), pair.reason, str(pair.scope)]
                for pair in self.pairs
            ],
        }

    @classmethod
    def from_data(cls, data: dict[str, Any]) -> "Regime":
        """The regime that ``to_data`` wrote, also before pairs had a scope."""
        return _regime(json.dumps(data))


@lru_cache(maxsize=64)
def _regime(frozen: str) -> Regime:
    """Built once for each set of rules: a page of many alliances asks for the same few."""
    data = json.loads(frozen)
    return Regime(
        code=data["code"],
        holders={
            Duty(duty): tuple(
                Holder(Role(role), Within(within), Duty(via) if via else None)
                for role, within, via in holders
            )
            for duty, holders in data["holders"].items()
        },
        pairs=tuple(
            Pair(Duty(one), Duty(other), reason, *map(Scope, scope))
            for one, other, reason, *scope in data["pairs"]
        ),
    )


D = Duty
#: Who exercises these decides over somebody else's work: a party or a declared tie bars from them.
_JUDGES = (D.VERIFY, D.SCORE, D.SELECT, D.DIRECT, D.SUPERVISE, D.CLEAR, D.APPROVE, D.PAY)
#: Money has four hands: no person holds two of these on one request.
HANDS = (D.REQUEST, D.CLEAR, D.APPROVE, D.PAY)


def _apart(ones: tuple[Duty, ...], others: tuple[Duty, ...], reason: str) -> tuple[Pair, ...]:
    return tuple(Pair(one, other, reason) for one, other in product(ones, others))


_BODIES = gettext_noop("who asks, who gives no objection and the trustee are different bodies")
_MONEY = (
    *_apart((D.REQUEST,), (D.CLEAR, D.APPROVE, D.PAY), _BODIES),
    *_apart((D.CLEAR,), (D.APPROVE, D.PAY), _BODIES),
    Pair(
        D.APPROVE,
        D.PAY,
        gettext_noop("nobody approves and pays the same request"),
        Scope.REQUEST,
    ),
)
#: What calls opened before the no objection was a duty of its own froze, still to be translated.
_EARLIER_REASONS = (gettext_noop("asking, approving and paying stay in three different hands"),)
_OWN_CAUSE = _apart((D.REPRESENT,), _JUDGES, gettext_noop("nobody judges their own alliance"))

_COMMON_HOLDERS: dict[Duty, tuple[Holder, ...]] = {
    D.PROMOTE: (Holder(Role.OGR, Within.TERRITORY),),
    D.ADVISE: (
        Holder(Role.OGR, Within.TERRITORY),
        Holder(Role.CONSULTANT, Within.APPOINTED, D.ADVISE),
    ),
    D.VERIFY: (Holder(Role.OGR, Within.TERRITORY),),
    D.SELECT: (Holder(Role.CIR, Within.TERRITORY),),
    D.ACCOMPANY: (Holder(Role.OGA, Within.APPOINTED, D.ACCOMPANY),),
    D.REQUEST: (Holder(Role.OGA, Within.APPOINTED, D.ACCOMPANY),),
    # One appointment of the trustee: its officers approve or pay, as they divide it.
    D.APPROVE: (Holder(Role.TRUSTEE, Within.APPOINTED, D.PAY),),
    D.PAY: (Holder(Role.TRUSTEE, Within.APPOINTED, D.PAY),),
    D.EVALUATE: (Holder(Role.EVALUATOR, Within.NATION),),
    D.REPRESENT: (
        Holder(Role.ORGANISATION, Within.PARTY),
        Holder(Role.MANAGER, Within.PARTY),
        Holder(Role.ALLY, Within.PARTY),
    ),
}

#: The evaluation's proposal (design §4): promotion, scoring and supervision in separate bodies.
RECOMMENDED = Regime(
    code="recommended",
    holders=_COMMON_HOLDERS
    | {
        # An organisation writes and presents its own profile, with its OGR or without.
        D.PROMOTE: (
            Holder(Role.OGR, Within.TERRITORY),
            Holder(Role.ORGANISATION, Within.PARTY),
        ),
        # Eligibility is declared by the independent body, or by an OGR that promoted nothing here.
        D.VERIFY: (
            Holder(Role.SCORER, Within.APPOINTED, D.SCORE),
            Holder(Role.OGR, Within.TERRITORY),
        ),
        D.SCORE: (Holder(Role.SCORER, Within.APPOINTED, D.SCORE),),
        D.DIRECT: (Holder(Role.EIP, Within.NATION),),
        D.SUPERVISE: (Holder(Role.EIP, Within.NATION),),
        D.CLEAR: (Holder(Role.EIP, Within.NATION),),
    },
    pairs=(
        *_apart(
            (D.PROMOTE, D.ADVISE),
            (D.VERIFY, D.SCORE, D.SELECT, D.SUPERVISE),
            gettext_noop("whoever helps a profile has a stake in its result"),
        ),
        *_apart(
            (D.ADVISE,),
            (D.DIRECT,),
            gettext_noop("whoever writes a study does not declare it viable"),
        ),
        *_apart(
            (D.SCORE,),
            (D.SELECT, D.ACCOMPANY),
            gettext_noop("whoever scores gains nothing from the decision"),
        ),
        *_apart(
            (D.ACCOMPANY,),
            (D.SUPERVISE, D.CLEAR, D.APPROVE, D.PAY),
            gettext_noop("whoever accompanies is the one supervised and paid"),
        ),
        *_apart(
            (D.SUPERVISE,),
            (D.REQUEST,),
            gettext_noop("whoever supervises cannot ask for the money it watches"),
        ),
        *_MONEY,
        *_OWN_CAUSE,
    ),
)

#: How phase 3 was run: the OGR promotes, scores and hires. Needed to load its history; what
#: ``RECOMMENDED`` would have refused is shown as a conflict, not hidden.
PHASE_3 = Regime(
    code="phase_3",
    holders=_COMMON_HOLDERS
    | {
        D.SCORE: (Holder(Role.OGR, Within.TERRITORY),),
        D.DIRECT: (Holder(Role.EIP, Within.NATION), Holder(Role.OGR, Within.TERRITORY)),
        D.SUPERVISE: (Holder(Role.EIP, Within.NATION), Holder(Role.OGR, Within.TERRITORY)),
        D.CLEAR: (Holder(Role.EIP, Within.NATION), Holder(Role.OGR, Within.TERRITORY)),
    },
    pairs=(*_MONEY, *_OWN_CAUSE),
)
REGIMES: dict[str, Regime] = {regime.code: regime for regime in (RECOMMENDED, PHASE_3)}
#: Who directs, decides, gives the no objection, approves or pays answers for more than a password.
GUARDED = (D.DIRECT, D.SELECT, D.CLEAR, D.APPROVE, D.PAY)


def _guarded(*regimes: Regime) -> frozenset[Role]:
    held = (regime.holders[duty] for regime in regimes for duty in GUARDED)
    return frozenset({Role.ADMIN, *(holder.role for holders in held for holder in holders)})


#: The roles of ``GUARDED`` under the present regime, and who gives roles: a second person confirms
#: whoever is to have one.
CONFIRMED_ROLES = _guarded(RECOMMENDED)
#: The same under any regime that an open call may have: they sign in with a second factor.
GUARDED_ROLES = _guarded(*REGIMES.values())
#: Why a duty that ``RECOMMENDED`` keeps apart from none other may be joined with any.
UNPAIRED: dict[Duty, str] = {
    D.EVALUATE: gettext_noop(
        "it acts on no alliance: it reads frozen data of whole calls, without personal fields, "
        "and every run of it is kept with its study"
    ),
}


def never_joined(one: str, other: str, regime: Regime = RECOMMENDED) -> tuple[Pair, ...]:
    """The pairs of duties that keep two roles of one person apart on every alliance."""
    duties = {
        role: [d for d, holders in regime.holders.items() if any(h.role == role for h in holders)]
        for role in (one, other)
    }
    pairs = (regime.pair(a, b) for a, b in product(duties[one], duties[other]))
    return tuple(dict.fromkeys(pair for pair in pairs if pair and pair.scope == Scope.ALLIANCE))


@dataclass(frozen=True)
class Member:
    """Someone who may act: a person in a role at an organisation, and the departments it serves."""

    person_id: int
    person: str
    organisation_id: int
    organisation: str
    role: str
    departments: Container[str] = frozenset()


@dataclass(frozen=True)
class PastAct:
    """An act already done on the alliance under some duty."""

    duty: Duty
    person_id: int | None
    person: str
    organisation_id: int | None
    organisation: str
    on: date


@dataclass(frozen=True)
class Appointed:
    """A standing appointment: an organisation (and perhaps one person of it) holds a duty."""

    duty: Duty
    organisation_id: int
    organisation: str
    since: date
    person_id: int | None = None


@dataclass(frozen=True)
class Dossier:
    """All that the judge needs to know of one alliance.

    ``on_request`` are the acts on the very request that is judged; empty when none is.
    """

    regime: Regime
    department: str
    parties: frozenset[int]
    acts: tuple[PastAct, ...] = ()
    appointed: tuple[Appointed, ...] = ()
    interests: dict[int, str] = field(default_factory=dict)
    on_request: tuple[PastAct, ...] = ()


def judge(dossier: Dossier, duty: Duty, member: Member) -> Verdict:
    """Whether ``member`` may exercise ``duty`` on this alliance now, and if not, why."""
    return holds(dossier, duty, member) and _is_free(dossier, duty, member)


def holds(dossier: Dossier, duty: Duty, member: Member) -> Verdict:
    holders = dossier.regime.holders.get(duty, ())
    held = [holder for holder in holders if holder.role == member.role]
    if not held:
        return refused(
            _("%(person)s has no role that may «%(duty)s» under this call's rules.")
            % {"person": member.person, "duty": duty.label}
        )
    if any(_reaches(dossier, holder, member) for holder in held):
        return ALLOWED
    why = {
        Within.TERRITORY: _("%(organisation)s does not serve this alliance's department."),
        Within.APPOINTED: _("%(organisation)s has not been appointed to this alliance."),
        Within.PARTY: _("%(organisation)s is not a party to this alliance."),
    }[held[0].within]
    return refused(why % {"organisation": member.organisation})


def _reaches(dossier: Dossier, holder: Holder, member: Member) -> bool:
    if holder.within == Within.TERRITORY:
        return dossier.department in member.departments
    if holder.within == Within.PARTY:
        return member.organisation_id in dossier.parties
    if holder.within == Within.APPOINTED:
        return any(
            held.duty == holder.via
            and held.organisation_id == member.organisation_id
            and held.person_id in (None, member.person_id)
            for held in dossier.appointed
        )
    return True


def _is_free(dossier: Dossier, duty: Duty, member: Member) -> Verdict:
    """No declared interest and no earlier act or appointment that the regime keeps apart."""
    if duty in _JUDGES and member.person_id in dossier.interests:
        return refused(
            _("%(person)s declared an interest: %(interest)s.")
            % {"person": member.person, "interest": dossier.interests[member.person_id]}
        )
    return is_compatible(dossier, duty, member)


def is_compatible(dossier: Dossier, duty: Duty, member: Member) -> Verdict:
    """Whether nothing this person or this organisation did or holds bars it from ``duty``."""
    barring = dossier.regime.against(duty, Scope.ALLIANCE)
    acts = [(act, pair) for act in dossier.acts if (pair := _pair_against(dossier, barring, act))]
    for act, pair in acts:
        if act.person_id == member.person_id:
            return refused(_refusal(act, duty, pair))
    for act, pair in acts:
        if act.organisation_id == member.organisation_id:
            return refused(_refusal(act, duty, pair))
    for held in dossier.appointed:
        if held.duty in barring and held.organisation_id == member.organisation_id:
            return refused(
                _(
                    "%(organisation)s holds «%(held)s» on this alliance since %(on)s, "
                    "so it may not «%(duty)s»: %(reason)s."
                )
                % {
                    "organisation": held.organisation,
                    "held": held.duty.label,
                    "on": date_format(held.since, "DATE_FORMAT"),
                    "duty": duty.label,
                    "reason": _(barring[held.duty].reason),
                }
            )
    return _has_free_hands(dossier, duty, member)


def _pair_against(dossier: Dossier, barring: dict[Duty, Pair], act: PastAct) -> Pair | None:
    """The rule by which an act bars; whatever a party did here, it did for itself."""
    pair = barring.get(act.duty)
    if pair is None and act.organisation_id in dossier.parties:
        return barring.get(Duty.REPRESENT)
    return pair


def _has_free_hands(dossier: Dossier, duty: Duty, member: Member) -> Verdict:
    """Whether this person, whatever their chair, held no other hand on the request judged."""
    barring = dossier.regime.against(duty, Scope.REQUEST)
    for act in dossier.on_request:
        if act.duty in barring and act.person_id == member.person_id:
            return refused(_refusal(act, duty, barring[act.duty]))
    return ALLOWED


def _refusal(act: PastAct, duty: Duty, pair: Pair) -> str:
    return _(
        "%(person)s acted here under «%(earlier)s» on %(on)s for %(organisation)s, "
        "so may not «%(duty)s»: %(reason)s."
    ) % {
        "person": act.person,
        "earlier": act.duty.label,
        "on": date_format(act.on, "DATE_FORMAT"),
        "organisation": act.organisation,
        "duty": duty.label,
        "reason": _(pair.reason),
    }


def coincidences(
    dossier: Dossier, against: Regime = RECOMMENDED
) -> list[tuple[PastAct, PastAct, Pair]]:
    """Acts already done that ``against`` would have kept apart: the conflicts to show."""
    conflicts = []
    for earlier, later in combinations(dossier.acts, 2):
        pair = against.pair(earlier.duty, later.duty)
        same = _is_same(earlier.person_id, later.person_id) or _is_same(
            earlier.organisation_id, later.organisation_id
        )
        if pair and pair.scope == Scope.ALLIANCE and same:
            conflicts.append((earlier, later, pair))
    return conflicts


def _is_same(one: int | None, other: int | None) -> bool:
    """The same known person or body; loaded history may name neither."""
    return one is not None and one == other
