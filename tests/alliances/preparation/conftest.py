"""A profile in preparation with everybody around it, and forms as a browser sends them."""

from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.test import Client
from tests.factories.alliances import AT, Cast, make_cast, make_membership, make_producer

from alliances.calls.models import Call, EligibilityRule
from alliances.people.models import Membership

ROLES = (
    "eip", "ogr", "scorer", "cir", "oga", "trustee", "ally", "manager", "organisation",
    "evaluator", "policy",
)  # fmt: skip


@pytest.fixture()
def cast(db: None) -> Cast:
    """A draft of Pasto with its people."""
    return make_cast("draft")


@pytest.fixture()
def today() -> Any:
    """Pages read the clock: it stands on the day of the factories."""
    with time_machine.travel(AT, tick=False):
        yield AT


def client_of(membership: Membership) -> Client:
    client = Client()
    client.force_login(membership.user)
    return client


def producer_form(**changes: Any) -> dict[str, Any]:
    """What the browser sends for a good producer."""
    sent = {
        "key": str(uuid4()),
        "document_kind": "cc",
        "document_number": "27.123.456",
        "given_names": "Rosa Elvira",
        "surnames": "Guerrero Nastul",
        "sex": "f",
        "born_on": "1985-02-11",
        "phone": "310 765 4321",
        "household_key": "H77",
        "farm_name": "La Esperanza",
        "tenure": "owner",
        "farm_area_ha": "2,5",
        "project_area_ha": "1",
        "experience_years": "12",
        "monthly_income_cop": "900.000",
        "agricultural_income_share": "85",
        "assets_cop": "40.000.000",
        "literate": "on",
        "is_member": "on",
        "special_group": "",
        "consented_on": "2026-02-01",
    }
    return sent | changes


def with_rule(call: Call, code: str, unit: str, low: int | None, high: int | None) -> Call:
    """A call is sealed: its rules are added while the trigger is looking the other way."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE alliances_eligibilityrule DISABLE TRIGGER USER")
        EligibilityRule.objects.create(call=call, code=code, unit=unit, minimum=low, maximum=high)
        cursor.execute("ALTER TABLE alliances_eligibilityrule ENABLE TRIGGER USER")
    return call


def complete(cast: Cast, producers: int = 3) -> None:
    for _number in range(producers):
        make_producer(cast.alliance)


def at_noon(day: int) -> datetime:
    return AT.replace(day=day)


__all__ = ["AT", "ROLES", "client_of", "complete", "make_membership", "producer_form", "with_rule"]
