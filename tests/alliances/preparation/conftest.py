"""A profile in preparation with everybody around it, and forms as a browser sends them."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.test import Client

from alliances.calls.models import Call, EligibilityRule
from alliances.lifecycle.models import Alliance
from alliances.people.models import Membership
from tests.factories.alliances import AT, Cast, make_call, make_producer, seal_call
from tests.pages import Browser

ROLES = (
    "eip",
    "ogr",
    "scorer",
    "cir",
    "oga",
    "trustee",
    "ally",
    "manager",
    "organisation",
    "evaluator",
    "policy",
)


@pytest.fixture(autouse=True)
def own_media(settings: Any, tmp_path: Path) -> None:
    """Uploaded files of one test are nobody else's."""
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def today() -> Any:
    """Pages read the clock: it stands on the day of the factories."""
    with time_machine.travel(AT, tick=False):
        yield AT


def client_of(membership: Membership) -> Client:
    client = Browser()
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
        "literate": "yes",
        "is_member": "yes",
        "had_earlier_support": "no",
        "special_group": "",
        "consented_on": "2026-02-01",
    }
    return sent | changes


def ruled_call(*limits: tuple[str, str, int | None, int | None]) -> Call:
    """A sealed call with these limits: code, unit, minimum, maximum."""
    call = make_call(sealed=False)
    for code, unit, low, high in limits:
        EligibilityRule.objects.create(call=call, code=code, unit=unit, minimum=low, maximum=high)
    return seal_call(call)


def under(call: Call, cast: Cast) -> Cast:
    """The cast's profile, presented to this call."""
    Alliance.objects.filter(pk=cast.alliance.pk).update(call=call)
    cast.alliance = Alliance.objects.get(pk=cast.alliance.pk)
    return cast


def complete(cast: Cast, producers: int = 3) -> None:
    for _number in range(producers):
        make_producer(cast.alliance)


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Run each call in its own thread and connection; results or exceptions, in order."""
    results: list[Any] = [None] * len(calls)
    gate = threading.Barrier(len(calls))

    def run(index: int) -> None:
        gate.wait()
        try:
            results[index] = calls[index]()
        except Exception as error:
            results[index] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(index,)) for index in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results
