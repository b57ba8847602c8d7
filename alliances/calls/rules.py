"""What a call demands of producers and profiles, told with figures; and the seal of its rules.

Pure: facts come in, findings go out. Limits are inclusive. What is not known is *cannot tell*,
never met. Ages are counted on a day that is given, so that they do not drift while a profile
waits; limits in minimum wages use the wage of the call's year.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from hashlib import sha256
from math import ceil
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kit.days import doubtful_day
from kit.figures import cop, date_short, number, percentage
from kit.tones import Tone

HUNDRED = Decimal(100)


class State(StrEnum):
    """The three answers to a limit."""

    MET = "met"
    NOT_MET = "not_met"
    CANNOT_TELL = "cannot_tell"


#: How each answer is shown: "no data" is never green.
TONES = {State.MET: Tone.GOOD, State.NOT_MET: Tone.LATE, State.CANNOT_TELL: Tone.NONE}


@dataclass(frozen=True)
class Limit:
    """One rule of the call; ``code`` is one of ``EligibilityRule.Code``."""

    code: str
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    source: str = ""


@dataclass(frozen=True)
class CallRules:
    """The limits of a call with what they need to be read: wage of its year, day for ages."""

    limits: tuple[Limit, ...]
    as_of: date
    wage_year: int
    minimum_wage_cop: Decimal | None


@dataclass(frozen=True)
class ProducerFacts:
    """What is known of one producer; None is «not recorded»."""

    born_on: date | None = None
    is_literate: bool | None = None
    experience_years: int | None = None
    monthly_income_cop: Decimal | None = None
    farm_income_share: Decimal | None = None  # per cent
    assets_cop: Decimal | None = None
    in_household: int | None = None  # producers of this profile in the same household
    had_earlier_support: bool | None = None  # as declared
    supported_in: str = ""  # another alliance whose record says that they were supported
    housemates: int = 0  # people of this call whom a record of before puts in their household
    housemates_in: str = ""  # that record


@dataclass(frozen=True)
class ProfileFacts:
    """What is known of a profile as a whole."""

    producers: int | None = None
    incentive_cop: Decimal | None = None
    total_value_cop: Decimal | None = None


@dataclass(frozen=True)
class Finding:
    """The answer to one limit, with the figure that a person can check."""

    code: str
    state: State
    figure: str
    source: str = ""

    @property
    def tone(self) -> Tone:
        return TONES[self.state]


def check_producer(rules: CallRules, facts: ProducerFacts) -> tuple[Finding, ...]:
    """One finding per limit of the call that concerns a producer, in the order of the rules."""
    return _check(rules, facts, _PRODUCER_CHECKS)


def check_profile(rules: CallRules, facts: ProfileFacts) -> tuple[Finding, ...]:
    """One finding per limit of the call that concerns the profile, in the order of the rules."""
    return _check(rules, facts, _PROFILE_CHECKS)


def verdict_of(findings: Iterable[Finding]) -> State:
    """One limit not met is enough to fail; one unknown is enough not to tell."""
    states = {finding.state for finding in findings}
    for state in (State.NOT_MET, State.CANNOT_TELL):
        if state in states:
            return state
    return State.MET


def age_on(born_on: date, day: date) -> int:
    """Completed years on ``day``; who was born on 29 February turns on 1 March."""
    return day.year - born_on.year - ((day.month, day.day) < (born_on.month, born_on.day))


# -- Figures ------------------------------------------------------------------------------------
def _pesos(value: Decimal | int) -> str:
    """To the cent: a figure that is compared is not rounded to pesos."""
    return cop(round(Decimal(value), 2))


def years_in_words(value: Decimal | int) -> str:
    """«1 year», «1.5 years», «8 years», in the person's language."""
    return ngettext("%(years)s year", "%(years)s years", ceil(value)) % {"years": number(value)}


@dataclass(frozen=True)
class _Bound:
    """An end of a limit: what it is compared with and how it is written."""

    value: Decimal
    text: str


