"""What the database adds up of the programme, before anything is hidden: sums and no row."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import (
    Count,
    DecimalField,
    F,
    Q,
    QuerySet,
    Sum,
    Value,
)
from django.db.models.functions import Greatest

from alliances.lifecycle.models import Alliance
from alliances.lifecycle.table import Status
from alliances.people.models import Producer
from alliances.preparation.models import SpecialGroup
from fiduciary.disbursements.models import DisbursementRequest
from fiduciary.disbursements.table import OPEN, RequestStatus
from fiduciary.programme.table import (
    APPROVED,
    AT_RISK,
    LATE,
    OVERDUE,
    OWED_OVERDUE,
    OWED_TO_COME,
    PAID,
    RECEIVED,
    REPAID,
    REQUESTED,
    TO_COME,
    MoneyKind,
    progress_of,
)
from fiduciary.timing.clock import SlackState
from fiduciary.trust.models import Contribution
from kit.small_cells import Key

AMOUNT: DecimalField = DecimalField(max_digits=18, decimal_places=2)
ZERO = Decimal(0)
YOUNG_UNTIL = 28  # Ley 1622 of 2013, as in the scoring sheet


#: By call and department: alliances, things and pesos.
Measured = dict[Key, tuple[int, int, Decimal]]


@dataclass(frozen=True)
class Facts:
    """Sums by call and department (and a category), before anything is hidden."""

    calls: dict[str, str]
    departments: dict[str, str]
    crops: dict[str, dict[str, str]]  # by language
    progress: dict[Key, tuple[int, Decimal]]
    routes: dict[Key, tuple[int, Decimal]]
    by_crop: dict[Key, tuple[int, Decimal]]
    sexes: dict[Key, int]
    ages: dict[Key, int]
    groups: dict[Key, int]
    #: Of each measure: alliances, things and pesos.
    money: dict[str, Measured]


def facts_on(today: date) -> Facts:
    """Everything that was presented; a draft is its own people's. Six queries."""
    by_status = _alliances("status", "call__name", "municipality__department__name")
    by_crop = _alliances("crop__code", "crop__name_es", "crop__name_en")
    return Facts(
        calls={row["call__code"]: row["call__name"] for row in by_status},
        departments={
            row["municipality__department"]: row["municipality__department__name"]
            for row in by_status
        },
        crops={
            row["crop__code"]: {"es": row["crop__name_es"], "en": row["crop__name_en"]}
            for row in by_crop
        },
        progress=_counted(by_status, lambda row: progress_of(row["status"])),
        routes=_counted(_alliances("route"), lambda row: row["route"]),
        by_crop=_counted(by_crop, lambda row: row["crop__code"]),
        **_people(today),
        money=_requests() | _contributions(today) | _debts(today),
    )


def _alliances(*by: str) -> list[dict[str, Any]]:
    return list(
        Alliance.objects.exclude(status=Status.DRAFT)
        .values("call__code", "municipality__department", *by)
        .annotate(count=Count("pk"), cop=Sum("incentive_cop"))
        .order_by()
    )


def _counted(rows: Iterable[dict[str, Any]], category: Any) -> dict[Key, tuple[int, Decimal]]:
    cells: dict[Key, tuple[int, Decimal]] = {}
    for row in rows:
        key = (row["call__code"], row["municipality__department"], category(row))
        count, amount = cells.get(key, (0, ZERO))
        cells[key] = count + row["count"], amount + row["cop"]
    return cells


def _people(today: date) -> dict[str, dict[Key, int]]:
    """Producers by sex, by age and by special group; one who said none is in «none»."""
    leap_day = (today.month, today.day) == (2, 29)
    eldest = today.replace(year=today.year - YOUNG_UNTIL - 1, day=28 if leap_day else today.day)
    rows = (
        Producer.objects.exclude(alliance__status=Status.DRAFT)
        .values(
            "alliance__call__code", "alliance__municipality__department", "sex", "special_group"
        )
        .annotate(count=Count("pk"), young=Count("pk", filter=Q(born_on__gt=eldest)))
        .order_by()
    )
    cells: dict[str, dict[Key, int]] = {
        name: defaultdict(int) for name in ("sexes", "ages", "groups")
    }
    for row in rows:
        call, department = row["alliance__call__code"], row["alliance__municipality__department"]
        group = row["special_group"] if row["special_group"] in SpecialGroup.values else ""
        sex = "women" if row["sex"] == Producer.Sex.FEMALE else "others"
        cells["sexes"][call, department, sex] += row["count"]
        cells["ages"][call, department, "young"] += row["young"]
        cells["ages"][call, department, "older"] += row["count"] - row["young"]
        cells["groups"][call, department, group] += row["count"]
    return cells


