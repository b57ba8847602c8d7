"""Profiles as workbooks that come back: which may, and their rows by key of column."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet

from alliances.lifecycle.models import Alliance
from alliances.lifecycle.selectors import alliances_visible_to
from alliances.lifecycle.table import EDITABLE
from alliances.people.models import Membership, Producer
from alliances.preparation.selectors.access import can_correct_by_workbook
from alliances.preparation.selectors.profiles import producers_of
from alliances.preparation.workbook.columns import PRODUCER_COLUMNS
from alliances.preparation.workbook.writing import written


def correctable_profiles(membership: Membership) -> QuerySet[Alliance]:
    """Profiles that are still written, of whoever corrects them with a workbook."""
    profiles = alliances_visible_to(membership).filter(status__in=EDITABLE)
    return profiles if can_correct_by_workbook(membership) else profiles.none()


def exported(profiles: Iterable[Alliance]) -> bytes:
    """A workbook of profiles with their producers: corrected, it comes back."""
    rows = list(profiles)
    times = Counter(row.own_code for row in rows)
    codes = {row.pk: _code_in(row, times) for row in rows}
    return written(
        [_profile_row(row, codes[row.pk]) for row in rows],
        [_producer_row(one, codes[row.pk]) for row in rows for one in producers_of(row)],
    )


def _code_in(alliance: Alliance, times: Counter[str]) -> str:
    """Her own code of a profile where it names one of the workbook, else ours."""
    own = alliance.own_code
    return own if own and times[own] == 1 else alliance.code


def _profile_row(alliance: Alliance, code: str) -> dict[str, Any]:
    place = alliance.municipality
    return {
        "profile_id": alliance.code,
        "code": code,
        "founded_on": alliance.organisation.founded_on,
        "department": place.department.name,
        "municipality": place.name,
        **profile_cells(alliance),
    }


def profile_cells(alliance: Alliance) -> dict[str, Any]:
    """What a workbook says of a profile and may change, by key of column."""
    ally = alliance.ally
    return {
        "name": alliance.name,
        "organisation": alliance.organisation.name,
        "nit": alliance.organisation.nit,
        "municipality_code": alliance.municipality_id,
        "crop": alliance.crop.name_es,
        "ally": ally.name if ally else "",
        "ally_nit": ally.nit if ally else "",
        "route": alliance.route,
        "total_value_cop": alliance.total_value_cop,
        "incentive_cop": alliance.incentive_cop,
    }


def _producer_row(producer: Producer, code: str) -> dict[str, Any]:
    columns = [column.key for column in PRODUCER_COLUMNS]
    row = {key: getattr(producer, key) for key in columns if hasattr(producer, key)}
    return row | {
        "code": code,
        "producer_id": producer.pk,
        "document_number": producer.masked_document,
    }