def _compare(
    limit: Limit, what: str, value: Decimal, shown: str, low: _Bound | None, high: _Bound | None
) -> Finding:
    """Compare and say it: «assets $ 12.300.000 ≤ 284 SMMLV…», «age 43, from 18 to 60»."""
    is_met = (low is None or value >= low.value) and (high is None or value <= high.value)
    if low and high:
        figure = _("%(what)s %(value)s, from %(low)s to %(high)s") % {
            "what": what,
            "value": shown,
            "low": low.text,
            "high": high.text,
        }
    elif high:
        figure = f"{what} {shown} {'≤' if is_met else '>'} {high.text}"
    elif low:
        figure = f"{what} {shown} {'≥' if is_met else '<'} {low.text}"
    else:
        return _unknown(limit, _("%(what)s: the call states no limit") % {"what": what})
    return Finding(limit.code, State.MET if is_met else State.NOT_MET, figure, limit.source)


def limit_in_words(
    *, unit: str, minimum: Decimal | None, maximum: Decimal | None, wage_year: int
) -> str:
    """One limit as a person reads it: «from 25 to 60 people», «at most 284 SMMLV of 2020»."""
    low, high = (
        None if end is None else _with_unit(unit, end, wage_year) for end in (minimum, maximum)
    )
    if minimum is not None and maximum is not None:
        return _("from %(low)s to %(high)s") % {"low": number(minimum), "high": high}
    if high is not None:
        return _("at most %(high)s") % {"high": high}
    return _("at least %(low)s") % {"low": low} if low is not None else _("required")


def _with_unit(unit: str, value: Decimal, wage_year: int) -> str:
    written = {"cop": _pesos, "percent": percentage, "years": years_in_words}.get(unit, number)(
        value
    )
    if unit == "wages":
        return _("%(wages)s SMMLV of %(year)d") % {"wages": written, "year": wage_year}
    if unit == "people":
        return ngettext("%(count)s person", "%(count)s people", int(value)) % {"count": written}
    return written


def _within(limit: Limit, what: str, value: Decimal, show: Callable[[Decimal], str]) -> Finding:
    """Compare with minimum and maximum as the rule writes them."""
    low, high = (
        None if end is None else _Bound(end, show(end)) for end in (limit.minimum, limit.maximum)
    )
    return _compare(limit, what, value, show(value), low, high)


def _scaled(
    limit: Limit, what: str, value: Decimal, scale: Decimal, written: Callable[[Decimal], str]
) -> Finding:
    """Compare pesos with so many times ``scale``, and show what that amounts to."""
    low, high = (
        None if end is None else _Bound(end * scale, f"{written(end)} = {_pesos(end * scale)}")
        for end in (limit.minimum, limit.maximum)
    )
    return _compare(limit, what, value, _pesos(value), low, high)


def _unknown(limit: Limit, figure: str) -> Finding:
    return Finding(limit.code, State.CANNOT_TELL, figure, limit.source)


def _not_recorded(limit: Limit, what: str) -> Finding:
    return _unknown(limit, _("%(what)s: not recorded") % {"what": what})


def _yes_or_no(limit: Limit, is_met: bool | None, what: str, yes: str, no: str) -> Finding:
    if is_met is None:
        return _not_recorded(limit, what)
    state = State.MET if is_met else State.NOT_MET
    return Finding(limit.code, state, f"{what}: {yes if is_met else no}", limit.source)


# -- One check per rule -------------------------------------------------------------------------
def _age(rules: CallRules, limit: Limit, facts: ProducerFacts) -> Finding:
    if facts.born_on is None:
        return _not_recorded(limit, _("age"))
    return _within(limit, _("age"), Decimal(age_on(facts.born_on, rules.as_of)), number)


def _literacy(rules: CallRules, limit: Limit, facts: ProducerFacts) -> Finding:
    what = _("somebody at home reads and writes")
    return _yes_or_no(limit, facts.is_literate, what, _("yes"), _("no"))


