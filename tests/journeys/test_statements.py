"""What one act costs the database: one lock, one dossier, one judgement, one event."""

from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from alliances.people.models import Membership
from alliances.selection.services import decide
from fiduciary.disbursements.services.requests import (
    approve_disbursement,
    clear_disbursement,
    pay_disbursement,
    request_disbursement,
)
from tests.factories.alliances import AT, make_cast
from tests.factories.fiduciary import (
    MONDAY,
    an_ask,
    make_funded_cast,
    make_line,
    make_request,
    make_windows,
)
from tests.factories.selection import make_score

pytestmark = pytest.mark.django_db
#: Statements of one decision or one approval, savepoints included.
MOST = 20


def statements(act, **arguments) -> list[str]:
    """The SQL of one act by somebody whose membership was read anew, as for a page."""
    acting = Membership.objects.select_related("user", "organisation").get(
        pk=arguments.pop("acting").pk
    )
    with CaptureQueriesContext(connection) as seen:
        act(acting=acting, **arguments)
    return [query["sql"] for query in seen.captured_queries]


def locks(sql: list[str], table: str) -> int:
    return sum("FOR UPDATE" in one and f'FROM "{table}"' in one for one in sql)


def test_a_decision() -> None:
    cast = make_cast("scored")
    make_score(cast.alliance, 80, scorer=cast["scorer"])
    sql = statements(
        decide,
        acting=cast["cir"],
        alliance_id=cast.alliance.pk,
        outcome="selected",
        session_on=AT.date(),
        votes_for=5,
        votes_against=1,
        reason="",
        at=AT,
        key=uuid4(),
    )
    assert locks(sql, "alliances_alliance") == 1
    assert len(sql) <= MOST


def test_a_request() -> None:
    cast = make_funded_cast()
    make_windows(cast.alliance, ("03-15", "04-15"))
    line = make_line(cast.alliance)
    sql = statements(
        request_disbursement,
        acting=cast["oga"],
        budget_line_id=line.pk,
        ask=an_ask(),
        at=MONDAY,
        key=uuid4(),
    )
    assert locks(sql, "alliances_alliance") == 1
    assert len(sql) <= MOST


@pytest.mark.parametrize("verb", ["clear", "approve", "pay"])
def test_a_step_of_a_request(verb: str) -> None:
    cast = make_funded_cast()
    make_windows(cast.alliance, ("03-15", "04-15"))
    request = make_request(cast, departure="Otro proveedor")
    acts = {
        "clear": (clear_disbursement, "eip", {}),
        "approve": (approve_disbursement, "trustee", {}),
        "pay": (pay_disbursement, "payer", {"paid_on": MONDAY.date(), "bank_reference": "81"}),
    }
    for name, (act, role, more) in acts.items():
        sql = statements(
            act, acting=cast[role], request_id=request.pk, at=MONDAY, key=uuid4(), **more
        )
        if name == verb:
            break
    assert locks(sql, "alliances_alliance") == 1
    assert len(sql) <= (MOST if verb != "pay" else MOST + 1)
