"""Reads about calls: which a person sees, their rules as data, and what they say of an alliance."""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, Prefetch, QuerySet, Sum
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from alliances.calls.drafts import (
    CallDraft,
    CriterionDraft,
    LimitDraft,
    OptionDraft,
    RegionDraft,
)
from alliances.calls.models import Call, CallRegion, Criterion, CriterionOption, EligibilityRule
from alliances.calls.rules import (
    CallRules,
    Finding,
    Limit,
    ProducerFacts,
    ProfileFacts,
    State,
    check_producer,
    check_profile,
    hash_of,
    limit_in_words,
    verdict_of,
)
from alliances.lifecycle.duties import REGIMES, Duty, Holder, Pair, Regime
from alliances.lifecycle.models import Alliance, Event
from alliances.people.models import Membership, OrganisationKind, Producer
from alliances.people.roles import Role
from alliances.persons.selectors import (
    NO_HOUSEMATES,
    Housemates,
    housemates_on_record,
    support_on_record,
)
from alliances.territory.selectors import MissingMinimumWage, minimum_wage
from kit.access import ALLOWED, Verdict, refused
from kit.figures import cop, count, date_short
from kit.names import by_name
from kit.tones import Tone


def calls_visible_to(membership: Membership) -> QuerySet[Call]:
    """Sealed calls are for everybody who signs in; drafts only for those who may write them."""
    calls = Call.objects.filter(discarded_at__isnull=True)
    return calls if membership.role == Role.EIP else calls.filter(sealed_at__isnull=False)


def with_totals(calls: QuerySet[Call]) -> QuerySet[Call]:
    """Each call with ``region_count`` and ``budget_cop`` (the sum of its regions)."""
    return calls.annotate(region_count=Count("regions"), budget_cop=Sum("regions__budget_cop"))


@dataclass(frozen=True)
class CallState:
    """Where a call stands on a day, in a word and a tone."""

    word: str
    tone: Tone


def state_of(call: Call, on: date) -> CallState:
    """Draft until it is sealed; then coming, open or closed by its dates."""
    if not call.is_sealed:
        return CallState(pgettext("call", "Draft"), Tone.PLAIN)
    if on < call.opens_on:
        return CallState(pgettext("call", "Coming"), Tone.INFO)
    if on <= call.closes_on:
        return CallState(pgettext("call", "Open"), Tone.GOOD)
    return CallState(pgettext("call", "Closed"), Tone.PLAIN)


def can_manage_calls(membership: Membership, on: date) -> Verdict:
    """Whether this membership may write and seal calls on a day.

    A call concerns no alliance yet, so no duty of the ledger covers it: it takes a valid
    membership as EIP, at the national implementing team itself.
    """
    if membership.role != Role.EIP or membership.organisation.kind != OrganisationKind.EIP:
        return refused(_("Only the national implementing team (EIP) writes and opens calls."))
    if not membership.is_valid_on(on):
        return refused(_("Your membership of the EIP is not in force today."))
    return ALLOWED


def rubric_of(call: Call) -> list[Criterion]:
    """The criteria in their order, each with its options from fewest to most points."""
    options = CriterionOption.objects.order_by("points")
    return list(
        Criterion.objects.filter(call=call)
        .prefetch_related(Prefetch("options", queryset=options))
        .order_by("position")
    )


def limits_of(call: Call) -> list[tuple[EligibilityRule, str]]:
    """The eligibility rules in their order, each with its limit in words."""
    return [
        (
            row,
            limit_in_words(
                unit=row.unit, minimum=row.minimum, maximum=row.maximum, wage_year=call.wage_year
            ),
        )
        for row in call.eligibility.order_by("pk")
    ]


def frozen_by_sealing(call: Call) -> list[tuple[str, str]]:
    """What nobody changes any more once the call is sealed, in words and counts."""
    of_regions = call.regions.aggregate(number=Count("pk"), money=Sum("budget_cop"))
    days = {"first": date_short(call.opens_on), "last": date_short(call.closes_on)}
    regions = {"number": count(of_regions["number"]), "money": cop(of_regions["money"])}
    return [
        (_("Name and dates"), _("%(first)s to %(last)s") % days),
        (_("Regions, their money and cut-offs"), _("%(number)s, %(money)s in all") % regions),
        (_("Criteria of the rubric"), count(Criterion.objects.filter(call=call).count())),
        (_("Limits of eligibility"), count(call.eligibility.count())),
        (_("Minimum wage of the year"), str(call.wage_year)),
        (_("Duty regime"), call.get_regime_display()),
    ]