def _experience(rules: CallRules, limit: Limit, facts: ProducerFacts) -> Finding:
    what = _("experience")
    if facts.experience_years is None:
        return _not_recorded(limit, what)
    return _within(limit, what, Decimal(facts.experience_years), years_in_words)


def _in_wages(rules: CallRules, limit: Limit, what: str, value: Decimal | None) -> Finding:
    if value is None:
        return _not_recorded(limit, what)
    wage, year = rules.minimum_wage_cop, {"year": rules.wage_year}
    if not wage:
        return _unknown(limit, _("the minimum wage of %(year)d is not recorded") % year)

    def written(wages: Decimal) -> str:
        return _("%(wages)s SMMLV of %(year)d") % ({"wages": number(wages)} | year)

    return _scaled(limit, what, value, wage, written)


def _income(rules: CallRules, limit: Limit, facts: ProducerFacts) -> Finding:
    return _in_wages(rules, limit, _("household income per month"), facts.monthly_income_cop)


def _assets(rules: CallRules, limit: Limit, facts: ProducerFacts) -> Finding:
    return _in_wages(rules, limit, _("assets"), facts.assets_cop)


def _farm_income(rules: CallRules, limit: Limit, facts: ProducerFacts) -> Finding:
    what = _("income from farming")
    if facts.farm_income_share is None:
        return _not_recorded(limit, what)
    return _within(limit, what, facts.farm_income_share, percentage)


def _household(rules: CallRules, limit: Limit, facts: ProducerFacts) -> Finding:
    if facts.in_household is None and not facts.housemates:
        return _not_recorded(limit, _("household"))
    most = replace(limit, minimum=None, maximum=limit.maximum or Decimal(1))
    what = _("producers of this household")
    count = (facts.in_household or 1) + facts.housemates
    finding = _within(most, what, Decimal(count), number)
    if not facts.housemates:
        return finding
    words = {"figure": finding.figure, "record": facts.housemates_in}
    return replace(finding, figure=_("%(figure)s, with those whom %(record)s puts in it") % words)


def _earlier_support(rules: CallRules, limit: Limit, facts: ProducerFacts) -> Finding:
    what = _("earlier support from the programme")
    if facts.supported_in:
        figure = (
            _("%(what)s: declared none, but this document is in %(code)s, which was executed")
            if facts.had_earlier_support is False
            else _("%(what)s: this document is in %(code)s, which was executed")
        )
        figure %= {"what": what, "code": facts.supported_in}
        return Finding(limit.code, State.NOT_MET, figure, limit.source)
    is_met = None if facts.had_earlier_support is None else not facts.had_earlier_support
    return _yes_or_no(limit, is_met, what, _("none"), _("yes"))


def _size(rules: CallRules, limit: Limit, facts: ProfileFacts) -> Finding:
    what = _("producers")
    if facts.producers is None:
        return _not_recorded(limit, what)
    return _within(limit, what, Decimal(facts.producers), number)


def _incentive_each(rules: CallRules, limit: Limit, facts: ProfileFacts) -> Finding:
    what = _("incentive")
    if facts.incentive_cop is None or not facts.producers:
        return _not_recorded(limit, _("incentive per producer"))
    count = {"count": number(facts.producers)}

    def written(value: Decimal) -> str:
        return _("%(each)s for each of %(count)s producers") % ({"each": _pesos(value)} | count)

    return _scaled(limit, what, facts.incentive_cop, Decimal(facts.producers), written)


def _incentive_share(rules: CallRules, limit: Limit, facts: ProfileFacts) -> Finding:
    what = _("incentive")
    if facts.incentive_cop is None or not facts.total_value_cop:
        return _not_recorded(limit, _("incentive as a share of the total"))
    total = {"total": _pesos(facts.total_value_cop)}

    def written(share: Decimal) -> str:
        return _("%(share)s of %(total)s") % ({"share": percentage(share)} | total)

    return _scaled(limit, what, facts.incentive_cop, facts.total_value_cop / HUNDRED, written)


