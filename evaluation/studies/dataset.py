"""The only bridge from stored rows to data frames: one row per producer, no personal field.

A chaining study reads stored behaviour as it stood on its reference day: promises due, sales
delivered and payments owed until then. An impact study reads the frozen snapshot and what the
alliance had reached by its day. A follow-up study looks at the days so many months after closing.
Queries do not grow with the rows.
"""

import hashlib
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pandas as pd
from django.conf import settings
from django.db import connection
from django.db.models import QuerySet
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.utils.timezone import localtime, make_aware

from alliances.lifecycle.table import STAGES, Stage, Status
from alliances.models import Alliance, Attendance, EvaluationSnapshot, Event, Producer
from alliances.territory.selectors import MissingPriceIndex, repriced
from alliances.trade.selectors import trade_behaviour
from evaluation.estimators.chaining.index import levels_of, prepare, with_indices
from evaluation.estimators.chaining.spec import (
    ALLY_ITEMS,
    BEHAVIOUR,
    LEVELS,
    MILESTONE_ITEMS,
    OUTCOMES,
    ChainingSpec,
)
from evaluation.estimators.rd.codes import recoded
from evaluation.studies.copying import DAY, NUMBER, TEXT, WHOLE, copied
from evaluation.studies.covariates import IMPACT_COVARIATES, PROFILE_COVARIATES
from evaluation.studies.follow_up_spec import FollowUpSpec
from evaluation.studies.impact_spec import DATED, ImpactSpec
from evaluation.studies.models import Study
from evaluation.studies.perception_spec import PerceptionSpec
from evaluation.surveys.models import Response, Wave
from evaluation.surveys.selectors import not_withdrawn

#: Alliances whose producers lived through all five milestones, whatever came after.
REACHED_EXECUTION = [
    status for stage in (Stage.EXECUTION, Stage.FUND) for path in STAGES[stage] for status in path
]
DAYS_PER_YEAR = 365.25
#: The columns of an impact frame that are no variable; no variable's name begins like them.
SCORE, CUTOFF, CALL_REGION, OFFERED, TREATED, ALLIANCE, DEPARTMENT, CROP = (
    "@score",
    "@cutoff",
    "@call_region",
    "@offered",
    "@treated",
    "@alliance",
    "@department",
    "@crop",
)
#: How many people each answer of a perception frame stands for.
WEIGHT = "@weight"
#: The status that an alliance had to reach to count as treated.
REACHED = {"in_execution": Status.EXECUTING, "trust_constituted": Status.TRUST_CONSTITUTED}


def chaining_rows(wave: Wave, spec: ChainingSpec) -> pd.DataFrame:
    """Answers of producers whose alliance reached execution, with profile and behaviour."""
    frame = _answers(wave, spec)
    alliances = sorted(frame["alliance"].unique().tolist())
    behaviour = _behaviour(alliances, spec.reference_on)
    return frame.join(behaviour, on="alliance").sort_values(
        ["alliance", "producer"], ignore_index=True
    )


def impact_rows(wave: Wave, spec: ImpactSpec) -> pd.DataFrame:
    """Everybody who answered, selected or not, with score, treatment, outcomes and covariates.

    The columns above, then the variables that the study names, as numbers; ``@score`` is 0 at the
    cut-off, which is that of ``@call_region``. Whoever has no frozen snapshot (or no score among
    the answers, where it comes from there) has an empty score. Departments that the study leaves
    out are in.
    """
    frame = recoded(_answered(wave, spec), spec.codes).join(_alliances(wave, spec), on=ALLIANCE)
    if spec.treatment == "answer":
        frame[TREATED] = frame[spec.treatment_variable]
    if spec.score_variable:
        frame[SCORE] = [_centred(score, spec.cutoff) for score in frame[spec.score_variable]]
        frame[CUTOFF] = spec.cutoff
        frame[CALL_REGION] = ""
    frame["age_years"] = _whole_years(frame.pop("@born_on"), frame["@decided_on"])
    founded_on, decided_on = frame.pop("@founded_on"), frame.pop("@decided_on")
    frame["organisation_age_years"] = _years(founded_on, decided_on)
    named = [*spec.outcomes, *spec.covariates]
    measures = [SCORE, CUTOFF, OFFERED, TREATED, *named]
    columns = ["producer", ALLIANCE, DEPARTMENT, CROP, CALL_REGION, *measures]
    numbers = dict.fromkeys(measures, float)
    return frame[columns].astype(numbers).sort_values([ALLIANCE, "producer"], ignore_index=True)


