"""The annual plan: who writes it, when, and once."""

from datetime import date
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError

from fiduciary.disbursements.models import BudgetLine
from fiduciary.disbursements.services.plan import add_budget_line
from kit.errors import NotAllowed
from tests.factories.alliances import Cast, make_cast
from tests.factories.fiduciary import MILLION, MONDAY

pytestmark = pytest.mark.django_db


def plan(cast: Cast, role: str = "oga", **fields: object) -> BudgetLine:
    arguments: dict = {
        "alliance_id": cast.alliance.pk,
        "concept": "Semilla",
        "planned_cop": MILLION,
        "planned_on": date(2026, 3, 2),
        "acting": cast[role],
        "at": MONDAY,
        "key": uuid4(),
    }
    return add_budget_line(**(arguments | fields))


@pytest.mark.parametrize("status", ["trust_constituted", "executing"])
def test_who_accompanies_writes_the_plan(status: str) -> None:
    cast = make_cast(status)

    line = plan(cast, crop=cast.alliance.crop, operation="sowing")

    assert line.paid_cop == 0
    assert cast.alliance.events.get(verb="add_budget_line").data["line"] == line.pk


@pytest.mark.parametrize(
    "role", ["eip", "ogr", "trustee", "ally", "organisation", "evaluator", "policy", "cir"]
)
def test_nobody_else_writes_it(role: str) -> None:
    cast = make_cast("executing")

    with pytest.raises(NotAllowed):
        plan(cast, role)

    assert not BudgetLine.objects.exists()


@pytest.mark.parametrize("status", ["closing", "suspended", "closed", "graduated"])
def test_there_is_no_plan_before_the_trust_nor_after_execution(status: str) -> None:
    with pytest.raises(NotAllowed, match="«"):
        plan(make_cast(status))


def test_a_line_sent_twice_is_one() -> None:
    cast, key = make_cast("executing"), uuid4()

    assert plan(cast, key=key) == plan(cast, key=key)
    assert BudgetLine.objects.count() == 1


@pytest.mark.parametrize("fields", [{"planned_cop": 0}, {"operation": "sowing"}])
def test_a_line_that_makes_no_sense_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        plan(make_cast("executing"), **fields)