Check = Callable[[CallRules, Limit, Any], Finding]
_PRODUCER_CHECKS: dict[str, Check] = {
    "age": _age,
    "literacy": _literacy,
    "experience": _experience,
    "income": _income,
    "farm_income": _farm_income,
    "assets": _assets,
    "household": _household,
    "earlier_support": _earlier_support,
}
_PROFILE_CHECKS: dict[str, Check] = {
    "size": _size,
    "incentive_each": _incentive_each,
    "incentive_share": _incentive_share,
}
#: Every rule that can be checked; the database accepts no other.
CODES = (*_PRODUCER_CHECKS, *_PROFILE_CHECKS)


def _check(rules: CallRules, facts: Any, checks: dict[str, Check]) -> tuple[Finding, ...]:
    concerned = (limit for limit in rules.limits if limit.code in checks)
    return tuple(checks[limit.code](rules, limit, facts) for limit in concerned)


# -- Whether a call makes sense -------------------------------------------------------------------
#: The longest call of the programme, that of its third phase, received profiles for four years.
LONGEST_CALL_YEARS = 5


def call_problems(
    *, opens_on: date, closes_on: date, wage_year: int, latest_wage_year: int, today: date
) -> dict[str, str]:
    """Each field of a new call that cannot be meant: days that passed, wages of another time.

    ``latest_wage_year`` is the last year whose minimum wage is recorded.
    """
    errors = {}
    if opens_on < today:
        errors["opens_on"] = _(
            "%(day)s has passed: the rules of a call are sealed before it opens, so it opens "
            "today (%(today)s) or later."
        ) % {"day": date_short(opens_on), "today": date_short(today)}
    elif doubt := doubtful_day(opens_on, today=today):
        errors["opens_on"] = doubt
    if closes_on.year - opens_on.year > LONGEST_CALL_YEARS:
        errors["closes_on"] = _("A call is open for %(years)d years at most: check the year.") % {
            "years": LONGEST_CALL_YEARS
        }
    if not min(opens_on.year - 1, latest_wage_year) <= wage_year <= opens_on.year:
        errors["wage_year"] = _(
            "A call that opens in %(opens)d counts in minimum wages of %(opens)d, or of "
            "%(before)d while its decree is not out; not of %(wages)d."
        ) % {"opens": opens_on.year, "before": opens_on.year - 1, "wages": wage_year}
    return errors


def sealed_too_late(opens_on: date, today: date) -> str:
    """Why rules can no longer be sealed: whoever presented a profile did not know them."""
    if today <= opens_on:
        return ""
    return _(
        "The call opened on %(day)s and its rules were not sealed by then: write a new call that "
        "opens today or later."
    ) % {"day": date_short(opens_on)}


# -- The seal -----------------------------------------------------------------------------------
def canonical(document: Any) -> str:
    """The one way to write ``document`` as JSON: sorted keys, no spaces, amounts as text."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def hash_of(document: Any) -> str:
    """SHA-256, in hexadecimal, of the canonical JSON in UTF-8."""
    return sha256(canonical(document).encode()).hexdigest()


def problems(
    *, regions: int, weights: Sequence[Decimal], criteria_without_options: Sequence[str]
) -> list[str]:
    """Why a call cannot open yet; ``weights`` are those of criteria that are not affirmative."""
    problems_found = []
    if not regions:
        problems_found.append(_("The call has no region with its budget and cut-off."))
    if sum(weights) != HUNDRED:
        problems_found.append(
            _("The weights of the rubric add up to %(sum)s and must add up to 100.")
            % {"sum": number(Decimal(sum(weights)))}
        )
    if criteria_without_options:
        names = ", ".join(criteria_without_options)
        problems_found.append(
            _("These criteria have fewer than two options: %(names)s.") % {"names": names}
        )
    return problems_found