def decided_scores(wave: Wave, spec: ImpactSpec) -> pd.DataFrame | None:
    """Every profile decided in the calls of the alliances surveyed: whether scores were bent is
    asked of all of them, not only of those whom the survey visited. None where the score is an
    answer: then nobody else has one.
    """
    if spec.score_variable:
        return None
    calls = Alliance.objects.filter(not_withdrawn(wave, "producers__responses__")).values("call")
    decided = (
        EvaluationSnapshot.objects.filter(alliance__call__in=calls)
        .order_by("alliance")
        .values_list("alliance", "alliance__municipality__department", "score", "cutoff")
    )
    rows = [(pk, place, float(score - cutoff)) for pk, place, score, cutoff in decided]
    return pd.DataFrame(rows, columns=[ALLIANCE, DEPARTMENT, SCORE])


def fingerprint(*frames: pd.DataFrame) -> str:
    """SHA-256 of frames as canonical CSV: the same rows give the same sixty-four digits."""
    canonical = "\n".join(frame.to_csv(index=False, lineterminator="\n") for frame in frames)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _answers(wave: Wave, spec: ChainingSpec) -> pd.DataFrame:
    names = [*MILESTONE_ITEMS, *ALLY_ITEMS, *OUTCOMES]
    names += [name for name in spec.covariates if name not in (*names, *PROFILE_COVARIATES)]
    rows: list[dict[str, Any]] = []
    for pk, alliance, department, sex, experience, founded_on, answers in (
        _responses(wave)
        .values_list(
            "producer",
            "producer__alliance",
            "producer__alliance__municipality__department",
            "producer__sex",
            "producer__experience_years",
            "producer__alliance__organisation__founded_on",
            "answers",
        )
        .order_by("producer")
        .iterator()
    ):
        profile = {
            "producer": pk,
            "alliance": alliance,
            "department": department,
            "is_woman": int(sex == "f"),
            "experience_years": experience,
            "organisation_age_years": _age(founded_on, spec.reference_on),
        }
        rows.append(profile | {name: answers.get(name) for name in names})
    keys = ["producer", "alliance", "department"]
    frame = pd.DataFrame(rows, columns=[*keys, *PROFILE_COVARIATES, *names])
    measures = [name for name in frame.columns if name not in keys]
    return frame.astype(dict.fromkeys(measures, float))


def _responses(wave: Wave) -> QuerySet[Response]:
    return Response.objects.filter(
        not_withdrawn(wave), producer__alliance__status__in=REACHED_EXECUTION
    )


def _age(founded_on: date | None, on: date) -> float | None:
    return (on - founded_on).days / DAYS_PER_YEAR if founded_on else None


def _behaviour(alliance_ids: list[int], on: date) -> pd.DataFrame:
    """Shares between 0 and 1 by alliance; empty where nothing was due, promised or signed."""
    behaviour = trade_behaviour(alliance_ids, on)
    rows = [
        (
            behaviour[pk].deliveries_honoured,
            behaviour[pk].price_in_range,
            behaviour[pk].paid_on_time,
            behaviour[pk].agreement_current,
        )
        for pk in alliance_ids
    ]
    index = pd.Index(alliance_ids, dtype="int64", name="alliance")
    return pd.DataFrame(rows, columns=list(BEHAVIOUR), index=index, dtype=float)


# -- Impact ---------------------------------------------------------------------------------------
#: Facts of a producer's profile that an impact frame reads, by the field they come from.
_PROFILE = {
    "producer": ("producer", WHOLE),
    "producer__alliance": (ALLIANCE, WHOLE),
    "producer__sex": ("@sex", TEXT),
    "producer__born_on": ("@born_on", DAY),
    "producer__experience_years": ("experience_years", NUMBER),
    "producer__farm_area_ha": ("farm_area_ha", NUMBER),
    "producer__monthly_income_cop": ("monthly_income_cop", NUMBER),
}


def _answered(wave: Wave, spec: ImpactSpec) -> pd.DataFrame:
    """Profile and answers that the study reads; PostgreSQL takes them out of what was stored."""
    wanted = {*spec.outcomes, spec.treatment_variable, spec.score_variable, *spec.covariates}
    names = sorted(wanted - {"", *IMPACT_COVARIATES})
    rows = Response.objects.filter(not_withdrawn(wave)).values_list(
        *_PROFILE, *(KeyTextTransform(name, "answers") for name in names)
    )
    frame = copied(rows, {**dict(_PROFILE.values()), **dict.fromkeys(names, NUMBER)})
    frame["is_woman"] = (frame.pop("@sex") == Producer.Sex.FEMALE).astype(float)
    return frame