def _measured(
    rows: QuerySet[Any], alliance: str, terms: Mapping[MoneyKind, tuple[Any, Q]]
) -> dict[str, Measured]:
    """By measure: alliances, rows and pesos of the rows that fulfil its condition."""
    sums: dict[str, Any] = {}
    for measure, (amount, condition) in terms.items():
        sums |= {
            f"{measure.name}_alliances": Count(alliance, distinct=True, filter=condition),
            f"{measure.name}_count": Count("pk", filter=condition),
            f"{measure.name}_sum": Sum(amount, filter=condition, default=ZERO),
        }
    call, department = f"{alliance}__call__code", f"{alliance}__municipality__department"
    presented = rows.exclude(**{f"{alliance}__status": Status.DRAFT})
    sums_by_place = list(presented.values(call, department).annotate(**sums).order_by())
    return {
        measure.name: {
            (row[call], row[department]): tuple(
                row[f"{measure.name}_{part}"] for part in ("alliances", "count", "sum")
            )
            for row in sums_by_place
        }
        for measure in terms
    }


def _requests() -> dict[str, Measured]:
    late = Q(slack_state__in=[SlackState.LATE, SlackState.MISSED], status__in=OPEN)
    waits = Q(status__in=[RequestStatus.REQUESTED, RequestStatus.RETURNED])
    conditions = {
        REQUESTED: waits,
        APPROVED: Q(status=RequestStatus.APPROVED),
        PAID: Q(status=RequestStatus.PAID),
        LATE: late,
        AT_RISK: Q(slack_state=SlackState.AT_RISK, status__in=OPEN),
    }
    terms = {measure: ("amount_cop", condition) for measure, condition in conditions.items()}
    return _measured(DisbursementRequest.objects.all(), "alliance", terms)


def _contributions(today: date) -> dict[str, Measured]:
    rows = Contribution.objects.annotate(
        came=-F("account__balance_cop"),
        missing=Greatest(F("committed_cop") + F("account__balance_cop"), Value(ZERO, AMOUNT)),
    )
    waits = Q(withdrawn_at__isnull=True, missing__gt=0)
    terms = {
        RECEIVED: ("came", Q(came__gt=0)),
        OVERDUE: ("missing", waits & Q(due_on__lt=today)),
        TO_COME: ("missing", waits & Q(due_on__gte=today)),
    }
    return _measured(rows, "alliance", terms)


#: Of each call and department the alliances, debts and pesos given back, overdue and to come. What
#: is overdue is worked out debt by debt (money that came back pays the oldest instalment first,
#: as in ``fund.rules.debt_on``), which the ORM would ask anew for each sum.
_DEBTS = """
    WITH debt AS (
        SELECT commitment.id, producer.alliance_id, -account.balance_cop AS repaid,
               commitment.amount_cop + account.balance_cop AS owed,
               greatest(due.total + account.balance_cop, 0) AS overdue
          FROM fiduciary_commitment commitment
          JOIN fiduciary_account account ON account.id = commitment.account_id
          JOIN alliances_producer producer ON producer.id = commitment.producer_id
          JOIN (SELECT commitment_id,
                       coalesce(sum(amount_cop) FILTER (WHERE due_on < %(today)s), 0) AS total
                  FROM fiduciary_instalment GROUP BY commitment_id) due
            ON due.commitment_id = commitment.id
    ), part AS (
        SELECT debt.alliance_id, name, cop
          FROM debt, LATERAL (VALUES (%(repaid)s, repaid), (%(overdue)s, overdue),
                                     (%(to_come)s, owed - overdue)) AS parts (name, cop)
         WHERE cop > 0
    )
    SELECT part.name, call.code, municipality.department_id,
           count(DISTINCT part.alliance_id), count(*), sum(part.cop)
      FROM part
      JOIN alliances_alliance alliance ON alliance.id = part.alliance_id
      JOIN alliances_call call ON call.id = alliance.call_id
      JOIN alliances_municipality municipality ON municipality.code = alliance.municipality_id
     WHERE alliance.status <> %(draft)s
     GROUP BY part.name, call.code, municipality.department_id
"""


def _debts(today: date) -> dict[str, Measured]:
    sums_by_place: dict[str, Measured] = {
        measure.name: {} for measure in (REPAID, OWED_OVERDUE, OWED_TO_COME)
    }
    values: dict[str, Any] = {
        "today": today,
        "draft": Status.DRAFT.value,
        "repaid": REPAID.name,
        "overdue": OWED_OVERDUE.name,
        "to_come": OWED_TO_COME.name,
    }
    with connection.cursor() as cursor:
        cursor.execute(_DEBTS, values)
        for name, call, department, *figures in cursor.fetchall():
            sums_by_place[name][call, department] = tuple(figures)
    return sums_by_place