def regime_of(call: Call) -> Regime:
    """The regime frozen in the call, or the one it will freeze."""
    return Regime.from_data(call.regime_rules) if call.is_sealed else REGIMES[call.regime]


def region_of(alliance: Alliance) -> CallRegion | None:
    """The call region that the alliance competes in; None when its call has no money there."""
    region = alliance.municipality.department.call_region
    return CallRegion.objects.filter(call=alliance.call_id, call_region=region).first()


# -- The rules as one document --------------------------------------------------------------------
def rules_document(call: Call, regime_rules: dict[str, Any]) -> dict[str, Any]:
    """All that a call decides, as plain data in a fixed order: what its hash covers."""
    return {
        "call": {
            "code": call.code,
            "opens_on": call.opens_on.isoformat(),
            "closes_on": call.closes_on.isoformat(),
            "wage_year": call.wage_year,
        },
        "regime": regime_rules,
        "regions": [
            {
                "call_region": row.call_region,
                "budget_cop": _text(row.budget_cop),
                "cutoff": _text(row.cutoff),
            }
            # By its signs, in whatever order a database would sort them: it is hashed.
            for row in sorted(call.regions.all(), key=lambda row: row.call_region)
        ],
        "rubric": [_criterion(row) for row in rubric_of(call)],
        "eligibility": [
            {
                "code": row.code,
                "unit": row.unit,
                "minimum": _text(row.minimum),
                "maximum": _text(row.maximum),
                "source": row.source,
                "confidence": row.confidence,
            }
            for row in call.eligibility.order_by("code")
        ],
    }


def sealed_document(call: Call) -> dict[str, Any]:
    """The document of a sealed call, with the regime that was frozen in it."""
    return rules_document(call, call.regime_rules)


def verify_rules(call: Call) -> bool:
    """True when the rules stored today still give the hash that was sealed."""
    return call.is_sealed and hash_of(sealed_document(call)) == call.rules_hash


def _criterion(row: Criterion) -> dict[str, Any]:
    return {
        "group": row.group,
        "position": row.position,
        "name": row.name,
        "guidance": row.guidance,
        "weight": _text(row.weight),
        "is_affirmative": row.is_affirmative,
        "options": [
            {"points": _text(option.points), "descriptor": option.descriptor}
            for option in row.options.all()
        ],
    }


def _text(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:.2f}"


# -- A draft from another call -------------------------------------------------------------------
def rubric_draft(call: Call) -> tuple[CriterionDraft, ...]:
    """The rubric of a call, to write it into another one."""
    return tuple(
        CriterionDraft(
            group=row.group,
            position=row.position,
            name=row.name,
            guidance=row.guidance,
            weight=row.weight,
            is_affirmative=row.is_affirmative,
            options=tuple(
                OptionDraft(option.points, option.descriptor) for option in row.options.all()
            ),
        )
        for row in rubric_of(call)
    )


def limits_draft(call: Call) -> tuple[LimitDraft, ...]:
    """The eligibility limits of a call, to write them into another one."""
    return tuple(
        LimitDraft(row.code, row.unit, row.minimum, row.maximum, row.source, row.confidence)
        for row in call.eligibility.order_by("pk")
    )


def draft_of(call: Call) -> CallDraft:
    """The whole call, as the base of another one."""
    regions = call.regions.order_by(*by_name("call_region"))
    return CallDraft(
        code=call.code,
        name=call.name,
        opens_on=call.opens_on,
        closes_on=call.closes_on,
        wage_year=call.wage_year,
        regime=call.regime,
        regions=tuple(RegionDraft(row.call_region, row.budget_cop, row.cutoff) for row in regions),
        criteria=rubric_draft(call),
        limits=limits_draft(call),
        source=call.source,
        rubric_source=call.rubric_source,
    )