def _alliances(wave: Wave, spec: ImpactSpec) -> pd.DataFrame:
    """Where, what crop, centred score, treatment, and the days that ages are reckoned between."""
    treated = _reached(wave, spec)
    rows = [
        (
            pk,
            department,
            crop,
            f"{call} · {region}" if region else "",
            None if score is None else float(score - cutoff),
            None if cutoff is None else float(cutoff),
            _treated(offered),
            _treated(offered) if spec.treatment == "selected" else float(pk in treated),
            founded_on,
            taken_at and localtime(taken_at).date(),
        )
        for pk, department, crop, founded_on, call, region, score, cutoff, offered, taken_at in (
            Alliance.objects.filter(not_withdrawn(wave, "producers__responses__"))
            .distinct()
            .values_list(
                "pk",
                "municipality__department",
                "crop",
                "organisation__founded_on",
                "call__code",
                "snapshot__call_region",
                "snapshot__score",
                "snapshot__cutoff",
                "snapshot__was_offered",
                "snapshot__taken_at",
            )
        )
    ]
    columns = [
        ALLIANCE,
        DEPARTMENT,
        CROP,
        CALL_REGION,
        SCORE,
        CUTOFF,
        OFFERED,
        TREATED,
        "@founded_on",
        "@decided_on",
    ]
    frame = pd.DataFrame(rows, columns=columns).set_index(ALLIANCE)
    for name in ("@founded_on", "@decided_on"):
        frame[name] = pd.to_datetime(frame[name])
    return frame


def _treated(was_offered: bool | None) -> float | None:
    """None for a profile that nobody decided on."""
    return None if was_offered is None else float(was_offered)


def _reached(wave: Wave, spec: ImpactSpec) -> frozenset[int]:
    """Alliances that had reached the study's status by its day, whatever came after."""
    if spec.treatment not in DATED or spec.treated_by is None:
        return frozenset()
    next_day = make_aware(datetime.combine(spec.treated_by + timedelta(days=1), time()))
    return frozenset(
        Event.objects.filter(
            not_withdrawn(wave, "alliance__producers__responses__"),
            to_status=REACHED[spec.treatment],
            at__lt=next_day,
        )
        .distinct()
        .values_list("alliance", flat=True)
    )


def _centred(score: Any, cutoff: float) -> float | None:
    """Score less cut-off as they are written: 70.4 - 70 is 0.4, not a little more."""
    return None if score is None else float(Decimal(str(score)) - Decimal(str(cutoff)))


def _whole_years(since: pd.Series, until: pd.Series) -> pd.Series:
    """Birthdays that were over: with a fraction, an age and a known day would tell the birth."""
    born, now = since.dt, until.dt
    was_not_yet = (now.month * 100 + now.day) < (born.month * 100 + born.day)
    return now.year - born.year - was_not_yet


def _years(since: pd.Series, until: pd.Series) -> pd.Series:
    return (until - since).dt.days / DAYS_PER_YEAR


# -- Perception -----------------------------------------------------------------------------------
def perception_rows(wave: Wave, spec: PerceptionSpec) -> pd.DataFrame:
    """Everybody who answered: the codes of their answers, their weight and what they are told by.

    Columns ``@selected`` (1, 0, or empty where nobody decided), ``@sex``, ``@chaining``, ``@crop``
    and ``@department`` hold text; ``@weight`` is 1 for all where the study names no weight.
    """
    names = [name for name in (*spec.questions, spec.weight) if name]
    keys = {
        "producer": "producer",
        "producer__alliance": ALLIANCE,
        "producer__alliance__snapshot__was_offered": "@selected",
        "producer__sex": "@sex",
        "producer__alliance__crop": CROP,
        "producer__alliance__municipality__department": DEPARTMENT,
    }
    rows = Response.objects.filter(not_withdrawn(wave)).values_list(
        *keys, *(KeyTransform(name, "answers") for name in names)
    )
    frame = pd.DataFrame(list(rows), columns=[*keys.values(), *names])
    frame[WEIGHT] = frame[spec.weight].astype(float) if spec.weight else 1.0
    for name in ("@selected", *spec.questions):
        frame[name] = pd.Series([_code(value) for value in frame[name]], dtype=object)
    levels = chaining_levels(spec.chaining_study) if spec.chaining_study else {}
    frame["@chaining"] = [levels.get(producer) for producer in frame["producer"]]
    columns = [*keys.values(), "@chaining", WEIGHT, *spec.questions]
    return frame[columns].sort_values([ALLIANCE, "producer"], ignore_index=True)


def chaining_levels(slug: str) -> dict[int, str]:
    """Level of each producer (both links together), by the specification of a chaining study."""
    rows, spec = _indexed(slug)
    codes = levels_of(rows["both"].to_numpy(), spec.both)
    return {pk: LEVELS[code] for pk, code in zip(rows["producer"], codes, strict=True)}


def _indexed(slug: str) -> tuple[pd.DataFrame, ChainingSpec]:
    """The rows of a chaining study with both indices, and its specification."""
    study = Study.objects.select_related("wave").get(slug=slug)
    spec = ChainingSpec.from_data(study.specification)
    answers = prepare(chaining_rows(study.required_wave, spec), spec)
    return with_indices(answers, spec)[0], spec


def _code(value: Any) -> str | None:
    """An answer as the dictionary writes its code."""
    if pd.isna(value):
        return None
    return value if isinstance(value, str) else f"{value:g}"


# -- Follow-up ------------------------------------------------------------------------------------
#: A row for each alliance that closed and each moment it is looked at; days are those of Colombia.
_LOOKS = """
    WITH life AS (
        SELECT alliance_id,
               min(local.day) FILTER (WHERE to_status = %(closed)s) AS closed_on,
               min(local.day) FILTER (WHERE to_status = %(ruptured)s) AS ended_on
          FROM alliances_event
         CROSS JOIN LATERAL (SELECT (at AT TIME ZONE %(zone)s)::date AS day) AS local
         WHERE to_status IN (%(closed)s, %(ruptured)s)
         GROUP BY alliance_id
    ), look AS (
        SELECT life.*, months, (closed_on + make_interval(months => months))::date AS looked_on
          FROM life CROSS JOIN unnest(%(months)s::int[]) AS months
         WHERE closed_on <= %(until)s
    ), sale AS (
        SELECT agreement.alliance_id, sale.delivered_on,
               agreement.ally_id = first_value(agreement.ally_id) OVER (
                   PARTITION BY agreement.alliance_id ORDER BY agreement.starts_on, agreement.id
               ) AS is_first
          FROM alliances_producesale sale JOIN alliances_agreement agreement
               ON agreement.id = sale.agreement_id
         WHERE sale.delivered_on <= %(until)s
    ), sold AS (
        SELECT alliance_id, months, bool_or(is_first) AS to_first
          FROM look JOIN sale USING (alliance_id)
         WHERE delivered_on > looked_on - %(selling)s::int AND delivered_on <= looked_on
         GROUP BY alliance_id, months
    ), held AS (
        SELECT alliance_id, months, sum(amount_cop) AS balance_cop,
               bool_or(movement.kind = 'repayment' AND occurred_on > looked_on - %(fund)s::int)
                   AS is_turning
          FROM look JOIN fiduciary_account account USING (alliance_id)
          JOIN fiduciary_posting posting ON posting.account_id = account.id
          JOIN fiduciary_transaction movement ON movement.id = posting.transaction_id
         WHERE account.kind = 'fund_cash' AND occurred_on <= looked_on
         GROUP BY alliance_id, months
    )
    SELECT look.alliance_id, alliance.route, municipality.department_id,
           look.closed_on, look.ended_on, look.months, look.looked_on,
           coalesce(sold.to_first, false), sold.to_first IS NOT NULL,
           coalesce(held.is_turning, false), held.balance_cop,
           EXISTS (SELECT FROM fiduciary_fundrules rules
             WHERE rules.alliance_id = look.alliance_id AND rules.approved_on <= looked_on),
           EXISTS (SELECT FROM alliances_apprenticemanager manager
             WHERE manager.alliance_id = look.alliance_id AND manager.monthly_fee_cop > 0
               AND since <= looked_on AND (until IS NULL OR until >= looked_on))
      FROM look
      JOIN alliances_alliance alliance ON alliance.id = look.alliance_id
      JOIN alliances_municipality municipality ON municipality.code = alliance.municipality_id
      LEFT JOIN sold ON (sold.alliance_id, sold.months) = (look.alliance_id, look.months)
      LEFT JOIN held ON (held.alliance_id, held.months) = (look.alliance_id, look.months)
     ORDER BY look.alliance_id, look.months
"""
_LOOK_COLUMNS = [
    ALLIANCE,
    "@route",
    DEPARTMENT,
    "closed_on",
    "ended_on",
    "months",
    "looked_on",
    "ally",
    "any",
    "turning",
    "fund_cop",
    "@has_fund",
    "manager",
]