# -- Eligibility ----------------------------------------------------------------------------------
@dataclass(frozen=True)
class Eligibility:
    """What the call's limits say of a profile and of each of its producers."""

    profile: tuple[Finding, ...]
    producers: tuple[tuple[Producer, tuple[Finding, ...]], ...]
    as_of: date  # the day on which ages were counted

    @property
    def verdict(self) -> State:
        """Of the whole profile: one producer who fails is enough to fail."""
        findings_of_all = [
            finding for _producer, findings in self.producers for finding in findings
        ]
        return verdict_of([*self.profile, *findings_of_all])

    @property
    def by_rule(self) -> dict[str, Counter[State]]:
        """How many producers meet, fail or leave open each limit; no personal field."""
        counts: dict[str, Counter[State]] = {}
        for _producer, findings in self.producers:
            for finding in findings:
                counts.setdefault(finding.code, Counter())[finding.state] += 1
        return counts


def rules_of(call: Call, as_of: date | None = None) -> CallRules:
    """The call's limits with its wage; ages count on ``as_of``, by default when the call closes."""
    try:
        wage = minimum_wage(call.wage_year)
    except MissingMinimumWage:
        wage = None
    limits = (
        Limit(row.code, row.minimum, row.maximum, row.source)
        for row in call.eligibility.order_by("pk")
    )
    return CallRules(tuple(limits), as_of or call.closes_on, call.wage_year, wage)


def eligibility_of(alliance: Alliance) -> Eligibility:
    """The alliance against its call, ages counted on the day it was first presented."""
    producers = list(alliance.producers.order_by(*by_name("surnames", "given_names"), "pk"))
    households = Counter(row.household_key for row in producers if row.household_key)
    rules = rules_of(alliance.call, first_submitted_on(alliance))
    profile = ProfileFacts(len(producers), alliance.incentive_cop, alliance.total_value_cop)
    supported = support_on_record(alliance, [row.person_id for row in producers])
    housemates = housemates_on_record(alliance, producers)
    return Eligibility(
        profile=check_profile(rules, profile),
        producers=tuple(
            (
                row,
                check_producer(
                    rules,
                    facts_of(
                        row,
                        households.get(row.household_key),
                        supported.get(row.person_id, ""),
                        housemates.get(row.person_id, NO_HOUSEMATES),
                    ),
                ),
            )
            for row in producers
        ),
        as_of=rules.as_of,
    )


def facts_of(
    producer: Producer,
    in_household: int | None,
    supported_in: str = "",
    housemates: Housemates = NO_HOUSEMATES,
) -> ProducerFacts:
    """A producer as the rules see them; ``in_household`` is None when it was not recorded."""
    return ProducerFacts(
        born_on=producer.born_on,
        is_literate=producer.literate,
        experience_years=producer.experience_years,
        monthly_income_cop=producer.monthly_income_cop,
        farm_income_share=producer.agricultural_income_share,
        assets_cop=producer.assets_cop,
        in_household=in_household,
        had_earlier_support=producer.had_earlier_support,
        supported_in=supported_in,
        housemates=housemates.others,
        housemates_in=housemates.record,
    )


def first_submitted_on(alliance: Alliance) -> date | None:
    """The day the profile was first presented, in Bogotá; None while it is a draft."""
    event = Event.objects.filter(alliance=alliance, verb="submit").order_by("sequence").first()
    return localtime(event.at).date() if event else None


# -- The duty regime, to be read -----------------------------------------------------------------
@dataclass(frozen=True)
class DutyRow:
    """One duty of a regime: who may hold it and which others may not be joined with it."""

    duty: Duty
    holders: tuple[tuple[str, str], ...]  # role and reach, in words
    apart: tuple[tuple[str, tuple[Duty, ...]], ...]  # each reason with the duties it bars


def duty_rows(regime: Regime) -> list[DutyRow]:
    """The regime as a table, in the order of the duties."""
    return [
        DutyRow(
            duty=duty,
            holders=tuple(_holder(holder) for holder in regime.holders.get(duty, ())),
            apart=_by_reason(regime.against(duty)),
        )
        for duty in Duty
    ]


def _holder(holder: Holder) -> tuple[str, str]:
    return str(Role(holder.role).label), str(holder.within.label)


def _by_reason(barring: dict[Duty, Pair]) -> tuple[tuple[str, tuple[Duty, ...]], ...]:
    reasons: dict[str, tuple[Duty, ...]] = {}
    for other, pair in barring.items():
        reasons[pair.reason] = (*reasons.get(pair.reason, ()), other)
    return tuple((_(reason), duties) for reason, duties in reasons.items())