def follow_up_rows(wave: Wave | None, spec: FollowUpSpec) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Alliances that closed by the reference day at each moment after it, and their producers.

    First frame: a row for each alliance and number of ``months``, with what stood on that day;
    facts are empty where the day is still to come (``is_due`` is false), and those of the fund
    where it had no rules. ``fund_cop`` is in pesos of December of the study's year, empty where
    the price index of a year is missing (``without_index``). Second frame: the last word on
    practices of each producer before that day, from visits and from the wave.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _LOOKS,
            {
                "closed": Status.CLOSED,
                "ruptured": Status.RUPTURED,
                "zone": settings.TIME_ZONE,
                "months": list(spec.months),
                "until": spec.reference_on,
                "selling": spec.selling_days,
                "fund": spec.fund_days,
            },
        )
        looks = pd.DataFrame(cursor.fetchall(), columns=_LOOK_COLUMNS)
    days = [day if day and day <= spec.reference_on else None for day in looks["ended_on"]]
    looks["ended_on"] = pd.Series(days, dtype=object)
    looks["is_due"] = looks["looked_on"] <= spec.reference_on
    looks["alive"] = [
        not ended or ended > looked
        for ended, looked in zip(looks["ended_on"], looks["looked_on"], strict=True)
    ]
    years = {day.year for day in looks["looked_on"][looks["is_due"]]}
    factors = _price_factors(years, spec.pesos_of)
    prices = looks["looked_on"].map(lambda day: factors.get(day.year))
    held = looks["fund_cop"].fillna(0).astype(float)
    has_fund = looks.pop("@has_fund")
    looks["without_index"] = looks["is_due"] & has_fund & prices.isna()
    looks["fund_cop"] = (held * prices.astype(float)).where(has_fund)
    looks["turning"] = looks["turning"].where(has_fund)
    facts = ["alive", "ally", "any", "turning", "fund_cop", "manager"]
    looks[facts] = looks[facts].where(looks["is_due"]).astype(float)
    levels = alliance_levels(spec.chaining_study) if spec.chaining_study else {}
    looks["@chaining"] = pd.Series([levels.get(pk) for pk in looks[ALLIANCE]], dtype=object)
    return looks, _practices(wave, spec, looks)


def alliance_levels(slug: str) -> dict[int, str]:
    """Level of each alliance: that of the mean index, both links together, of its producers."""
    rows, spec = _indexed(slug)
    means = rows.groupby("alliance")["both"].mean().round(9)
    codes = levels_of(means.to_numpy(), spec.both)
    return {int(pk): LEVELS[code] for pk, code in zip(means.index, codes, strict=True)}


def _price_factors(years: set[int], pesos_of: int) -> dict[int, float]:
    """What a peso of each year is worth in that of ``pesos_of``, where the index reaches."""
    whole, factors = Decimal(10**9), {}
    for year in sorted(years):
        with suppress(MissingPriceIndex):
            factors[year] = float(repriced(whole, year, pesos_of) / whole)
    return factors


def _practices(wave: Wave | None, spec: FollowUpSpec, looks: pd.DataFrame) -> pd.DataFrame:
    """Columns @alliance, months, producer, kept."""
    visits = Attendance.objects.filter(
        has_adopted__isnull=False, producer__alliance__in=set(looks[ALLIANCE].tolist())
    ).values_list("producer__alliance", "producer", "visit__visited_on", "has_adopted")
    words = list(visits)
    if wave and spec.practice:
        answers = Response.objects.filter(not_withdrawn(wave)).values_list(
            "producer__alliance", "producer", KeyTransform(spec.practice, "answers")
        )
        day = wave.collected_until
        words += [
            (pk, who, day, bool(practised))
            for pk, who, practised in answers
            if practised is not None
        ]
    practices = pd.DataFrame(words, columns=[ALLIANCE, "producer", "said_on", "kept"])
    due = looks[looks["is_due"]][[ALLIANCE, "months", "closed_on", "looked_on"]]
    both = due.merge(practices, on=ALLIANCE)
    oldest = both["looked_on"] - timedelta(days=spec.practice_days)
    counts = (both["said_on"] > both["closed_on"]) & (both["said_on"] > oldest)
    both = both[counts & (both["said_on"] <= both["looked_on"])].sort_values(
        [ALLIANCE, "months", "producer", "said_on", "kept"]
    )
    last = both.drop_duplicates([ALLIANCE, "months", "producer"], keep="last")
    return last[[ALLIANCE, "months", "producer", "kept"]].astype({"kept": float})
